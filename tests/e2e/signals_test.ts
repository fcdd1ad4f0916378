/** What signals do to the daemon and its children, and what it does with its own files. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { clientOf } from "../support/client.ts";
import { freePort } from "../support/ports.ts";
import { allProcesses, lookAt } from "../support/processes.ts";
import { run } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisordCommand,
  type TestDaemon,
  withDaemon,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const sleeper = (name: string, more = "") => `[program:${name}]\ncommand = sleep 100000\n${more}\n`;

/** Takes a second to stop, once its log says that it is ready to. */
const SLOW = `[program:slow]
command = sh -c 'trap "sleep 1; exit 0" TERM; echo ready; while :; do sleep 0.1; done'
startsecs = 0
stdout_logfile = %(here)s/slow.log
`;

async function untilSlowIsReady(daemon: TestDaemon): Promise<void> {
  await until(
    "the trap to be set",
    () => readFileSync(join(daemon.directory, "slow.log"), "utf8").includes("ready"),
  );
}

/** Listens on a port of the loopback interface until the story is over. */
async function withTakenPort(story: (port: number) => Promise<void>): Promise<void> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  try {
    await story(port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test("USR2 after a rename, as logrotate does it, sends the main log and the logs of children to new files", async () => {
  const programs = `[program:talker]
command = sh -c 'while :; do echo line; sleep 0.05; done'
stdout_logfile = %(here)s/talker.log
`;
  await withDaemon({ programs }, async (daemon) => {
    const path = (name: string) => join(daemon.directory, name);
    const names = ["talker.log", "supervisord.log"];
    await until("a line", () => readFileSync(path("talker.log"), "utf8").includes("line\n"));
    for (const name of names) renameSync(path(name), path(`${name}.old`));
    // Until it is told, the daemon goes on writing to the files it has open.
    const size = statSync(path("talker.log.old")).size;
    await until("a line in the renamed file", () => statSync(path("talker.log.old")).size > size);
    assert.ok(!existsSync(path("talker.log")));

    daemon.signal("SIGUSR2");
    await until(
      "a line in the new file",
      () => readFileSync(path("talker.log"), "utf8").includes("line\n"),
    );
    await daemon.untilLogged(/^\S+ \S+ INFO supervisord logreopen$/m);
    assert.match(
      readFileSync(path("supervisord.log.old"), "utf8"),
      /received SIGUSR2 indicating log reopen request\n$/,
    );
    const atRest = statSync(path("talker.log.old")).size;
    const lines = () => readFileSync(path("talker.log"), "utf8").split("\n").length;
    const before = lines();
    await until("more lines", () => lines() > before + 3);
    assert.equal(statSync(path("talker.log.old")).size, atRest);
    // Not a byte between the two.
    assert.match(readFileSync(path("talker.log.old"), "utf8"), /^(line\n)+$/);
    assert.match(readFileSync(path("talker.log"), "utf8"), /^(line\n)+$/);
  });
});

test("a second TERM, or a HUP, during the shutdown changes nothing", async () => {
  const programs = `${SLOW}${sleeper("quick")}`;
  await withDaemon({ programs }, async (daemon) => {
    await untilSlowIsReady(daemon);
    daemon.remember();
    daemon.signal("SIGTERM");
    await daemon.untilLogged(/WARN received SIGTERM indicating exit request/);
    daemon.signal("SIGHUP");
    await daemon.untilLogged(
      /WARN ignored SIGHUP indicating restart request \(shutdown in progress\)/,
    );
    daemon.signal("SIGTERM");
    await until(
      "the second TERM",
      () => daemon.log().split("received SIGTERM indicating exit request").length === 3,
    );
    assert.equal(await daemon.exit(), 0);
    await daemon.assertNobodyLeft();
    assert.match(daemon.log(), /INFO stopped: slow \(exit status 0\)/);
    assert.doesNotMatch(daemon.log(), /SIGKILL/);
  });
});

test("requests during a shutdown are refused with SHUTDOWN_STATE", async () => {
  const programs = `${SLOW}${sleeper("other", "autostart = false")}`;
  await withDaemon({ programs }, async (daemon) => {
    await untilSlowIsReady(daemon);
    const client = clientOf(daemon);
    daemon.signal("SIGTERM");
    await daemon.untilLogged(/WARN received SIGTERM indicating exit request/);
    await assert.rejects(client.call("supervisor.startProcess", "other"), /SHUTDOWN_STATE/);
    assert.equal(await daemon.exit(), 0);
    client.close();
  });
});

for (const isGroup of [true, false]) {
  test(`with killasgroup = ${isGroup}, SIGKILL ${isGroup ? "reaches" : "spares"} the children of a stubborn program`, async () => {
    const programs = `[program:stubborn]
command = sh -c 'trap "" TERM; sleep 100000 & echo ready; while :; do wait; done'
stopwaitsecs = 1
killasgroup = ${isGroup}
startsecs = 0
stdout_logfile = %(here)s/stubborn.log
`;
    await withDaemon({ programs }, async (daemon) => {
      const pid = await daemon.pidOf("stubborn");
      const child = await until(
        "the child",
        () =>
          readFileSync(join(daemon.directory, "stubborn.log"), "utf8").includes("ready") &&
          allProcesses().find(({ parent }) => parent === pid),
      );
      daemon.remember();
      assert.equal((await daemon.ctl("stop", "stubborn")).stdout, "stubborn: stopped\n");
      assert.match(daemon.log(), /WARN killing 'stubborn' \(\d+\) with SIGKILL/);
      if (isGroup) {
        await until("the child's end", () => (lookAt(child.pid)?.state ?? "Z") === "Z");
      } else {
        assert.equal(lookAt(child.pid)?.startTime, child.startTime);
        process.kill(child.pid, "SIGKILL");
      }
    });
  });
}

test("with stopasgroup the stop signal itself reaches the children of a program", async () => {
  const programs = `[program:family]
command = sh -c 'trap "echo parent; exit 0" TERM
  sh -c "trap \\"echo child; exit 0\\" TERM; echo ready; while :; do sleep 0.05; done" &
  while :; do wait; done'
stopasgroup = true
startsecs = 0
stdout_logfile = %(here)s/family.log
`;
  await withDaemon({ programs }, async (daemon) => {
    const log = () => readFileSync(join(daemon.directory, "family.log"), "utf8");
    await until("the child", () => log().includes("ready"));
    await daemon.ctl("stop", "family");
    await until("both", () => log().includes("parent\n") && log().includes("child\n"));
  });
});

test("in the background too, a port that is taken gives a status that is not 0 and says why", async () => {
  await withTakenPort(async (port) => {
    const directory = makeDirectory();
    const config = join(directory, "supervisord.conf");
    const inet = `[inet_http_server]\nport = 127.0.0.1:${port}\n`;
    writeFileSync(
      config,
      configText(directory, inet + sleeper("one")).replace("nodaemon = true\n", ""),
    );
    const refused = await run([...supervisordCommand, "-c", config], { cwd: directory });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^Error: Another program is already listening on a port/m);
    assert.ok(!existsSync(join(directory, "supervisord.pid")), "it has left a pid file");
    assert.ok(!existsSync(join(directory, "supervisor.sock")), "it has left its socket");
    const left = allProcesses().filter(({ pid }) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(config);
      } catch {
        return false;
      }
    });
    assert.deepEqual(left, []);
    rmSync(directory, { recursive: true, force: true });
  });
});

