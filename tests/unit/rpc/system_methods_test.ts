import assert from "node:assert/strict";
import { test } from "node:test";
import { createRpc } from "../../../src/rpc/methods.ts";
import type { Value } from "../../../src/xmlrpc/value.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";
import { assertFault, callerFor } from "../../support/rpc.ts";

/** [type of the result, types of the parameters] of every method, as the reference tells them. */
const SIGNATURES: Readonly<Record<string, string>> = {
  "supervisor.addProcessGroup": "boolean string",
  "supervisor.clearAllProcessLogs": "array",
  "supervisor.clearLog": "boolean",
  "supervisor.clearProcessLog": "boolean string",
  "supervisor.clearProcessLogs": "boolean string",
  "supervisor.getAPIVersion": "string",
  "supervisor.getAllConfigInfo": "array",
  "supervisor.getAllProcessInfo": "array",
  "supervisor.getIdentification": "string",
  "supervisor.getPID": "int",
  "supervisor.getProcessInfo": "struct string",
  "supervisor.getState": "struct",
  "supervisor.getSupervisorVersion": "string",
  "supervisor.getVersion": "string",
  "supervisor.readLog": "string int int",
  "supervisor.readMainLog": "string int int",
  "supervisor.readProcessLog": "string string int int",
  "supervisor.readProcessStderrLog": "string string int int",
  "supervisor.readProcessStdoutLog": "string string int int",
  "supervisor.reloadConfig": "array",
  "supervisor.removeProcessGroup": "boolean string",
  "supervisor.restart": "boolean",
  "supervisor.sendProcessStdin": "boolean string string",
  "supervisor.sendRemoteCommEvent": "boolean string string",
  "supervisor.shutdown": "boolean",
  "supervisor.signalAllProcesses": "array string",
  "supervisor.signalProcess": "boolean string string",
  "supervisor.signalProcessGroup": "array string string",
  "supervisor.startAllProcesses": "array boolean",
  "supervisor.startProcess": "boolean string boolean",
  "supervisor.startProcessGroup": "array string boolean",
  "supervisor.stopAllProcesses": "array boolean",
  "supervisor.stopProcess": "boolean string boolean",
  "supervisor.stopProcessGroup": "array string boolean",
  "supervisor.tailProcessLog": "array string int int",
  "supervisor.tailProcessStderrLog": "array string int int",
  "supervisor.tailProcessStdoutLog": "array string int int",
  "system.listMethods": "array",
  "system.methodHelp": "string string",
  "system.methodSignature": "array string",
  "system.multicall": "array array",
};

function setUp() {
  const daemon = new FakeDaemon([groupSpec("x", [processSpec("x")])]);
  return { daemon, rpc: callerFor(daemon) };
}

test("listMethods() lists the 41 methods of the reference, sorted", async () => {
  const { rpc } = setUp();
  assert.deepEqual(await rpc.system("listMethods"), Object.keys(SIGNATURES).sort());
});

for (const [name, types] of Object.entries(SIGNATURES)) {
  test(`methodSignature() and methodHelp() of ${name} agree on ${types}`, async () => {
    const { rpc } = setUp();
    assert.deepEqual(await rpc.system("methodSignature", name), types.split(" "));
    const help = String(await rpc.system("methodHelp", name));
    const tags = [...help.matchAll(/^@(param|return) (\w+) \S+ {2}\S/gm)];
    const [result = "", ...params] = types.split(" ");
    assert.deepEqual(tags.map((tag) => tag[2]), [...params, result]);
    assert.equal(tags.at(-1)?.[1], "return");
  });
}

for (const name of ["supervisor.nope", "nope", "", "system", "supervisor._update", 5]) {
  test(`methodHelp() and methodSignature() do not support ${JSON.stringify(name)}`, async () => {
    const { rpc } = setUp();
    await assertFault(rpc.system("methodHelp", name), 4, "SIGNATURE_UNSUPPORTED");
    await assertFault(rpc.system("methodSignature", name), 4, "SIGNATURE_UNSUPPORTED");
  });
}

for (
  const name of [
    "",
    ".",
    "nodots",
    "supervisor",
    "supervisor.",
    "supervisor.nope",
    "supervisor._update",
    "supervisor.__class__",
    "supervisor.supervisord.options.execve",
    "Supervisor.getState",
    " supervisor.getState",
    "other.getState",
    "constructor.constructor",
  ]
) {
  test(`${JSON.stringify(name)} is UNKNOWN_METHOD`, async () => {
    const { rpc } = setUp();
    await assertFault(rpc.call(name, []), 1, "UNKNOWN_METHOD");
  });
}

