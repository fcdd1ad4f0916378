/** Commands around the life of a process, stop signals in steps, reload, and daemons that fork. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { freePort } from "../support/ports.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** A command that notes which hook ran, for which pid and after which exit. */
function noteIn(file: string): string {
  return `sh -c 'echo $SUPERVISOR_HOOK $SUPERVISOR_PROCESS_NAME \${SUPERVISOR_PID:+pid} ` +
    `$SUPERVISOR_EXIT_CODE$SUPERVISOR_EXIT_SIGNAL >>${file}'`;
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];

test("hooks run in order around the life of a process, with its name, pid and end", async () => {
  const directory = makeDirectory();
  const notes = join(directory, "notes");
  const note = noteIn(notes);
  const programs = `[program:web]
command = sleep 100000
pre_start = ${note}
post_start = ${note}
pre_stop = ${note}
post_stop = ${note}
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("web", "RUNNING");
    await until("post_start", () => Promise.resolve(linesOf(notes).length === 2));
    assert.equal((await daemon.ctl("stop", "web")).stdout, "web: stopped\n");
    await until("post_stop", () => Promise.resolve(linesOf(notes).length === 4));
    assert.deepEqual(linesOf(notes).map((line) => line.trimEnd()), [
      "pre_start web",
      "post_start web pid",
      "pre_stop web pid",
      "post_stop web pid SIGTERM",
    ]);
  });
});

test("a pre_start that fails is a failed start with its last words, and on_fatal follows", async () => {
  const directory = makeDirectory();
  const notes = join(directory, "notes");
  const programs = `[program:web]
command = sleep 100000
pre_start = sh -c 'echo the disk is missing >&2; exit 3'
on_fatal = ${noteIn(notes)}
startretries = 0
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("web", "FATAL");
    const reason = "pre_start: exit status 3: the disk is missing";
    assert.match((await daemon.ctl("status")).stdout, new RegExp(`FATAL +${reason}`));
    assert.match(daemon.log(), /WARN pre_start of 'web' failed: exit status 3/);
    await until("on_fatal", () => Promise.resolve(linesOf(notes).length === 1));
    assert.equal((await daemon.ctl("start", "web")).stdout, "web: ERROR (spawn error)\n");
  });
});

test("stop signals come one after the other, each after its time, and SIGKILL last", async () => {
  const programs = `[program:slow]
command = sh -c 'trap "echo got TERM" TERM; trap "echo got INT" INT; echo ready; while :; do sleep 0.1; done'
stop_signals = TERM:1, INT:1
stopwaitsecs = 1
killasgroup = true
redirect_stderr = true
`;
  await withDaemon({ programs }, async (daemon) => {
    const tail = async () => (await daemon.ctl("tail", "slow")).stdout;
    await until("the traps", async () => (await tail()).includes("ready"));
    assert.equal((await daemon.ctl("stop", "slow")).stdout, "slow: stopped\n");
    assert.equal(await tail(), "ready\ngot TERM\ngot INT\n\n");
    assert.match(daemon.log(), /'slow' \(\d+\) is still there: sending SIGINT/);
    assert.match(daemon.log(), /stopped: slow \(terminated by SIGKILL\)/);
  });
});

test("stop_command ends the process, and what it cannot end gets the stop signal", async () => {
  const directory = makeDirectory();
  const flag = join(directory, "flag");
  const programs = `[program:polite]
command = sh -c 'until [ -e ${flag} ]; do sleep 0.1; done'
stop_command = touch ${flag}
exitcodes = 7
[program:deaf]
command = sleep 100000
stop_command = sh -c 'exit 1'
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("polite", "RUNNING");
    await daemon.untilState("deaf", "RUNNING");
    assert.equal((await daemon.ctl("stop", "polite")).stdout, "polite: stopped\n");
    assert.match(daemon.log(), /stopped: polite \(exit status 0\)/);
    assert.equal((await daemon.ctl("stop", "deaf")).stdout, "deaf: stopped\n");
    assert.match(daemon.log(), /stop_command of 'deaf' failed: exit status 1/);
    assert.match(daemon.log(), /stopped: deaf \(terminated by SIGTERM\)/);
  });
});

test("reload-program sends the reload signal or runs the reload command", async () => {
  const directory = makeDirectory();
  const notes = join(directory, "notes");
  const programs = `[program:one]
command = sh -c 'trap "echo read again" HUP; echo ready; while :; do sleep 0.1; done'
reload_signal = HUP
[program:two]
command = sleep 100000
reload_command = ${noteIn(notes)}
[program:three]
command = sleep 100000
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const tail = async () => (await daemon.ctl("tail", "one")).stdout;
    await until("the trap", async () => (await tail()).includes("ready"));
    await daemon.untilState("two", "RUNNING");
    await daemon.untilState("three", "RUNNING");
    const before = await daemon.pidOf("one");
    const answer = await daemon.ctl("reload-program", "one", "two", "three", "four");
    assert.equal(
      answer.stdout,
      "one: reloaded\ntwo: reloaded\n" +
        "three: ERROR (three: neither reload_command nor reload_signal is configured)\n" +
        "four: ERROR (no such process or group: four)\n",
    );
    assert.equal(answer.status, 1);
    const { stdout, status } = await daemon.ctl("reload-program", "--json", "two", "three");
    assert.equal(status, 1);
    assert.deepEqual(
      JSON.parse(stdout).results.map((one: Record<string, unknown>) => [one["name"], one["ok"]]),
      [["two", true], ["three", false]],
    );
    await until("the signal", async () => (await tail()).includes("read again"));
    assert.equal(await daemon.pidOf("one"), before);
    assert.deepEqual(linesOf(notes), ["reload_command two pid", "reload_command two pid"]);
  });
});

