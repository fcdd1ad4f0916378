/** Faults of children: how they end, stop, fork away or cannot be made. See docs/faults.md. */
import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { processView } from "../support/api.ts";
import { withBystander } from "../support/bystander.ts";
import { clientOf } from "../support/client.ts";
import { anonymousMemory, lookAt } from "../support/processes.ts";
import { run } from "../support/run.ts";
import { configText, makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** How many ends of pipes a process has open. */
function pipesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("pipe:");
    } catch {
      // Closed between the two looks.
      return false;
    }
  }).length;
}

/** Processes of a process group. */
async function membersOf(group: number): Promise<number[]> {
  const { stdout } = await run(["ps", "-eo", "pid=,pgid=,stat="]);
  return stdout.trim().split("\n").map((line) => line.trim().split(/\s+/))
    .filter(([, pgid, state]) => Number(pgid) === group && state?.startsWith("Z") === false)
    .map(([pid]) => Number(pid));
}

test("a child that is killed, alone or with its whole group, is named and replaced", async () => {
  const programs = `[program:victim]
command = sh -c 'sleep 100000 & sleep 100000 & wait'
startsecs = 0
autorestart = true
stopasgroup = true
killasgroup = true
`;
  await withBystander({ programs }, async (daemon) => {
    const first = await daemon.pidOf("victim");
    await until("the whole group", async () => (await membersOf(first)).length === 3);
    process.kill(-first, "SIGKILL");
    await daemon.untilLogged(/exited: victim \(terminated by SIGKILL; not expected\)/);
    const second = await until("its successor", async () => {
      const pid = await daemon.pidOf("victim");
      return pid !== first && pid;
    });
    assert.deepEqual(await membersOf(first), []);
    const { restarts, lastExit } = await processView(daemon, "victim");
    assert.equal(restarts, 1);
    assert.equal(lastExit?.signal, "SIGKILL");

    await until("the whole group", async () => (await membersOf(second)).length === 3);
    process.kill(second, "SIGKILL");
    await until("the next one", async () => await daemon.pidOf("victim") !== second);
    // Those that it left in its group are nobody's; they are not taken for the program.
    for (const pid of await membersOf(second)) process.kill(pid, "SIGKILL");
  });
});

test("a child that is stopped by SIGSTOP still ends within its time when it is asked to", async () => {
  const programs = `[program:frozen]
command = sleep 100000
startsecs = 0
stopwaitsecs = 1
`;
  await withBystander({ programs }, async (daemon) => {
    const pid = await daemon.pidOf("frozen");
    process.kill(pid, "SIGSTOP");
    await until("the child to be stopped", () => lookAt(pid)?.state === "T");
    assert.equal((await daemon.status()).get("frozen")?.state, "RUNNING");
    assert.equal((await daemon.ctl("stop", "frozen")).stdout, "frozen: stopped\n");
    await daemon.untilLogged(/killing 'frozen' \(\d+\) with SIGKILL/);
    assert.equal((await processView(daemon, "frozen")).lastExit?.text, "terminated by SIGKILL");
  });
});

test("a child that forks away, or forks twice, has exited; its descendants hold nothing of ours for long", async () => {
  const programs = `[program:forks]
command = sh -c 'sleep 100000 & echo $! >%(here)s/forks.pid; exit 0'
startsecs = 0
autostart = false
[program:daemonizes]
command = sh -c '(setsid sh -c "echo \\$\\$ >%(here)s/daemonizes.pid; exec sleep 100000" &); exit 0'
startsecs = 0
autostart = false
`;
  await withBystander({ programs }, async (daemon) => {
    const before = pipesOf(daemon.pid);
    for (const name of ["forks", "daemonizes"]) {
      await daemon.ctl("start", name);
      await daemon.untilState(name, "EXITED");
      await daemon.untilLogged(new RegExp(`exited: ${name} \\(exit status 0; expected\\)`));
    }
    // For some seconds the pipes are read for descendants that still write; then they are closed.
    await until("the pipes of the two to be closed", () => pipesOf(daemon.pid) === before);
    for (const name of ["forks", "daemonizes"]) {
      const pid = Number(readFileSync(join(daemon.directory, `${name}.pid`), "utf8"));
      assert.equal(lookAt(pid)?.command, "sleep", "it is not the daemon's to end");
      process.kill(pid, "SIGKILL");
    }
  });
});

