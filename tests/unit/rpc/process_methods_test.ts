import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";
import { assertFault, callerFor, okStatus } from "../../support/rpc.ts";

function setUp(overrides: Parameters<typeof processSpec>[1] = {}) {
  const daemon = new FakeDaemon([
    groupSpec("x", [processSpec("x", overrides)]),
    groupSpec("g", ["b", "a", "c"].map((name) => processSpec(name, { ...overrides, group: "g" }))),
  ]);
  return { daemon, rpc: callerFor(daemon), x: daemon.find("x") };
}

for (const name of ["nope", "g", "x:y", "nope:x", "g:z", "*", ""]) {
  test(`startProcess(${JSON.stringify(name)}) is BAD_NAME`, async () => {
    const { rpc } = setUp();
    await assertFault(rpc.supervisor("startProcess", name), 10, `BAD_NAME: ${name}`);
  });
}

test("startProcess() answers once the process has been up for startsecs", async () => {
  const { daemon, rpc, x } = setUp();
  let answer: unknown;
  const call = rpc.supervisor("startProcess", "x").then((value) => answer = value);
  await Promise.resolve();
  assert.equal(x.record.state, "STARTING");
  daemon.advance(0.9);
  await Promise.resolve();
  assert.equal(answer, undefined);
  daemon.advance(0.2);
  assert.equal(await call, true);
  assert.equal(x.record.state, "RUNNING");
});

test("startProcess() with wait=false answers at once", async () => {
  const { rpc, x } = setUp();
  assert.equal(await rpc.supervisor("startProcess", "x", false), true);
  assert.equal(x.record.state, "STARTING");
});

test("startProcess() with startsecs=0 answers when the process is RUNNING, which is at once", async () => {
  const { rpc, x } = setUp({ startSecs: 0 });
  assert.equal(await rpc.supervisor("startProcess", "x", false), true);
  assert.equal(x.record.state, "RUNNING");
});

test("startProcess() looks at the command before the state", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  x.problem = { kind: "missing", text: "can't find command 'foo'" };
  await assertFault(rpc.supervisor("startProcess", "x"), 20, "NO_FILE: can't find command 'foo'");
  x.problem = { kind: "unusable", text: "command is empty" };
  await assertFault(rpc.supervisor("startProcess", "x"), 21, "NOT_EXECUTABLE: command is empty");
});

test("startProcess() refuses what is STARTING, RUNNING or in BACKOFF", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  await assertFault(rpc.supervisor("startProcess", "x"), 60, "ALREADY_STARTED: x");
  daemon.advance(1);
  await assertFault(rpc.supervisor("startProcess", "x:x"), 60, "ALREADY_STARTED: x:x");
  daemon.submit(x, { type: "stop" });
  daemon.exit(x, 0);
  x.spawnProblem = "too bad";
  daemon.submit(x, { type: "start" });
  assert.equal(x.record.state, "BACKOFF");
  await assertFault(rpc.supervisor("startProcess", "x"), 60, "ALREADY_STARTED: x");
});

test("startProcess() refuses a process in state UNKNOWN", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  x.killProblem = "EPERM";
  daemon.submit(x, { type: "stop" });
  await assertFault(
    rpc.supervisor("startProcess", "x"),
    30,
    "FAILED: x is in an unknown process state",
  );
});

test("startProcess() is SPAWN_ERROR when there is no process at all", async () => {
  for (const wait of [true, false]) {
    const { rpc, x } = setUp();
    x.spawnProblem = "too many open files to spawn 'x'";
    await assertFault(rpc.supervisor("startProcess", "x", wait), 50, "SPAWN_ERROR: x");
  }
});

test("startProcess() is SPAWN_ERROR at the first early exit, even if the next try follows at once", async () => {
  const { daemon, rpc, x } = setUp();
  const call = rpc.supervisor("startProcess", "x");
  daemon.exit(x, 1);
  daemon.advance(2);
  assert.equal(x.record.state, "STARTING", "the second try is on its way");
  await assertFault(call, 50, "SPAWN_ERROR: x");
});

test("startProcess() is ABNORMAL_TERMINATION when the process is stopped meanwhile", async () => {
  const { daemon, rpc, x } = setUp();
  const call = rpc.supervisor("startProcess", "x");
  daemon.submit(x, { type: "stop" });
  await assertFault(call, 40, "ABNORMAL_TERMINATION: x");
});

test("startProcess() of a process being stopped is ABNORMAL_TERMINATION and the stop goes on", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  daemon.submit(x, { type: "stop" });
  await assertFault(rpc.supervisor("startProcess", "x"), 40, "ABNORMAL_TERMINATION: x");
  assert.equal(x.record.state, "STOPPING");
});

