/** A process that is stopped only to be started again, and one that needs longer to stop. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dueAt, NEW_RECORD, step } from "../../../src/process/machine.ts";
import type { Input, Policy, ProcessRecord } from "../../../src/process/machine_types.ts";
import { PLAIN_POLICY } from "../../support/policy.ts";

const policy: Policy = { ...PLAIN_POLICY, autorestart: "never" };

const RUNNING: ProcessRecord = {
  ...NEW_RECORD,
  state: "RUNNING",
  pid: 42,
  starts: 1,
  startedAt: { mono: 0, wall: 0 },
};
const EXIT: Input = { type: "exited", exit: { type: "exited", code: 0 } };

function feed(record: ProcessRecord, inputs: readonly Input[], mono = 5000): ProcessRecord {
  return inputs.reduce(
    (before, input) => step(policy, before, input, { mono, wall: 0 }).record,
    record,
  );
}

test("restart stops it and starts it again, whatever autorestart says", () => {
  const stopping = feed(RUNNING, [{ type: "restart" }]);
  assert.equal(stopping.state, "STOPPING");
  assert.equal(stopping.deadline, 15_000);
  const stopped = feed(stopping, [EXIT]);
  assert.equal(stopped.state, "STOPPED");
  assert.equal(dueAt(policy, stopped, true), -Infinity);
  assert.equal(dueAt(policy, stopped, false), Infinity, "not once the daemon is stopping");
  const { record, effects } = step(policy, stopped, { type: "look", mayStart: true }, {
    mono: 5000,
    wall: 0,
  });
  assert.equal(record.state, "STARTING");
  assert.equal(record.comesBack, false);
  assert.equal(record.restarts, 1);
  assert.ok(effects.some(({ type }) => type === "spawn"));
});

test("whoever asks for a stop meanwhile does not want it back", () => {
  const stopped = feed(RUNNING, [{ type: "restart" }, { type: "stop" }, EXIT]);
  assert.equal(stopped.state, "STOPPED");
  assert.equal(dueAt(policy, stopped, true), Infinity);
  const stopping = feed(RUNNING, [{ type: "restart" }]);
  const asked = step(policy, stopping, { type: "stop" }, { mono: 6000, wall: 0 });
  assert.deepEqual(asked.effects, [], "the signal has been sent");
  assert.deepEqual(asked.record, { ...stopping, comesBack: false });
});

test("restart is for who lives: nothing else changes", () => {
  for (const state of ["STOPPED", "STOPPING", "BACKOFF", "EXITED", "FATAL", "UNKNOWN"] as const) {
    const before: ProcessRecord = { ...RUNNING, state };
    assert.equal(feed(before, [{ type: "restart" }]), before, state);
  }
});

test("extend puts SIGKILL off, never brings it forward, and means nothing in other states", () => {
  const stopping = feed(RUNNING, [{ type: "stop" }]);
  assert.equal(feed(stopping, [{ type: "extend", ms: 20_000 }]).deadline, 25_000);
  assert.equal(feed(stopping, [{ type: "extend", ms: 1 }]), stopping);
  assert.equal(feed(RUNNING, [{ type: "extend", ms: 20_000 }]), RUNNING);
});