test("a child that ends between fork and exec leaves its reason in its log, and gives up after its tries", async () => {
  const directory = makeDirectory();
  writeFileSync(join(directory, "no_interpreter"), "#!/nonexistent/interpreter\n");
  writeFileSync(join(directory, "no_program"), "\0\x01\x02 not a program");
  for (const name of ["no_interpreter", "no_program"]) chmodSync(join(directory, name), 0o755);
  const section = (name: string, line: string) =>
    `[program:${name}]\n${line}\nstartretries = 1\nstderr_logfile = %(here)s/${name}.log\n`;
  const programs = section("no_interpreter", "command = %(here)s/no_interpreter") +
    section("no_program", "command = %(here)s/no_program") +
    section("no_directory", "command = sleep 100000\ndirectory = /nonexistent/directory") +
    section("huge", `command = sleep 100000\nenvironment = HUGE="${"x".repeat(200_000)}"`);
  const reasons: Readonly<Record<string, RegExp>> = {
    no_interpreter: /couldn't exec \S+: ENOENT/,
    no_program: /couldn't exec \S+: ENOEXEC/,
    no_directory: /couldn't chdir to \/nonexistent\/directory: ENOENT/,
    huge: /couldn't exec sleep: E2BIG/,
  };
  await withBystander({ directory, programs }, async (daemon) => {
    for (const [name, reason] of Object.entries(reasons)) {
      await daemon.untilState(name, "FATAL");
      assert.match(readFileSync(join(directory, `${name}.log`), "utf8"), reason);
      const { lastExit } = await processView(daemon, name);
      assert.equal(lastExit?.text, "exit status 127");
      assert.match(daemon.log(), new RegExp(`gave up: ${name} entered FATAL state`));
    }
  });
});

test("an environment of a megabyte arrives whole", async () => {
  // The kernel takes strings of at most 128 KiB, and two megabytes together.
  const env = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [`LARGE_${i}`, String(i % 10).repeat(64 * 1024)]),
  );
  const programs = "[program:heir]\ncommand = sleep 100000\nstartsecs = 0\n";
  await withBystander({ programs, env }, async (daemon) => {
    const block = readFileSync(`/proc/${await daemon.pidOf("heir")}/environ`, "latin1");
    for (const [name, value] of Object.entries(env)) {
      assert.ok(block.split("\0").includes(`${name}=${value}`), `${name} is not whole`);
    }
  });
});

test("a child that uses up its memory ends with its own words in its log, again and again, and alone", async () => {
  const programs = `[program:hog]
command = prlimit --as=${128 * 1024 * 1024} tail /dev/zero
startretries = 1
stderr_logfile = %(here)s/hog.log
`;
  await withBystander({ programs }, async (daemon) => {
    const before = anonymousMemory(daemon.pid);
    await daemon.untilState("hog", "FATAL");
    assert.equal(
      readFileSync(join(daemon.directory, "hog.log"), "utf8"),
      "tail: memory exhausted\n".repeat(2),
    );
    assert.equal((await processView(daemon, "hog")).lastExit?.text, "exit status 1");
    const grown = (anonymousMemory(daemon.pid) - before) / (1024 * 1024);
    assert.ok(grown < 32, `the daemon has grown by ${grown} MiB`);
  });
});

