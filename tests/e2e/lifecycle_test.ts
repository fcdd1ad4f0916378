/** The daemon itself, from its first breath to its last; where Supervisor 4.2.5 behaves alike. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { lookAt, statusField } from "../support/processes.ts";
import { run } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisorctlCommand,
  supervisordCommand,
  withDaemon,
} from "../support/start_daemon.ts";
import { pause, until } from "../support/until.ts";

const sleeper = (name: string, more = "") => `[program:${name}]\ncommand = sleep 100000\n${more}\n`;

test("SIGHUP stops everything, reads the configuration again and starts it, with the same pid", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const before = await daemon.pidOf("one");
    const own = (await daemon.ctl("pid")).stdout;
    writeFileSync(
      daemon.configFile,
      configText(daemon.directory, sleeper("one") + sleeper("two")),
    );
    daemon.signal("SIGHUP");
    await daemon.untilLogged(/WARN received SIGHUP indicating restart request/);
    await daemon.untilState("two", "RUNNING");
    assert.notEqual(await daemon.pidOf("one"), before);
    assert.equal((await daemon.ctl("pid")).stdout, own);
  });
});

test("supervisorctl reload does what SIGHUP does", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const before = await daemon.pidOf("one");
    assert.equal((await daemon.ctl("reload")).stdout, "Restarted supervisord\n");
    await until("a new process", async () => {
      const line = (await daemon.status()).get("one");
      return line?.state === "RUNNING" && line.pid !== before;
    });
  });
});

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
  test(`${signal} ends the daemon with status 0, its children and its files with it`, async () => {
    await withDaemon({ programs: sleeper("one") + sleeper("two") }, async (daemon) => {
      await daemon.untilState("two", "RUNNING");
      daemon.remember();
      daemon.signal(signal);
      assert.equal(await daemon.exit(), 0);
      await daemon.assertNobodyLeft();
      assert.match(daemon.log(), new RegExp(`WARN received ${signal} indicating exit request`));
      for (const file of ["supervisor.sock", "supervisord.pid"]) {
        assert.ok(!existsSync(join(daemon.directory, file)), `${file} is still there`);
      }
    });
  });
}

test("a child that ignores its stop signal gets SIGKILL after stopwaitsecs", async () => {
  const programs = `[program:stubborn]
command = sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done'
stopwaitsecs = 1
killasgroup = true
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.pidOf("stubborn");
    await until(
      "the trap to be set",
      async () => (await daemon.ctl("tail", "stubborn")).stdout.includes("ready"),
    );
    assert.equal((await daemon.ctl("stop", "stubborn")).stdout, "stubborn: stopped\n");
    assert.match(daemon.log(), /WARN killing 'stubborn' \(\d+\) with SIGKILL/);
    assert.match(daemon.log(), /WARN stopped: stubborn \(terminated by SIGKILL\)/);
  });
});

test("without -n the parent exits 0 and the daemon lives on in a session of its own", async () => {
  const directory = makeDirectory();
  const config = join(directory, "supervisord.conf");
  writeFileSync(
    config,
    configText(directory, sleeper("one"), "directory = /\n").replace("nodaemon = true\n", ""),
  );
  const parent = await run([...supervisordCommand, "-c", config], { cwd: directory });
  assert.deepEqual(parent, { status: 0, stdout: "", stderr: parent.stderr });
  const ctl = (...args: string[]) =>
    run([...supervisorctlCommand, "-c", config, ...args], { cwd: directory });
  const pid = Number(
    await until("the pid file", () => {
      const file = join(directory, "supervisord.pid");
      return existsSync(file) ? readFileSync(file, "utf8") : null;
    }),
  );
  try {
    assert.equal(lookAt(pid)?.session, pid, "it is not the leader of its session");
    assert.equal((await run(["readlink", `/proc/${pid}/cwd`])).stdout, "/\n");
    for (const fd of [0, 1, 2]) {
      assert.equal((await run(["readlink", `/proc/${pid}/fd/${fd}`])).stdout, "/dev/null\n");
    }
    await until("the program", async () => /RUNNING/.test((await ctl("status", "one")).stdout));
  } finally {
    await ctl("shutdown");
    await until("the daemon to be gone", () => !existsSync(`/proc/${pid}`)).catch(() => {
      process.kill(pid, "SIGKILL");
      throw new Error("the daemon did not shut down");
    });
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a second daemon on the same socket says so and exits 2", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const second = await run([...supervisordCommand, "-n", "-c", daemon.configFile], {
      cwd: daemon.directory,
    });
    assert.equal(second.status, 2);
    assert.match(second.stderr, /^Error: Another program is already listening on a port/m);
    assert.equal((await daemon.ctl("pid")).stdout.trim(), String(daemon.pid));
  });
});

test("a broken configuration is refused with two lines and status 2 before anything starts", async () => {
  const directory = makeDirectory();
  const config = join(directory, "supervisord.conf");
  writeFileSync(config, configText(directory, "[program:a]\ncommand = true\nstartsecs = soon\n"));
  const refused = await run([...supervisordCommand, "-n", "-c", config], { cwd: directory });
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr,
    /^Error: invalid literal for int\(\) with base 10: 'soon' in section 'program:a' \(file: '.*'\)\nFor help, use .* -h\n$/,
  );
  assert.ok(!existsSync(join(directory, "supervisord.pid")));
  rmSync(directory, { recursive: true, force: true });
});

test("a megabyte a second of output is in the log, whole and in order", async () => {
  const lines = 60_000;
  const programs = `[program:flood]
command = sh -c 'seq -f "%%0100.0f" 1 ${lines}; exec sleep 100000'
stdout_logfile = %(here)s/flood.log
stdout_logfile_maxbytes = 1MB
stdout_logfile_backups = 20
`;
  await withDaemon({ programs }, async (daemon) => {
    const parts = () =>
      readdirSync(daemon.directory)
        .filter((name) => name.startsWith("flood.log"))
        .sort((a, b) => Number(b.split(".")[2] ?? 0) - Number(a.split(".")[2] ?? 0));
    const all = () =>
      parts().map((name) => readFileSync(join(daemon.directory, name), "utf8")).join("");
    await until("the last line", () => all().endsWith(`${String(lines).padStart(100, "0")}\n`));
    const numbers = all().trimEnd().split("\n").map(Number);
    assert.equal(numbers.length, lines);
    assert.ok(numbers.every((number, index) => number === index + 1), "a line is out of order");
    assert.ok(parts().length >= 5, "it was not rotated");
  });
});

test("garbage on the socket costs its sender a connection and nobody else anything", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const pid = await daemon.pidOf("one");
    const rubbish = [
      "\0\0\0\0\r\n\r\n",
      "POST /RPC2 HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n",
      "POST /RPC2 HTTP/1.1\r\nContent-Length: 5\r\n\r\n<met",
      "GET / HTTP/1.1\r\n".padEnd(200_000, "x"),
      "POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n<methodCall>",
    ];
    const sockets = rubbish.map((text) => {
      const socket = connect(join(daemon.directory, "supervisor.sock"), () => socket.write(text));
      // The daemon may hang up on such a client: that is what it is for.
      socket.on("error", () => {});
      return socket;
    });
    for (let look = 0; look < 3; look++) assert.equal(await daemon.pidOf("one"), pid);
    for (const socket of sockets) socket.destroy();
    assert.equal(await daemon.pidOf("one"), pid);
  });
});

test("as process 1 it collects the orphans of its programs", async () => {
  assert.equal(process.getuid?.(), 0, "a process namespace of its own needs root");
  const programs = `[program:parent]
command = sh -c 'setsid sh -c "sleep 2; exit 7" & setsid sh -c "sleep 2; exit 7" & sleep 1'
startsecs = 0
autorestart = false
`;
  const wrapper = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"];
  await withDaemon({ programs, wrapper }, async (daemon) => {
    assert.equal((await daemon.ctl("pid")).stdout, "1\n");
    await daemon.untilLogged(/reaped unknown pid \d+ \(exit status 7\)/);
    await until(
      "the second orphan",
      () => [...daemon.log().matchAll(/reaped unknown pid/g)].length >= 2,
    );
    assert.equal((await daemon.ctl("shutdown")).stdout, "Shut down\n");
    assert.equal(await daemon.exit(), 0);
  });
});

test("children start with every signal at its default and none blocked, in a group of their own", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const pid = await daemon.pidOf("one");
    assert.equal(BigInt(`0x${statusField(pid, "SigBlk")}`), 0n);
    assert.equal(BigInt(`0x${statusField(pid, "SigCgt")}`), 0n);
    const group = (await run(["ps", "-o", "pgid=,sid=", "-p", String(pid)])).stdout.trim()
      .split(/\s+/).map(Number);
    assert.deepEqual(group, [pid, daemon.pid]);
  });
});

test("the daemon goes on when the disk under a child's log is full", async () => {
  const programs = `[program:loud]
command = sh -c 'while :; do echo line; sleep 0.05; done'
stdout_logfile = /dev/full
stdout_logfile_maxbytes = 0
${sleeper("quiet")}`;
  await withDaemon({ programs }, async (daemon) => {
    const pids = [await daemon.pidOf("loud"), await daemon.pidOf("quiet")];
    await pause(500);
    assert.deepEqual([await daemon.pidOf("loud"), await daemon.pidOf("quiet")], pids);
  });
});
