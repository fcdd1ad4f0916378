import assert from "node:assert/strict";
import { test } from "node:test";
import type { DaemonEvent } from "../../../src/events/types.ts";
import type { Struct } from "../../../src/xmlrpc/value.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { channelSpec, processSpec } from "../../support/process_spec.ts";
import { assertFault, callerFor } from "../../support/rpc.ts";

function setUp(...groups: Parameters<typeof groupSpec>[]) {
  const daemon = new FakeDaemon(groups.map((args) => groupSpec(...args)));
  return { daemon, rpc: callerFor(daemon) };
}

test("the daemon tells who it is", async () => {
  const { daemon, rpc } = setUp();
  daemon.identifier = "mine";
  assert.equal(await rpc.supervisor("getAPIVersion"), "3.0");
  assert.equal(await rpc.supervisor("getVersion"), "3.0");
  assert.equal(await rpc.supervisor("getSupervisorVersion"), "4.3.0");
  assert.equal(await rpc.supervisor("getIdentification"), "mine");
  assert.equal(await rpc.supervisor("getPID"), daemon.pid);
  assert.deepEqual(await rpc.supervisor("getState"), { statecode: 1, statename: "RUNNING" });
});

for (const method of ["shutdown", "restart"]) {
  test(`${method}() is true, and asks the daemon for it once`, async () => {
    const { daemon, rpc } = setUp();
    assert.equal(await rpc.supervisor(method), true);
    assert.deepEqual(daemon.requests, [method]);
    await assertFault(rpc.supervisor(method), 6, "SHUTDOWN_STATE");
    assert.deepEqual(daemon.requests, [method]);
  });
}

test("reloadConfig() names the groups in one array too many, or says what is wrong", async () => {
  const { daemon, rpc } = setUp();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => groupSpec(name, []));
  assert.ok(a && b && c && d);
  daemon.onReread = () => ({ added: [a, b], changed: [c], removed: [d] });
  assert.deepEqual(await rpc.supervisor("reloadConfig"), [[["a", "b"], ["c"], ["d"]]]);
  daemon.onReread = () => {
    throw new Error("File contains no section headers.");
  };
  await assertFault(
    rpc.supervisor("reloadConfig"),
    92,
    "CANT_REREAD: File contains no section headers.",
  );
});

test("groups are added and removed by name", async () => {
  const { daemon, rpc } = setUp(["a", [processSpec("a")]]);
  await assertFault(rpc.supervisor("addProcessGroup", "a"), 90, "ALREADY_ADDED: a");
  await assertFault(rpc.supervisor("addProcessGroup", "b"), 10, "BAD_NAME: b");
  daemon.submit(daemon.find("a"), { type: "start" });
  await assertFault(rpc.supervisor("removeProcessGroup", "a"), 91, "STILL_RUNNING: a");
  await assertFault(rpc.supervisor("removeProcessGroup", "b"), 10, "BAD_NAME: b");
  daemon.submit(daemon.find("a"), { type: "stop" });
  daemon.exit(daemon.find("a"), 0);
  assert.equal(await rpc.supervisor("removeProcessGroup", "a"), true);
  assert.equal(await rpc.supervisor("addProcessGroup", "a"), true);
});

test("sendRemoteCommEvent() publishes, numbers as text", async () => {
  const { daemon, rpc } = setUp();
  const seen: DaemonEvent[] = [];
  daemon.events.subscribe(["REMOTE_COMMUNICATION"], (event) => seen.push(event));
  assert.equal(await rpc.supervisor("sendRemoteCommEvent", "kind", "data\nmore"), true);
  assert.equal(await rpc.supervisor("sendRemoteCommEvent", 1, ""), true);
  await assertFault(rpc.supervisor("sendRemoteCommEvent", ["x"], ""), 2, "INCORRECT_PARAMETERS");
  assert.deepEqual(seen, [
    { kind: "remote-communication", type: "kind", data: "data\nmore" },
    { kind: "remote-communication", type: "1", data: "" },
  ]);
});

test("getAllConfigInfo() tells every setting, in the order and the words of the reference", async () => {
  const { rpc } = setUp(["g", [processSpec("p", {
    group: "g",
    priority: 5,
    autostart: true,
    command: "/bin/cat -u",
    exitCodes: [0, 2],
    stdout: channelSpec({ log: { kind: "auto" }, captureMaxBytes: 7, syslog: true }),
    stderr: channelSpec({ log: { kind: "file", path: "/e.log" }, maxBytes: 1, backups: 2 }),
  })], { priority: 3 }]);
  const [info] = await rpc.supervisor("getAllConfigInfo") as Struct[];
  const want = {
    autostart: true,
    autorestart: "unexpected",
    directory: "none",
    uid: "none",
    command: "/bin/cat -u",
    exitcodes: [0, 2],
    group: "g",
    group_prio: 3,
    inuse: true,
    killasgroup: false,
    name: "p",
    process_prio: 5,
    redirect_stderr: false,
    startretries: 3,
    startsecs: 1,
    stdout_capture_maxbytes: 7,
    stdout_events_enabled: false,
    stdout_logfile: "/nowhere/p-stdout.log",
    stdout_logfile_backups: 10,
    stdout_logfile_maxbytes: 52428800,
    stdout_syslog: true,
    stopsignal: 15,
    stopwaitsecs: 10,
    stderr_capture_maxbytes: 0,
    stderr_events_enabled: false,
    stderr_logfile: "/e.log",
    stderr_logfile_backups: 2,
    stderr_logfile_maxbytes: 1,
    stderr_syslog: false,
    serverurl: "none",
  };
  assert.deepEqual(info, want);
  assert.deepEqual(Object.keys(info ?? {}), Object.keys(want));
});

test("getAllConfigInfo() tells what is set instead of none", async () => {
  const { rpc } = setUp(["p", [processSpec("p", {
    directory: "/tmp",
    uid: 0,
    serverUrl: "http://x",
  })]]);
  const [info] = await rpc.supervisor("getAllConfigInfo") as Struct[];
  assert.deepEqual([info?.["directory"], info?.["uid"], info?.["serverurl"]], [
    "/tmp",
    0,
    "http://x",
  ]);
  assert.equal(info?.["stdout_logfile"], "none");
});

for (const [setting, value] of [["always", true], ["never", false]] as const) {
  test(`getAllConfigInfo() tells autorestart ${setting} as the boolean ${value}`, async () => {
    const { rpc } = setUp(["p", [processSpec("p", { autorestart: setting })]]);
    const [info] = await rpc.supervisor("getAllConfigInfo") as Struct[];
    assert.equal(info?.["autorestart"], value);
  });
}

test("getAllConfigInfo() is sorted by process name and knows what is not active", async () => {
  const { daemon, rpc } = setUp(
    ["z", [processSpec("b", { group: "z" }), processSpec("a", { group: "z" })]],
    ["c", [processSpec("c", { stdout: channelSpec({ log: { kind: "auto" } }) })]],
  );
  daemon.removeGroup("c");
  const infos = await rpc.supervisor("getAllConfigInfo") as Struct[];
  assert.deepEqual(infos.map(({ name, inuse }) => [name, inuse]), [
    ["a", true],
    ["b", true],
    ["c", false],
  ]);
  assert.equal(infos[2]?.["stdout_logfile"], "auto");
});
