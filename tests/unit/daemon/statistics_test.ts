import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram, Statistics } from "../../../src/daemon/statistics.ts";

const CASES: readonly [seconds: number, counts: number[]][] = [
  [0, [1, 0]],
  [-1, [1, 0]],
  [0.1, [1, 0]],
  [0.2, [0, 1]],
  [1, [0, 1]],
  [1.1, [0, 0]],
];
for (const [seconds, counts] of CASES) {
  test(`a histogram counts ${seconds} once, in the first bucket that holds it`, () => {
    const histogram = new Histogram([0.1, 1]);
    histogram.observe(seconds);
    assert.deepEqual(histogram.counts, counts);
    assert.equal(histogram.count, 1);
    assert.equal(histogram.sum, Math.max(0, seconds));
  });
}

test("exits are counted for each process by code and by signal", () => {
  const statistics = new Statistics();
  const [a, b] = [{}, {}];
  statistics.countExit(a, { type: "exited", code: 1 });
  statistics.countExit(a, { type: "exited", code: 1 });
  statistics.countExit(a, { type: "signalled", signal: 9, coreDumped: true });
  statistics.countExit(b, { type: "unknown", status: 127 });
  assert.deepEqual(statistics.exitsOf(a), [
    { reason: "code", value: "1", count: 2 },
    { reason: "signal", value: "SIGKILL", count: 1 },
  ]);
  assert.deepEqual(statistics.exitsOf(b), [{ reason: "unknown", value: "127", count: 1 }]);
  assert.deepEqual(statistics.exitsOf({}), []);
});

test("calls are counted by method", () => {
  const statistics = new Statistics();
  statistics.countCall("supervisor.getState", 0.002);
  statistics.countCall("supervisor.getState", 0.004);
  assert.equal(statistics.rpcSeconds.get("supervisor.getState")?.count, 2);
});
