/** `supervisorctl --json` against a made-up server that knows XML-RPC and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runJson } from "../../../cli/ctl/json.ts";
import { Fault, type Value } from "../../../src/xmlrpc/value.ts";
import { FakeSupervisor, type Method } from "../client/fake_supervisor.ts";
import { Recorder, runLine } from "./ctl_harness.ts";

const WEB: Value = {
  name: "web",
  group: "web",
  state: 20,
  statename: "RUNNING",
  description: "pid 42, uptime 0:00:07",
  pid: 42,
  start: 1767323045,
  stop: 0,
  exitstatus: 0,
  spawnerr: "",
  stdout_logfile: "/var/log/web.log",
  stderr_logfile: "",
};
const A: Value = {
  ...WEB,
  name: "a",
  group: "g",
  state: 200,
  statename: "FATAL",
  pid: 0,
  spawnerr: "can't find command",
};

const fails = (code: number, text = "TEXT"): Method => () => {
  throw new Fault(code, text);
};

const METHODS: Readonly<Record<string, Method>> = {
  getVersion: () => "3.0",
  getSupervisorVersion: () => "4.3.0",
  getPID: () => 77,
  getAllProcessInfo: () => [WEB, A],
  getProcessInfo: (name) => name === "web" ? WEB : fails(10, `BAD_NAME: ${name}`)(),
  getAllConfigInfo: () => [{
    name: "a",
    group: "g",
    inuse: true,
    autostart: false,
    group_prio: 1,
    process_prio: 2,
    command: "/bin/a",
  }],
  reloadConfig: () => [[["new"], ["g"], ["old"]]],
  stopProcessGroup: (
    group,
  ) => [{ name: "x", group: group as string, status: 80, description: "OK" }],
  removeProcessGroup: () => true,
  addProcessGroup: () => true,
  startProcess: (name) => name === "web" ? true : fails(50, `SPAWN_ERROR: ${name}`)(),
  stopProcess: () => true,
  readProcessStdoutLog: () => "a line\n",
  restart: () => true,
};

// deno-lint-ignore no-explicit-any -- whatever a test asks of it
async function runWords(words: string[], methods = METHODS): Promise<{ exit: number; doc: any }> {
  const server = await FakeSupervisor.start({
    methods: Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [`supervisor.${name}`, method]),
    ),
  });
  const stdout = new Recorder();
  try {
    const exit = await runJson(words, {
      serverUrl: server.url,
      username: null,
      password: null,
      output: stdout.output,
    });
    assert.match(stdout.text, /^\{.*\}\n$/, "not one document");
    return { exit, doc: JSON.parse(stdout.text) };
  } finally {
    await server.stop();
  }
}

const CASES: readonly [line: string, exit: number, check: Readonly<Record<string, unknown>>][] = [
  ["version", 0, { action: "version", ok: true, version: "4.3.0" }],
  ["pid", 0, { action: "pid", ok: true, pid: 77 }],
  ["pid web", 0, {
    action: "pid",
    ok: true,
    processes: [{ name: "web", group: "web", namespec: "web", pid: 42 }],
  }],
  ["avail", 0, {
    action: "avail",
    ok: true,
    processes: [{
      name: "a",
      group: "g",
      namespec: "g:a",
      inUse: true,
      autostart: false,
      groupPriority: 1,
      processPriority: 2,
      command: "/bin/a",
    }],
  }],
  ["reread", 0, { action: "reread", ok: true, added: ["new"], changed: ["g"], removed: ["old"] }],
  ["update", 0, {
    action: "update",
    ok: true,
    added: ["new"],
    changed: ["g"],
    removed: ["old"],
    steps: [
      { group: "old", step: "stopped", ok: true },
      { group: "old", step: "removed", ok: true },
      { group: "g", step: "stopped", ok: true },
      { group: "g", step: "removed", ok: true },
      { group: "g", step: "added", ok: true },
      { group: "new", step: "added", ok: true },
    ],
  }],
  ["stop web", 0, {
    action: "stop",
    ok: true,
    results: [{
      name: "web",
      group: "web",
      namespec: "web",
      verb: "stop",
      ok: true,
      status: 80,
      text: "OK",
    }],
  }],
  ["tail web", 0, { action: "tail", ok: true, text: "a line\n" }],
  ["reload", 0, { action: "reload", ok: true }],
  ["help", 2, { action: "help", ok: false, error: "help has no JSON form" }],
  ["tail -f web", 2, { action: "tail", ok: false, error: "tail -f web has no JSON form" }],
  ["toString", 2, { action: "toString", ok: false, error: "toString has no JSON form" }],
];
for (const [line, exit, expected] of CASES) {
  test(`--json ${line} is one document, exit status ${exit}`, async () => {
    const ran = await runWords(line.split(" "));
    assert.deepEqual(ran.doc, expected);
    assert.equal(ran.exit, exit);
  });
}

test("--json status tells times, and null where there is nothing", async () => {
  const { doc, exit } = await runWords(["status"]);
  assert.equal(exit, 3);
  assert.deepEqual(doc.processes[0], {
    name: "web",
    group: "web",
    namespec: "web",
    state: "RUNNING",
    stateCode: 20,
    description: "pid 42, uptime 0:00:07",
    pid: 42,
    startedAt: "2026-01-02T03:04:05.000Z",
    stoppedAt: null,
    exitStatus: 0,
    spawnError: null,
    logs: { stdout: "/var/log/web.log", stderr: null },
  });
  assert.equal(doc.processes[1].spawnError, "can't find command");
});

test("--json status of names keeps their order and says which there are not", async () => {
  const { doc, exit } = await runWords(["status", "g:*", "web", "nope"]);
  assert.deepEqual(doc.processes.map((p: { namespec: string }) => p.namespec), ["g:a", "web"]);
  assert.match(doc.error, /nope: ERROR \(no such process\)/);
  // What `status` itself returns: the last problem wins.
  assert.equal(exit, (await runLine("status g:* web nope", { methods: METHODS })).exit);
});

test("--json start tells each process's outcome, with the exit status of the text", async () => {
  const { doc, exit } = await runWords(["start", "web", "g:a"]);
  assert.equal(exit, 7);
  assert.deepEqual(doc.results.map((r: { namespec: string; ok: boolean }) => [r.namespec, r.ok]), [
    ["web", true],
    ["g:a", false],
  ]);
  assert.equal(doc.fault.code, 50);
});

test("--json without an action is a usage error", async () => {
  assert.equal((await runWords([])).exit, 2);
});

test("--json of a server that is not there is a document, too", async () => {
  const stdout = new Recorder();
  const options = { username: null, password: null, output: stdout.output };
  const exit = await runJson(["status"], { ...options, serverUrl: "unix:///nowhere/x.sock" });
  assert.equal(exit, 4);
  assert.match(JSON.parse(stdout.text).error, /no such file/);
});

for (const line of ["events", "logs web"]) {
  test(`"${line}" says plainly that a server has no JSON API`, async () => {
    const ran = await runLine(line, { methods: METHODS });
    assert.match(ran.stdout, /^ERROR: URL has no JSON API/);
    assert.equal(ran.exit, 1);
  });
}

const WRONG: readonly [line: string, message: RegExp][] = [
  ["events web", /^Error: events takes only --type and --process\nevents\t/],
  ["events --type", /^Error: events takes only/],
  ["logs", /^Error: logs requires a process name\nlogs /],
  ["logs --since yesterday web", /^Error: no time: yesterday/],
  ["logs --grep", /^Error: --grep needs a value/],
  ["logs --grep ( web", /^Error: Invalid regular expression/],
  ["logs -n x web", /^Error: no number: x/],
  ["logs --what web", /^Error: unknown option --what/],
];
for (const [line, message] of WRONG) {
  test(`"${line}" is a usage error`, async () => {
    const ran = await runLine(line, { methods: METHODS });
    assert.match(ran.stdout, message);
    assert.equal(ran.exit, 2);
  });
}

test("help lists what it always did, and help more the rest", async () => {
  assert.doesNotMatch((await runLine("help")).stdout, /events|logs/);
  assert.match(
    (await runLine("help more")).stdout,
    /^events\t.*\nlogs\t[^]*\nsupervisorctl --json/,
  );
});
