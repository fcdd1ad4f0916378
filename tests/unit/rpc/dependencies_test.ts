/** Start and stop of processes that depend on others; the gate itself is daemon/'s. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dependencies, StartOutcome } from "../../../src/daemon/types.ts";
import { startProcess } from "../../../src/rpc/start_processes.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";
import { assertFault, callerFor } from "../../support/rpc.ts";
import { settle } from "../../support/supervised_world.ts";

/** `app` depends on `db`; a test says when that is there. */
function setUp() {
  const daemon = new FakeDaemon(
    ["app", "db", "other"].map((name) => groupSpec(name, [processSpec(name, { startSecs: 0 })])),
  );
  const [app, db, other] = [daemon.find("app"), daemon.find("db"), daemon.find("other")];
  const asked: string[] = [];
  let answer: (outcome: StartOutcome) => void = () => {};
  const dependencies: Dependencies = {
    request(process) {
      asked.push(process.name);
      return process === app ? new Promise((resolve) => answer = resolve) : null;
    },
    cancel: (process) => process === app && asked.includes("app"),
    isWaiting: () => false,
    waitingSince: () => null,
    dependantsOf: (process) => process === db ? [app] : [],
    findingsOf: () => [],
  };
  daemon.dependencies = dependencies;
  const settled = (outcome: StartOutcome) => answer(outcome);
  return { daemon, rpc: callerFor(daemon), app, db, other, asked, settled };
}

test("startProcess() answers when what was waited for has let it start", async () => {
  const { daemon, rpc, app, settled } = setUp();
  const answer = rpc.supervisor("startProcess", "app");
  assert.equal(app.record.state, "STOPPED");
  daemon.submit(app, { type: "start" });
  daemon.submit(app, { type: "look", mayStart: false });
  settled("started");
  assert.equal(await answer, true);
});

test("startProcess() is SPAWN_ERROR when a dependency has failed", async () => {
  const { rpc, settled } = setUp();
  const answer = rpc.supervisor("startProcess", "app");
  settled("blocked");
  await assertFault(answer, 50, "SPAWN_ERROR: app");
});

test("startProcess() is ABNORMAL_TERMINATION when somebody asks for a stop meanwhile", async () => {
  const { rpc, settled } = setUp();
  const answer = rpc.supervisor("startProcess", "app");
  assert.equal(await rpc.supervisor("stopProcess", "app"), true);
  settled("cancelled");
  await assertFault(answer, 40, "ABNORMAL_TERMINATION: app");
});

test("startProcess() with wait=false does not wait for dependencies either", async () => {
  const { rpc, app } = setUp();
  assert.equal(await rpc.supervisor("startProcess", "app", false), true);
  assert.equal(app.record.state, "STOPPED");
});

test("a start without dependencies asks nobody", async () => {
  const { daemon, app, asked } = setUp();
  assert.equal(await startProcess(daemon, "app", true, { dependencies: false }), true);
  assert.equal(app.record.state, "RUNNING");
  assert.deepEqual(asked, []);
});

test("stopAllProcesses() stops dependants first and everybody else at once", async () => {
  const { daemon, rpc, app, db, other } = setUp();
  for (const process of [app, db, other]) {
    daemon.submit(process, { type: "start" });
    daemon.submit(process, { type: "look", mayStart: false });
  }
  const answer = rpc.supervisor("stopAllProcesses");
  const states = () => [app, db, other].map(({ record }) => record.state);
  assert.deepEqual(states(), ["STOPPING", "RUNNING", "STOPPING"]);
  daemon.exit(app, 0);
  await settle();
  assert.deepEqual(states(), ["STOPPED", "STOPPING", "STOPPING"]);
  daemon.exit(db, 0);
  daemon.exit(other, 0);
  const results = await answer as { name: string; status: number }[];
  assert.deepEqual(results.map(({ name, status }) => [name, status]).sort(), [
    ["app", 80],
    ["db", 80],
    ["other", 80],
  ]);
});

test("stopAllProcesses() with wait=false answers at once and still keeps the order", async () => {
  const { daemon, rpc, app, db } = setUp();
  for (const process of [app, db]) {
    daemon.submit(process, { type: "start" });
    daemon.submit(process, { type: "look", mayStart: false });
  }
  await rpc.supervisor("stopAllProcesses", false);
  assert.equal(db.record.state, "RUNNING");
  daemon.exit(app, 0);
  await settle();
  assert.equal(db.record.state, "STOPPING");
});
