/** Every action against a made-up server: what is printed, asked and returned. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault, type Value } from "../../../src/xmlrpc/value.ts";
import type { Method } from "../client/fake_supervisor.ts";
import { runLine, type Setting, withSession } from "./ctl_harness.ts";

const STATES: Readonly<Record<string, number>> = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
};

function info(group: string, name: string, state: string, description = "", pid = 0): Value {
  return { group, name, state: STATES[state] ?? -1, statename: state, description, pid };
}

function result(group: string, name: string, status = 80, description = "OK"): Value {
  return { group, name, status, description };
}

const fails = (code: number, text = "TEXT"): Method => () => {
  throw new Fault(code, text);
};

const ALL: readonly Value[] = [
  info("cat", "cat", "RUNNING", "pid 42, uptime 0:00:07", 42),
  info("grp", "a", "STOPPED", "Not started"),
  info("grp", "b", "STARTING"),
  info("naïve✓", "naïve✓", "RUNNING", "pid 7, uptime 1 day, 0:00:00", 7),
];

const ROWS = {
  cat: "cat                              RUNNING   pid 42, uptime 0:00:07\n",
  a: "grp:a                            STOPPED   Not started\n",
  b: "grp:b                            STARTING  \n",
  naive: "naïve✓                           RUNNING   pid 7, uptime 1 day, 0:00:00\n",
};

interface Case extends Setting {
  readonly line: string;
  readonly stdout: string;
  readonly exit?: number;
  readonly calls?: readonly string[];
}

const all = { getAllProcessInfo: () => ALL };
const CHECKED = new Set(
  "status start stop restart signal tail maintail fg clear pid version".split(" "),
);

const CASES: readonly Case[] = [
  // status
  { line: "status", methods: all, stdout: ROWS.cat + ROWS.a + ROWS.b + ROWS.naive, exit: 3 },
  {
    line: "status cat all",
    methods: all,
    stdout: ROWS.cat + ROWS.a + ROWS.b + ROWS.naive,
    exit: 3,
  },
  { line: "status naïve✓ cat cat", methods: all, stdout: ROWS.naive + ROWS.cat + ROWS.cat },
  { line: "status grp:*", methods: all, stdout: ROWS.a + ROWS.b, exit: 3 },
  { line: "status grp:", methods: all, stdout: ROWS.a + ROWS.b, exit: 3 },
  { line: "status grp:b", methods: all, stdout: ROWS.b },
  { line: "status grp", methods: all, stdout: "grp: ERROR (no such process)\n", exit: 4 },
  {
    line: "status no no:* grp:x cat",
    methods: all,
    stdout: "no: ERROR (no such process)\nno: ERROR (no such group)\n" +
      "grp:x: ERROR (no such process)\n" + ROWS.cat,
    exit: 4,
  },
  {
    line: "status no grp:a",
    methods: all,
    stdout: "no: ERROR (no such process)\n" + ROWS.a,
    exit: 3,
  },
  { line: "status", methods: { getAllProcessInfo: () => [] }, stdout: "" },
  {
    line: "status",
    methods: { getAllProcessInfo: () => [info("g".repeat(40), "p", "FATAL", "why")] },
    stdout: `${"g".repeat(40)}:p   FATAL     why\n`,
    exit: 3,
  },
  {
    line: "status",
    methods: { getAllProcessInfo: fails(6, "SHUTDOWN_STATE") },
    stdout: "error: <Fault 6: 'SHUTDOWN_STATE'>\n",
    exit: 1,
  },
  {
    line: "status",
    methods: { getAllProcessInfo: () => ["x"] },
    stdout: "error: Unexpected answer: a struct was expected\n",
    exit: 1,
  },
  // start
  {
    line: "start a g:b g:* g:",
    methods: { startProcess: () => true, startProcessGroup: () => [result("g", "b")] },
    stdout: "a: started\ng:b: started\ng:b: started\ng:b: started\n",
    calls: ["startProcess(a)", "startProcess(g:b)", "startProcessGroup(g)", "startProcessGroup(g)"],
  },
  {
    line: "start a all",
    methods: {
      startAllProcesses: () => [result("a", "a", 60, "x"), result("g", "b", 50, "x")],
    },
    stdout: "a: ERROR (already started)\ng:b: ERROR (spawn error)\n",
    exit: 7,
    calls: ["startAllProcesses()"],
  },
  {
    line: "start a",
    methods: { startProcess: fails(60) },
    stdout: "a: ERROR (already started)\n",
  },
  {
    line: "start a",
    methods: { startProcess: fails(20) },
    stdout: "a: ERROR (no such file)\n",
    exit: 1,
  },
  {
    line: "start a",
    methods: { startProcess: fails(40) },
    stdout: "a: ERROR (abnormal termination)\n",
    exit: 7,
  },
  {
    line: "start g:*",
    methods: { startProcessGroup: fails(10) },
    stdout: "g: ERROR (no such group)\n",
    exit: 2,
  },
  {
    line: "start a b",
    methods: { startProcess: fails(6, "SHUTDOWN_STATE") },
    stdout: "error: Unknown result code 6 for a\n",
    exit: 1,
    calls: ["startProcess(a)"],
  },
  {
    line: "start",
    stdout: "Error: start requires a process name\nstart <name>\t\tStart a process\n" +
      "start <gname>:*\t\tStart all processes in a group\n" +
      "start <name> <name>\tStart multiple processes or groups\n" +
      "start all\t\tStart all processes\n",
    exit: 2,
  },
  // stop
  {
    line: "stop a g:*",
    methods: { stopProcess: () => true, stopProcessGroup: () => [] },
    stdout: "a: stopped\n",
    calls: ["stopProcess(a)", "stopProcessGroup(g)"],
  },
  { line: "stop a", methods: { stopProcess: fails(70) }, stdout: "a: ERROR (not running)\n" },
  {
    line: "stop a g:*",
    methods: { stopProcess: fails(30, "FAILED: it will not"), stopProcessGroup: fails(10) },
    stdout: "FAILED: it will not\ng: ERROR (no such group)\n",
    exit: 1,
  },
  {
    line: "stop all",
    methods: { stopAllProcesses: () => [result("a", "a"), result("b", "b", 30, "no way")] },
    stdout: "a: stopped\nno way\n",
    exit: 1,
  },
  // restart
  {
    line: "restart a",
    methods: { stopProcess: fails(70), startProcess: () => true },
    stdout: "a: ERROR (not running)\na: started\n",
    calls: ["stopProcess(a)", "startProcess(a)"],
  },
  {
    line: "restart no:*",
    methods: { stopProcessGroup: fails(10), startProcessGroup: fails(10) },
    stdout: "no: ERROR (no such group)\nno: ERROR (no such group)\n",
    exit: 2,
  },
  // signal
  {
    line: "signal HUP a g:*",
    methods: { signalProcess: () => true, signalProcessGroup: () => [result("g", "b", 70)] },
    stdout: "a: signalled\ng:b: ERROR (not running)\n",
    exit: 7,
    calls: ["signalProcess(a, HUP)", "signalProcessGroup(g, HUP)"],
  },
  {
    line: "signal NO a",
    methods: { signalProcess: fails(11) },
    stdout: "a: ERROR (bad signal name)\n",
    exit: 1,
  },
  {
    line: "signal 1 all",
    methods: { signalAllProcesses: () => [result("a", "a")] },
    stdout: "a: signalled\n",
    calls: ["signalAllProcesses(1)"],
  },
  // clear
  {
    line: "clear a g:*",
    methods: { clearProcessLogs: (name) => name === "a" ? true : fails(10)() },
    stdout: "a: cleared\ng:*: ERROR (no such process)\n",
    exit: 1,
    calls: ["clearProcessLogs(a)", "clearProcessLogs(g:*)"],
  },
  {
    line: "clear all",
    methods: { clearAllProcessLogs: () => [result("g", "a"), result("b", "b", 30)] },
    stdout: "g:a: cleared\nb: ERROR (failed)\n",
    exit: 1,
  },
  // pid
  { line: "pid", methods: { getPID: () => 4711 }, stdout: "4711\n" },
  { line: "pid all", methods: all, stdout: "42\n0\n0\n7\n" },
  {
    line: "pid no cat",
    methods: { getProcessInfo: (name) => name === "no" ? fails(10)() : ALL[0] as Value },
    stdout: "No such process no\n42\n",
    exit: 1,
  },
  { line: "pid grp:a", methods: { getProcessInfo: () => ALL[1] as Value }, stdout: "0\n", exit: 7 },
  // tail, maintail
  {
    line: "tail a",
    methods: { readProcessStdoutLog: () => "text\n" },
    stdout: "text\n\n",
    calls: ["readProcessStdoutLog(a, -1600, 0)"],
  },
  {
    line: "tail -100 a STDERR",
    methods: { readProcessStderrLog: () => "e" },
    stdout: "e\n",
    calls: ["readProcessStderrLog(a, -100, 0)"],
  },
  {
    line: "tail -0 a",
    methods: { readProcessStdoutLog: () => "" },
    stdout: "\n",
    calls: ["readProcessStdoutLog(a, 0, 0)"],
  },
  {
    line: "tail --5 a",
    methods: { readProcessStdoutLog: () => "x" },
    stdout: "x\n",
    calls: ["readProcessStdoutLog(a, 5, 0)"],
  },
  { line: "tail -99999999999 a", stdout: "error: int exceeds XML-RPC limits\n", exit: 1 },
  {
    line: "tail a",
    methods: { readProcessStdoutLog: fails(20) },
    stdout: "a: ERROR (no log file)\n",
    exit: 1,
  },
  {
    line: "tail a",
    methods: { readProcessStdoutLog: fails(30) },
    stdout: "a: ERROR (unknown error reading log)\n",
    exit: 1,
  },
  {
    line: "tail a",
    methods: { readProcessStdoutLog: fails(10) },
    stdout: "a: ERROR (no such process name)\n",
    exit: 1,
  },
  {
    line: "tail a",
    methods: { readProcessStdoutLog: fails(3, "BAD_ARGUMENTS: it's\n") },
    stdout: `error: <Fault 3: "BAD_ARGUMENTS: it's\\n">\n`,
    exit: 1,
  },
  { line: "tail a it's", stdout: `Error: bad channel "it's"\n`, exit: 1 },
  { line: "tail -x a", stdout: "Error: bad argument -x\n", exit: 1 },
  { line: "tail -f", stdout: "Error: tail requires process name\n", exit: 1 },
  { line: "maintail -x", stdout: "Error: bad argument -x\n", exit: 1 },
  { line: "maintail x", stdout: "Error: bad argument x\n", exit: 1 },
  {
    line: "maintail -7",
    methods: { readLog: () => "log" },
    stdout: "log\n",
    calls: ["readLog(-7, 0)"],
  },
  {
    line: "maintail",
    methods: { readLog: fails(20) },
    stdout: "supervisord: ERROR (no log file)\n",
    exit: 1,
  },
  // fg
  { line: "fg a b", stdout: "ERROR: too many process names supplied\n", exit: 1 },
  {
    line: "fg no",
    methods: { getProcessInfo: fails(10) },
    stdout: "ERROR: bad process name supplied\n",
    exit: 1,
  },
  {
    line: "fg grp:b",
    methods: { getProcessInfo: () => ALL[2] as Value },
    stdout: "ERROR: process not running\n",
    exit: 1,
  },
  // avail
  {
    line: "avail",
    methods: {
      getAllConfigInfo: () => [
        { name: "a", group: "a", inuse: true, autostart: true, group_prio: 5, process_prio: 6 },
        { name: "é", group: "g", inuse: false, autostart: false, group_prio: 999, process_prio: 1 },
      ],
    },
    stdout: "a                                in use    auto      5:6\n" +
      "g:é                              avail     manual    999:1\n",
  },
  {
    line: "avail",
    methods: { getAllConfigInfo: fails(6) },
    stdout: "ERROR: supervisor shutting down\n",
    exit: 1,
  },
  {
    line: "avail x",
    stdout: "Error: avail accepts no arguments\navail\t\t\tDisplay all configured processes\n",
    exit: 1,
    calls: [],
  },
  // reread
  {
    line: "reread",
    methods: { reloadConfig: () => [[["new", "Zed"], ["chg"], ["old"]]] },
    stdout: "Zed: available\nchg: changed\nnew: available\nold: disappeared\n",
  },
  {
    line: "reread",
    methods: { reloadConfig: () => [[[], [], []]] },
    stdout: "No config updates to processes\n",
  },
  {
    line: "reread",
    methods: { reloadConfig: fails(92, "CANT_REREAD: because") },
    stdout: "ERROR: CANT_REREAD: because\n",
    exit: 1,
  },
  {
    line: "reread",
    methods: { reloadConfig: fails(6) },
    stdout: "ERROR: supervisor shutting down\n",
    exit: 1,
  },
  // update
  {
    line: "update",
    methods: {
      reloadConfig: () => [[["new"], ["chg"], ["old"]]],
      stopProcessGroup: () => [result("old", "old")],
      removeProcessGroup: () => true,
      addProcessGroup: () => true,
    },
    stdout: "old: stopped\nold: removed process group\nchg: stopped\n" +
      "chg: updated process group\nnew: added process group\n",
    calls: [
      "reloadConfig()",
      "stopProcessGroup(old)",
      "removeProcessGroup(old)",
      "stopProcessGroup(chg)",
      "removeProcessGroup(chg)",
      "addProcessGroup(chg)",
      "addProcessGroup(new)",
    ],
  },
  {
    line: "update no new no",
    methods: {
      ...all,
      reloadConfig: () => [[["new", "other"], ["cat"], []]],
      addProcessGroup: () => true,
    },
    stdout: "ERROR: no such group: no\nnew: added process group\n",
    exit: 1,
  },
  {
    line: "update",
    methods: {
      reloadConfig: () => [[[], [], ["stuck"]]],
      stopProcessGroup: () => [result("stuck", "x", 30, "FAILED")],
    },
    stdout: "stuck: stopped\nstuck: has problems; not removing\n",
    exit: 1,
  },
  {
    line: "update",
    methods: { reloadConfig: fails(6) },
    stdout: "ERROR: already shutting down\n",
    exit: 1,
  },
  {
    line: "update all x",
    methods: { reloadConfig: fails(92, "CANT_REREAD: because") },
    stdout: "error: <Fault 92: 'CANT_REREAD: because'>\n",
    exit: 1,
  },
  // add, remove
  {
    line: "add a b",
    methods: { addProcessGroup: (name) => name === "a" ? fails(90)() : true },
    stdout: "ERROR: process group already active\nb: added process group\n",
  },
  {
    line: "add a b",
    methods: { addProcessGroup: (name) => name === "a" ? fails(10)() : fails(6)() },
    stdout: "ERROR: no such process/group: a\nERROR: shutting down\n",
    exit: 1,
  },
  { line: "add", stdout: "" },
  {
    line: "remove a b c",
    methods: {
      removeProcessGroup: (name) => name === "a" ? fails(91)() : name === "b" ? fails(10)() : true,
    },
    stdout: "ERROR: process/group still running: a\nERROR: no such process/group: b\n" +
      "c: removed process group\n",
    exit: 1,
  },
  // the daemon
  { line: "version", methods: { getSupervisorVersion: () => "4.3.0" }, stdout: "4.3.0\n" },
  { line: "reload", methods: { restart: () => true }, stdout: "Restarted supervisord\n" },
  {
    line: "reload",
    methods: { restart: fails(6) },
    stdout: "ERROR: already shutting down\n",
    exit: 1,
  },
  { line: "shutdown", methods: { shutdown: () => true }, stdout: "Shut down\n" },
  { line: "shutdown", methods: { shutdown: fails(6) }, stdout: "ERROR: already shutting down\n" },
  {
    line: "shutdown",
    methods: { shutdown: () => true },
    interactive: true,
    input: ["no"],
    stdout: "Really shut the remote supervisord process down y/N? ",
    calls: [],
  },
  {
    line: "reload",
    methods: { restart: () => true },
    interactive: true,
    input: ["Yes"],
    stdout: "Really restart the remote supervisord process y/N? Restarted supervisord\n",
  },
  {
    line: "shutdown",
    interactive: true,
    input: [],
    stdout: "Really shut the remote supervisord process down y/N? error: EOF when reading a line\n",
    exit: 1,
  },
  { line: "open ftp://x", stdout: "ERROR: url must be http:// or unix://\n", exit: 1 },
  { line: "open unix:///no/such", stdout: "unix:///no/such no such file\n" },
  { line: "open HTTP://x", stdout: "error: Unknown protocol for serverurl HTTP://x\n", exit: 1 },
  // the line itself
  { line: "", stdout: "" },
  { line: " \t ", stdout: "" },
  { line: " foo  bar ", stdout: "*** Unknown syntax: foo  bar\n", exit: 1 },
  { line: "!ls", stdout: "*** Unknown syntax: !ls\n", exit: 1 },
  { line: "*x", stdout: "*** Unknown syntax: *x\n", exit: 1 },
  { line: "toString", stdout: "*** Unknown syntax: toString\n", exit: 1 },
  { line: "__proto__", stdout: "*** Unknown syntax: __proto__\n", exit: 1 },
  {
    line: "version-x",
    stdout: "Error: version accepts no arguments\n" +
      "version\t\t\tShow the version of the remote supervisord process\n",
    exit: 1,
  },
  { line: "quit", stdout: "\n" },
  { line: "EOF", stdout: "\n" },
];

for (const [i, { line, stdout, exit = 0, calls, ...setting }] of CASES.entries()) {
  test(`"${line}" prints and returns what Supervisor does (${i + 1})`, async () => {
    const ran = await runLine(line, setting);
    assert.deepEqual({ stdout: ran.stdout, stderr: ran.stderr, exit: ran.exit }, {
      stdout,
      stderr: "",
      exit,
    });
    if (calls !== undefined) assert.deepEqual(ran.calls, calls);
  });
}

// a server that is not there, or not what is wanted

const ACTIONS = [
  ...[
    "status",
    "start x",
    "stop x",
    "restart x",
    "signal HUP x",
    "tail x",
    "tail -f x",
    "maintail",
  ],
  ...[
    "fg x",
    "clear x",
    "pid",
    "version",
    "avail",
    "reread",
    "update",
    "add x",
    "remove x",
    "reload",
  ],
];

for (const line of ACTIONS) {
  const action = line.split(" ")[0] ?? "";
  const isChecked = CHECKED.has(action);

  test(`"${line}" says that there is no socket`, async () => {
    const ran = await runLine(line, { serverUrl: "unix:///no/such" });
    assert.equal(
      ran.stdout,
      isChecked
        ? "unix:///no/such no such file\n"
        : "error: [Errno 2] No such file or directory: unix:///no/such\n",
    );
    assert.equal(ran.exit, action === "status" ? 4 : isChecked ? 7 : 1);
  });

  test(`"${line}" says that nobody listens`, async () => {
    const ran = await runLine(line, { serverUrl: "http://127.0.0.1:1" });
    assert.match(
      ran.stdout,
      isChecked
        ? /^http:\/\/127\.0\.0\.1:1 refused connection\n$/
        : /^error: \[Errno \d+\] Connection refused: http:\/\/127\.0\.0\.1:1\n$/,
    );
    assert.equal(ran.exit, isChecked ? 4 : 1);
  });

  test(`"${line}" says that a password is wanted`, async () => {
    const ran = await runLine(line, { credentials: { username: "joe", password: "x" } });
    assert.equal(
      ran.stdout,
      "Server requires authentication\n" +
        "error: <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>\n",
    );
    assert.equal(ran.exit, 1);
  });

  if (isChecked) {
    test(`"${line}" says that the server has no supervisor namespace`, async () => {
      const ran = await runLine(line, { methods: { getVersion: fails(1) } });
      assert.match(ran.stdout, /^Sorry, supervisord responded but did not recognize .*\n$/);
      assert.equal(ran.exit, action === "status" ? 4 : 3);
    });

    test(`"${line}" says that the server speaks another version`, async () => {
      const ran = await runLine(line, { methods: { getVersion: () => "2.0" } });
      assert.equal(
        ran.stdout,
        "Sorry, this version of supervisorctl expects to talk to a server with API version 3.0, " +
          "but the remote version is 2.0.\n",
      );
      assert.equal(ran.exit, action === "status" ? 4 : 5);
    });
  }
}

test('"shutdown" of a server that is gone says so', async () => {
  for (
    const [serverUrl, problem] of [
      ["unix:///no/such", "no such file"],
      ["http://127.0.0.1:1", "refused connection"],
    ] as const
  ) {
    const ran = await runLine("shutdown", { serverUrl });
    assert.equal(ran.stdout, `ERROR: ${serverUrl} ${problem} (already shut down?)\n`);
    assert.equal(ran.exit, 1);
  }
});

test("an interactive session asks for a password until it is right", async () => {
  const ran = await runLine("pid", {
    methods: { getPID: () => 1 },
    credentials: { username: "joe", password: "right" },
    interactive: true,
    input: ["joe", "wrong", "joe", "right"],
  });
  const asked = "Server requires authentication\nUsername:Password:\n";
  assert.equal(ran.stdout, `${asked}${asked}1\n`);
  assert.equal(ran.exit, 0);
});

test("tail -f of an unknown process complains on standard error, with status 0", async () => {
  const ran = await runLine("tail -f nö stderr", { methods: { ...all } });
  assert.equal(ran.stdout, "==> Press Ctrl-C to exit <==\n");
  assert.equal(ran.stderr, "URL/logtail/nö/stderr Cannot read, status code 404\n");
  assert.equal(ran.exit, 0);
});

test("the last failure of a line decides the exit status", async () => {
  const startProcess: Method = (name) => fails(name === "a" ? 50 : 10)();
  assert.equal((await runLine("start a b", { methods: { startProcess } })).exit, 1);
  assert.equal((await runLine("start b a", { methods: { startProcess } })).exit, 7);
});

test("one line makes one connection check, and open talks to the new server", async () => {
  const ran = await withSession({ methods: { ...all } }, async (session) => {
    const own = session.serverUrl;
    await session.run("open unix:///no/such");
    assert.equal(session.serverUrl, "unix:///no/such");
    await session.run(`open ${own}`);
  });
  assert.equal(
    ran.stdout,
    "unix:///no/such no such file\n" + ROWS.cat + ROWS.a + ROWS.b + ROWS.naive,
  );
  assert.equal(ran.exit, 0);
});