test("methods are mounted where the configuration says; system.* is always there", async () => {
  const daemon = new FakeDaemon();
  const rpc = createRpc(daemon, ["one", "two"]);
  assert.equal(await rpc.call("one.getPID", []), daemon.pid);
  assert.equal(await rpc.call("two.getPID", []), daemon.pid);
  await assertFault(rpc.call("supervisor.getPID", []), 1, "UNKNOWN_METHOD");
  assert.deepEqual(createRpc(daemon, []).methodNames(), [
    "system.listMethods",
    "system.methodHelp",
    "system.methodSignature",
    "system.multicall",
  ]);
});

for (const [name, types] of Object.entries(SIGNATURES)) {
  test(`${name} refuses too many parameters, also while shutting down`, async () => {
    const { daemon, rpc } = setUp();
    const params: Value[] = types.split(" ").map(() => "x");
    await assertFault(rpc.call(name, params), 2, "INCORRECT_PARAMETERS");
    daemon.state = "SHUTDOWN";
    await assertFault(rpc.call(name, params), 2, "INCORRECT_PARAMETERS");
  });
}

for (const state of ["SHUTDOWN", "RESTARTING"] as const) {
  test(`every method but sendRemoteCommEvent and system.* is refused in state ${state}`, async () => {
    const { daemon, rpc } = setUp();
    daemon.state = state;
    for (const [name, types] of Object.entries(SIGNATURES)) {
      if (name.startsWith("system.") || name === "supervisor.sendRemoteCommEvent") continue;
      const params = types.split(" ").slice(1).map(() => "x");
      await assertFault(rpc.call(name, params), 6, "SHUTDOWN_STATE");
    }
    assert.equal(await rpc.supervisor("sendRemoteCommEvent", "a", "b"), true);
    assert.equal((await rpc.system("listMethods") as Value[]).length, 41);
  });
}

test("multicall() returns bare values and fault structs, in order", async () => {
  const { daemon, rpc } = setUp();
  assert.deepEqual(
    await rpc.system("multicall", [
      { methodName: "supervisor.getAPIVersion", params: [] },
      { methodName: "supervisor.getPID" },
      { methodName: "supervisor.nope", params: [] },
      { methodName: "supervisor.getProcessInfo", params: ["zzz"] },
      { methodName: "supervisor.getState", params: [1] },
      { params: [] },
      { methodName: "system.multicall", params: [[]] },
      "not a struct",
      { methodName: "supervisor.getState", params: "no array" },
      { methodName: "supervisor.getState", params: [] },
    ]),
    [
      "3.0",
      daemon.pid,
      { faultCode: 1, faultString: "UNKNOWN_METHOD" },
      { faultCode: 10, faultString: "BAD_NAME: zzz" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS: No methodName" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS: Recursive system.multicall forbidden" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS" },
      { faultCode: 2, faultString: "INCORRECT_PARAMETERS" },
      { statecode: 1, statename: "RUNNING" },
    ],
  );
  assert.deepEqual(await rpc.system("multicall", []), []);
  await assertFault(rpc.system("multicall", 1), 2, "INCORRECT_PARAMETERS");
});

test("multicall() makes a call only after the one before has finished", async () => {
  const { daemon, rpc } = setUp();
  const x = daemon.find("x");
  daemon.submit(x, { type: "start" });
  const restart = rpc.system("multicall", [
    { methodName: "supervisor.stopProcess", params: ["x"] },
    { methodName: "supervisor.startProcess", params: ["x", false] },
    { methodName: "supervisor.getPID" },
  ]);
  await Promise.resolve();
  assert.equal(x.record.state, "STOPPING");
  daemon.exit(x, 0);
  assert.deepEqual(await restart, [true, true, daemon.pid]);
  assert.equal(x.record.state, "STARTING");
});

test("multicall() reports an error of ours as FAILED and goes on", async () => {
  const { daemon, rpc } = setUp();
  daemon.requestRestart = () => {
    throw new TypeError("a defect");
  };
  assert.deepEqual(
    await rpc.system("multicall", [
      { methodName: "supervisor.restart" },
      { methodName: "supervisor.getPID" },
    ]),
    [{ faultCode: 30, faultString: "FAILED: a defect" }, daemon.pid],
  );
});