/** A daemon of the old kind: forks, lets its parent end, and only then writes its pid. */
const FORKING = `import os, sys, time, signal
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
time.sleep(0.3)
open(sys.argv[1], "w").write("%d\\n" % os.getpid())
signal.signal(signal.SIGTERM, lambda *a: sys.exit(4))
while True: time.sleep(60)
`;

test("a daemon that forks is followed by its pid file: stopped, restarted, its end known", async () => {
  const directory = makeDirectory();
  const script = join(directory, "forking.py");
  const pidFile = join(directory, "old.pid");
  writeFileSync(script, FORKING);
  writeFileSync(pidFile, "1\n");
  const programs = `[program:old]
command = python3 ${script} ${pidFile}
pid_file = ${pidFile}
autorestart = true
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("old", "RUNNING");
    const first = Number(readFileSync(pidFile, "utf8"));
    assert.equal(await daemon.pidOf("old"), first);
    process.kill(first, "SIGKILL");
    await until("another one", async () => {
      const line = (await daemon.status()).get("old");
      return line?.state === "RUNNING" && line.pid !== first;
    });
    assert.match(daemon.log(), /exited: old \(terminated by SIGKILL; not expected\)/);
    const second = await daemon.pidOf("old");
    assert.equal((await daemon.ctl("stop", "old")).stdout, "old: stopped\n");
    assert.match(daemon.log(), /stopped: old \(exit status 4\)/);
    assert.throws(() => process.kill(second, 0), { code: "ESRCH" });
  });
});

test("nginx in the background is followed, reloaded without a new pid, and stopped in steps", async () => {
  const directory = makeDirectory();
  const port = await freePort();
  const pidFile = join(directory, "nginx.pid");
  const config = join(directory, "nginx.conf");
  const write = (answer: string) =>
    writeFileSync(
      config,
      `pid ${pidFile};
error_log ${directory}/error.log;
worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path ${directory};
  server { listen 127.0.0.1:${port}; location / { return 200 "${answer}"; } }
}
`,
    );
  write("one");
  const programs = `[program:nginx]
command = nginx -c ${config}
pid_file = ${pidFile}
pre_start = nginx -t -q -c ${config}
reload_command = sh -c 'nginx -t -q -c ${config} && kill -HUP $SUPERVISOR_PID'
stop_signals = QUIT:5, TERM:5
`;
  const ask = async () => {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).text();
    } catch {
      return "";
    }
  };
  await withDaemon({ directory, programs }, async (daemon) => {
    const pid = await daemon.pidOf("nginx");
    assert.equal(pid, Number(readFileSync(pidFile, "utf8")));
    assert.equal(await ask(), "one");
    write("two");
    assert.equal((await daemon.ctl("reload-program", "nginx")).stdout, "nginx: reloaded\n");
    await until("the new answer", async () => (await ask()) === "two");
    assert.equal(await daemon.pidOf("nginx"), pid);
    writeFileSync(config, "nonsense;\n");
    const refused = await daemon.ctl("reload-program", "nginx");
    assert.match(refused.stdout, /nginx: ERROR \(.*reload_command failed: exit status 1/);
    assert.equal(await ask(), "two");
    assert.equal((await daemon.ctl("stop", "nginx")).stdout, "nginx: stopped\n");
    assert.match(daemon.log(), /stopped: nginx \(exit status 0\)/);
  });
});

test("a slow stop is given its time by each signal, and post_stop is through before the end", async () => {
  const directory = makeDirectory();
  const notes = join(directory, "notes");
  const script = join(directory, "slow.py");
  writeFileSync(
    script,
    `import signal, sys, time
def leave(*a):
    time.sleep(1.5)
    sys.exit(0)
signal.signal(signal.SIGINT, leave)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w")
while True: time.sleep(60)
`,
  );
  const up = join(directory, "up");
  const programs = `[program:slow]
command = python3 ${script} ${up}
stop_signals = TERM:1, INT:20
post_stop = sh -c 'sleep 0.5; ${noteIn(notes).slice("sh -c '".length)}
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await until("its handlers", () => Promise.resolve(existsSync(up)));
    daemon.signal("SIGTERM");
    assert.equal(await daemon.exit(), 0);
    assert.deepEqual(linesOf(notes), ["post_stop slow pid 0"]);
    assert.match(daemon.log(), /stopped: slow \(exit status 0\)/);
  });
});

/** Hands its work over to a child, says so, and stays a while or leaves at once. */
const HANDS_OVER = `import os, signal, socket, sys, time
child = os.fork()
if child == 0:
    signal.signal(signal.SIGTERM, lambda *a: os._exit(5))
    while True: time.sleep(60)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"].replace("@", "\\0", 1))
notify.send(b"MAINPID=%d\\nREADY=1\\n" % child)
time.sleep(0.5)
`;

test("a main process announced with sd_notify is followed when its parent leaves", async () => {
  const directory = makeDirectory();
  const script = join(directory, "hands_over.py");
  writeFileSync(script, HANDS_OVER);
  const programs = `[program:over]
command = python3 ${script}
readiness = notify
autorestart = false
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilLogged(/following: 'over' goes on with pid \d+/);
    const [, spawned] = /spawned: 'over' with pid (\d+)/.exec(daemon.log()) ?? [];
    await until("its parent to leave", () => {
      try {
        process.kill(Number(spawned), 0);
        return Promise.resolve(false);
      } catch {
        return Promise.resolve(true);
      }
    });
    const pid = await daemon.pidOf("over");
    assert.match(daemon.log(), new RegExp(`goes on with pid ${pid}\n`));
    assert.equal((await daemon.ctl("stop", "over")).stdout, "over: stopped\n");
    assert.match(daemon.log(), /stopped: over \(exit status 5\)/);
  });
});