test("the pid file has the daemon's pid and a line end, and the exit takes it away", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const file = join(daemon.directory, "supervisord.pid");
    assert.equal(readFileSync(file, "utf8"), `${daemon.pid}\n`);
    await daemon.stop();
    assert.ok(!existsSync(file));
  });
});

test("a pid file that cannot be written is a line in the log, not the end", async () => {
  const directory = makeDirectory();
  mkdirSync(join(directory, "supervisord.pid"));
  await withDaemon({ directory, programs: sleeper("one") }, async (daemon) => {
    assert.match(daemon.log(), /CRIT could not write pidfile \S+\/supervisord\.pid$/m);
    await daemon.untilState("one", "RUNNING");
  });
});

test("a socket that a killed daemon has left behind is replaced", async () => {
  const directory = makeDirectory();
  const socket = join(directory, "supervisor.sock");
  // Bound and abandoned without unlink: what SIGKILL leaves.
  const bind = "import socket,sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])";
  assert.equal((await run(["/usr/bin/python3", "-c", bind, socket])).status, 0);
  const stale = statSync(socket);
  await withDaemon({ directory, programs: sleeper("one") }, async (daemon) => {
    const now = statSync(socket);
    assert.ok(now.isSocket());
    assert.notDeepEqual([now.ino, now.ctimeMs], [stale.ino, stale.ctimeMs]);
    assert.equal((await daemon.ctl("pid")).stdout.trim(), String(daemon.pid));
    assert.equal(now.mode & 0o777, 0o700);
  });
  assert.ok(!existsSync(socket));
});

test("children of a killed daemon do not hold its socket: the next daemon starts on it", async () => {
  const directory = makeDirectory();
  await withDaemon({ directory, programs: sleeper("one") }, async (daemon) => {
    await daemon.untilState("one", "RUNNING");
    const orphans = daemon.remember();
    daemon.signal("SIGKILL");
    await daemon.exit();
    assert.ok(existsSync(join(directory, "supervisor.sock")));
    const copy = makeDirectory();
    // Same socket, everything else its own.
    const text = configText(copy, sleeper("two")).replaceAll(
      `${copy}/supervisor.sock`,
      `${directory}/supervisor.sock`,
    );
    const configFile = join(copy, "supervisord.conf");
    writeFileSync(configFile, text);
    const socket = join(directory, "supervisor.sock");
    await withDaemon({ directory: copy, configFile, socket }, async (next) => {
      await next.untilState("two", "RUNNING");
      assert.equal((await next.ctl("pid")).stdout.trim(), String(next.pid));
    });
    for (const { pid } of orphans) process.kill(pid, "SIGKILL");
  });
});

test("HUP with a broken configuration is refused each time, until the file is good again", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const before = await daemon.pidOf("one");
    writeFileSync(
      daemon.configFile,
      configText(daemon.directory, "[program:one]\ncommand = sleep 100000\nstartsecs = many\n"),
    );
    for (let round = 1; round <= 3; round++) {
      daemon.signal("SIGHUP");
      await until(
        "the refusal",
        () => daemon.log().split("not restarted, the configuration cannot be read").length > round,
      );
    }
    assert.equal(await daemon.pidOf("one"), before);
    writeFileSync(daemon.configFile, configText(daemon.directory, sleeper("two")));
    daemon.signal("SIGHUP");
    await daemon.untilState("two", "RUNNING");
    assert.deepEqual([...(await daemon.status()).keys()], ["two"]);
  });
});