for (const call of [["startProcess", "g:*"], ["startProcess", "g:"], ["startProcessGroup", "g"]]) {
  test(`${call.join(" ")} starts all members in start order, at once`, async () => {
    const { rpc } = setUp({ startSecs: 0 });
    const [method = "", name = ""] = call;
    assert.deepEqual(await rpc.supervisor(method, name), [
      okStatus("g", "b"),
      okStatus("g", "a"),
      okStatus("g", "c"),
    ]);
  });
}

test("startAllProcesses() leaves out what runs, tells failures as statuses, first what is known first", async () => {
  const { daemon, rpc } = setUp();
  daemon.submit(daemon.find("g:b"), { type: "start" });
  daemon.find("g:a").problem = { kind: "missing", text: "can't find command 'a'" };
  const call = rpc.supervisor("startAllProcesses");
  daemon.exit(daemon.find("g:c"), 1);
  daemon.advance(1);
  assert.deepEqual(await call, [
    { name: "a", group: "g", status: 20, description: "NO_FILE: can't find command 'a'" },
    { name: "c", group: "g", status: 50, description: "SPAWN_ERROR: g:c" },
    okStatus("x", "x"),
  ]);
});

test("group calls for unknown groups are BAD_NAME", async () => {
  const { rpc } = setUp();
  for (const method of ["startProcessGroup", "stopProcessGroup"]) {
    await assertFault(rpc.supervisor(method, "nope"), 10, "BAD_NAME: nope");
  }
  await assertFault(rpc.supervisor("signalProcessGroup", "no", "HUP"), 10, "BAD_NAME: no");
});

test("stopProcess() answers once the process is gone", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  let answer: unknown;
  const call = rpc.supervisor("stopProcess", "x").then((value) => answer = value);
  await Promise.resolve();
  assert.deepEqual(x.signals, [{ signal: 15, group: false }]);
  assert.equal(answer, undefined);
  assert.ok(daemon.logged.some(({ text }) => text === "waiting for x to stop"));
  daemon.exit(x, 0);
  assert.equal(await call, true);
});

test("stopProcess() with wait=false answers while the process is STOPPING", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  assert.equal(await rpc.supervisor("stopProcess", "x", false), true);
  assert.equal(x.record.state, "STOPPING");
  await assertFault(rpc.supervisor("stopProcess", "x"), 70, "NOT_RUNNING: x");
});

test("stopProcess() of a process that stops only to come back makes it stay away", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  daemon.submit(x, { type: "restart" });
  assert.equal(x.record.comesBack, true);
  const call = rpc.supervisor("stopProcess", "x");
  assert.equal(x.signals.length, 1, "it has been asked once");
  daemon.exit(x, 0);
  assert.equal(await call, true);
  assert.equal(x.record.state, "STOPPED");
  assert.equal(x.record.comesBack, false);
});

test("stopProcess() of a process in BACKOFF is done at once", async () => {
  const { daemon, rpc, x } = setUp();
  x.spawnProblem = "no";
  daemon.submit(x, { type: "start" });
  assert.equal(await rpc.supervisor("stopProcess", "x"), true);
  assert.equal(x.record.state, "STOPPED");
});

test("stopProcess() is NOT_RUNNING for a stopped process, FAILED if the signal is refused", async () => {
  const { daemon, rpc, x } = setUp();
  await assertFault(rpc.supervisor("stopProcess", "x"), 70, "NOT_RUNNING: x");
  daemon.submit(x, { type: "start" });
  x.killProblem = "EPERM";
  await assert.rejects(rpc.supervisor("stopProcess", "x"), /^Fault: FAILED: /);
});

test("stopAllProcesses() gives results in the order in which the processes ended", async () => {
  const { daemon, rpc } = setUp();
  for (const name of ["x", "g:a", "g:b"]) daemon.submit(daemon.find(name), { type: "start" });
  const call = rpc.supervisor("stopAllProcesses");
  daemon.exit(daemon.find("g:a"), 0);
  await Promise.resolve();
  daemon.exit(daemon.find("x"), 0);
  await Promise.resolve();
  daemon.exit(daemon.find("g:b"), 0);
  assert.deepEqual(await call, [okStatus("g", "a"), okStatus("x", "x"), okStatus("g", "b")]);
  assert.deepEqual(await rpc.supervisor("stopAllProcesses"), []);
});

for (const signal of ["HUP", "SIGHUP", "hup", "1", " 1 ", 1]) {
  test(`signalProcess() takes ${JSON.stringify(signal)} for SIGHUP`, async () => {
    const { daemon, rpc, x } = setUp();
    daemon.submit(x, { type: "start" });
    assert.equal(await rpc.supervisor("signalProcess", "x", signal), true);
    assert.deepEqual(x.signals, [{ signal: 1, group: false }]);
  });
}

