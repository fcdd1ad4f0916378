/** killmode = tree: a process has ended only when those it has left behind have. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dueAt, NEW_RECORD, step } from "../../../src/process/machine.ts";
import type { Effect, Input, Policy, ProcessRecord } from "../../../src/process/machine_types.ts";
import { PLAIN_POLICY } from "../../support/policy.ts";

const policy: Policy = { ...PLAIN_POLICY, autorestart: "always", killTree: "tree" };

const RUNNING: ProcessRecord = {
  ...NEW_RECORD,
  state: "RUNNING",
  pid: 42,
  starts: 1,
  startedAt: { mono: 0, wall: 0 },
};
const EXIT: Input = { type: "exited", exit: { type: "exited", code: 3 } };

function feed(before: ProcessRecord, inputs: readonly (readonly [number, Input])[]) {
  const effects: Effect[] = [];
  let record = before;
  for (const [mono, input] of inputs) {
    const made = step(policy, record, input, { mono, wall: mono });
    record = made.record;
    effects.push(...made.effects.filter(({ type }) => type !== "log"));
  }
  return { record, effects };
}

test("a stop signal is for the whole tree", () => {
  const { effects } = feed(RUNNING, [[5000, { type: "stop" }]]);
  assert.deepEqual(effects.at(-1), {
    type: "kill",
    signal: 15,
    group: false,
    pid: 42,
    tree: true,
    purpose: "stop",
  });
});

test("it is STOPPED when the rest has gone, which has what is left of the time", () => {
  const held = feed(RUNNING, [[5000, { type: "stop" }], [8000, EXIT]]);
  assert.equal(held.record.state, "STOPPING");
  assert.deepEqual(held.effects.at(-1), { type: "sweep", pid: 42, signal: null, graceMs: 7000 });
  const { record } = feed(held.record, [[8100, { type: "swept" }]]);
  assert.deepEqual([record.state, record.pid, record.exitCode], ["STOPPED", 0, 3]);
  assert.deepEqual(record.stoppedAt, { mono: 8000, wall: 8000 }, "when the process itself ended");
});

test("what a process leaves behind that died by itself is asked to end first", () => {
  const held = feed(RUNNING, [[5000, EXIT]]);
  assert.equal(held.record.state, "RUNNING");
  assert.deepEqual(held.effects, [{ type: "sweep", pid: 42, signal: 15, graceMs: 10_000 }]);
  assert.equal(dueAt(policy, held.record, true), Infinity, "no restart beside the leavings");
  const { record } = feed(held.record, [[6000, { type: "swept" }]]);
  assert.equal(record.state, "EXITED");
  assert.equal(dueAt(policy, record, true), -Infinity);
});

test("an early exit stays early, however long the sweep takes", () => {
  const starting: ProcessRecord = { ...RUNNING, state: "STARTING", deadline: 1000 };
  const { record } = feed(starting, [[500, EXIT], [9000, { type: "swept" }]]);
  assert.deepEqual([record.state, record.tries], ["BACKOFF", 1]);
});

test("a stop during the sweep waits for it, and there is no restart after it", () => {
  const held = feed(RUNNING, [[5000, EXIT], [5100, { type: "stop" }]]);
  assert.equal(held.record.state, "STOPPING");
  assert.deepEqual(held.effects.map(({ type }) => type), ["sweep", "announce"]);
  const again = feed(held.record, [[5200, { type: "stop" }]]);
  assert.equal(again.record, held.record);
  const { record } = feed(held.record, [[6000, { type: "swept" }]]);
  assert.equal(record.state, "STOPPED");
  assert.equal(dueAt(policy, record, true), Infinity);
});

test("a start or another main pid during the sweep changes nothing", () => {
  const held = feed(RUNNING, [[5000, EXIT]]).record;
  const late = feed(held, [[5100, { type: "start" }], [5100, { type: "mainPid", pid: 77 }]]);
  assert.equal(late.record, held);
});

test("swept without a sweep is no news", () => {
  assert.equal(feed(RUNNING, [[5000, { type: "swept" }]]).record, RUNNING);
});