test("when the user may have no more processes, that is said, tried again, and over when there is room", async () => {
  assert.equal(process.getuid?.(), 0, "becoming a user with no other process needs root");
  const uid = 54_321;
  const directory = makeDirectory();
  const programs = `[program:one]
command = sleep 100000
startsecs = 0
[program:two]
command = sleep 100000
startsecs = 0
startretries = 1
autostart = false
`;
  const configFile = join(directory, "supervisord.conf");
  writeFileSync(
    configFile,
    configText(directory, programs, "minprocs = 1\n").replace("user = root\n", ""),
  );
  chmodSync(directory, 0o777);
  const asUser = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  await withDaemon({ directory, configFile, wrapper: asUser }, async (daemon) => {
    /** The runtime's threads count as well: so many more than there are now may be had. */
    const allow = async (more: number) => {
      const { stdout } = await run(["ps", "-L", "-U", String(uid), "-o", "lwp="]);
      const limit = `--nproc=${stdout.trim().split("\n").length + more}:`;
      const { status, stderr } = await run([...asUser, "prlimit", limit, `--pid=${daemon.pid}`]);
      assert.equal(status, 0, stderr);
    };
    const one = await daemon.pidOf("one");
    await allow(0);
    assert.match((await daemon.ctl("start", "two")).stdout, /two: ERROR \(spawn error\)/);
    await daemon.untilLogged(
      /spawnerr: Too many processes in process table to spawn 'two'/,
    );
    await daemon.untilState("two", "FATAL");
    assert.match(
      (await daemon.status()).get("two")?.description ?? "",
      /Too many processes in process table to spawn 'two'/,
    );
    assert.equal(await daemon.pidOf("one"), one);
    await allow(10);
    assert.equal((await daemon.ctl("start", "two")).stdout, "two: started\n");
    assert.equal(await daemon.pidOf("one"), one);
  });
});

test("a thousand children run, all die at once, all come back, and go with the daemon", async () => {
  const programs = `[program:many]
command = sleep 100000
process_name = %(process_num)04d
numprocs = 1000
startsecs = 0
autorestart = true
stderr_logfile = NONE
`;
  const daemonLines = "minfds = 5000\nlogfile_maxbytes = 0\n";
  await withBystander({ programs, daemon: daemonLines }, async (daemon) => {
    const client = clientOf(daemon);
    const pids = async () => {
      const all = await client.call("supervisor.getAllProcessInfo") as unknown as readonly {
        group: string;
        statename: string;
        pid: number;
      }[];
      const many = all.filter(({ group }) => group === "many");
      return many.every(({ statename }) => statename === "RUNNING") && many.map(({ pid }) => pid);
    };
    const first = await until("a thousand children", pids, { deadlineMs: 60_000, everyMs: 200 });
    assert.equal(first.length, 1000);
    for (const pid of first) process.kill(pid, "SIGKILL");
    const before = new Set(first);
    const second = await until("a thousand others", async () => {
      const now = await pids();
      return now !== false && now.every((pid) => !before.has(pid)) && now;
    }, { deadlineMs: 60_000, everyMs: 200 });
    assert.equal(new Set(second).size, 1000);
    assert.equal(daemon.log().split("(terminated by SIGKILL; not expected)").length, 1001);
    client.close();
  });
});

test("a daemon that is stopped and continued collects what ended and reads what was written meanwhile", async () => {
  const programs = `[program:mortal]
command = sleep 100000
startsecs = 0
autorestart = true
[program:writer]
command = sh -c 'while read -r line; do seq -f "%%0099.0f" 1 2000; done'
startsecs = 0
stdout_logfile = %(here)s/writer.log
stdout_logfile_maxbytes = 0
`;
  await withBystander({ programs }, async (daemon) => {
    const client = clientOf(daemon);
    const mortal = await daemon.pidOf("mortal");
    await daemon.pidOf("writer");
    await client.call("supervisor.sendProcessStdin", "writer", "go\n");
    daemon.signal("SIGSTOP");
    process.kill(mortal, "SIGKILL");
    await until("the child to have ended", () => lookAt(mortal)?.state === "Z");
    const answer = client.call("supervisor.getState");
    daemon.signal("SIGCONT");
    assert.deepEqual(await answer, { statecode: 1, statename: "RUNNING" });
    await until("the next one", async () => await daemon.pidOf("mortal") !== mortal);
    const lines = Array.from({ length: 2000 }, (_, i) => String(i + 1).padStart(99, "0"));
    await until(
      "every line",
      () => readFileSync(join(daemon.directory, "writer.log"), "utf8") === `${lines.join("\n")}\n`,
    );
    client.close();
  });
});