test("signalProcess() takes 0, which only asks whether the process is there", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  assert.equal(await rpc.supervisor("signalProcess", "x", "0"), true);
  assert.deepEqual(x.signals, [{ signal: 0, group: false }]);
});

for (const signal of ["FOO", "", "99", 99, 1.5, true, ["HUP"]]) {
  test(`signalProcess() refuses ${JSON.stringify(signal)} before it looks at the state`, async () => {
    const { rpc } = setUp();
    await assert.rejects(
      rpc.supervisor("signalProcess", "x", signal),
      (error: Error) => error.message.startsWith("BAD_SIGNAL: "),
    );
  });
}

test("signalProcess() is NOT_RUNNING without a process, FAILED if the signal is refused", async () => {
  const { daemon, rpc, x } = setUp();
  await assertFault(rpc.supervisor("signalProcess", "x", "HUP"), 70, "NOT_RUNNING: x");
  daemon.submit(x, { type: "start" });
  x.killProblem = "EPERM";
  await assert.rejects(rpc.supervisor("signalProcess", "x", "HUP"), /^Fault: FAILED: /);
});

test("signalProcessGroup() signals whom it can; a bad signal is the status of each", async () => {
  const { daemon, rpc } = setUp();
  for (const name of ["g:a", "g:c"]) daemon.submit(daemon.find(name), { type: "start" });
  const both = [okStatus("g", "a"), okStatus("g", "c")];
  assert.deepEqual(await rpc.supervisor("signalProcessGroup", "g", "USR1"), both);
  assert.deepEqual(await rpc.supervisor("signalProcess", "g:*", "USR1"), both);
  assert.deepEqual(await rpc.supervisor("signalAllProcesses", "FOO"), [
    { name: "a", group: "g", status: 11, description: "BAD_SIGNAL: FOO" },
    { name: "c", group: "g", status: 11, description: "BAD_SIGNAL: FOO" },
  ]);
});

test("sendProcessStdin() writes UTF-8, or the bytes of a base64 value", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  assert.equal(await rpc.supervisor("sendProcessStdin", "x", "ä\n"), true);
  assert.equal(await rpc.supervisor("sendProcessStdin", "x", new Uint8Array([255])), true);
  assert.deepEqual(x.stdin.map((bytes) => [...bytes]), [[0xc3, 0xa4, 10], [255]]);
});

test("sendProcessStdin() refuses in the order of the reference", async () => {
  const { daemon, rpc, x } = setUp();
  await assertFault(rpc.supervisor("sendProcessStdin", "nope", 5), 2, "INCORRECT_PARAMETERS: 5");
  await assertFault(
    rpc.supervisor("sendProcessStdin", "x", true),
    2,
    "INCORRECT_PARAMETERS: True",
  );
  await assertFault(rpc.supervisor("sendProcessStdin", "g:*", ""), 10, "BAD_NAME: g:*");
  await assertFault(rpc.supervisor("sendProcessStdin", "x", ""), 70, "NOT_RUNNING: x");
  daemon.submit(x, { type: "start" });
  x.stdinIsOpen = false;
  await assertFault(rpc.supervisor("sendProcessStdin", "x", ""), 20, "NO_FILE: x");
  daemon.submit(x, { type: "stop" });
  await assertFault(rpc.supervisor("sendProcessStdin", "x", ""), 70, "NOT_RUNNING: x");
});

test("sendProcessStdin() refuses more than a request's worth for a process that does not read", async () => {
  const { daemon, rpc, x } = setUp();
  daemon.submit(x, { type: "start" });
  x.stdinPending = 64 * 1024 * 1024;
  await assertFault(
    rpc.supervisor("sendProcessStdin", "x", "y"),
    30,
    "FAILED: x does not read: 67108864 bytes wait for it already",
  );
  x.stdinPending--;
  assert.equal(await rpc.supervisor("sendProcessStdin", "x", "y"), true);
});

test("getAllProcessInfo() is sorted by group and name", async () => {
  const { rpc } = setUp();
  const infos = await rpc.supervisor("getAllProcessInfo") as { group: string; name: string }[];
  assert.deepEqual(infos.map(({ group, name }) => `${group}:${name}`), [
    "g:a",
    "g:b",
    "g:c",
    "x:x",
  ]);
});

test("getProcessInfo() of a whole group is BAD_NAME", async () => {
  const { rpc } = setUp();
  await assertFault(rpc.supervisor("getProcessInfo", "g:*"), 10, "BAD_NAME: g:*");
  await assertFault(rpc.supervisor("getProcessInfo", "g:"), 10, "BAD_NAME: g:");
});
