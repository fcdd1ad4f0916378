import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTickAt, ticksDue } from "../../../src/events/tick.ts";
import type { TickPeriod } from "../../../src/events/types.ts";

const TICK_PERIODS: readonly TickPeriod[] = [5, 60, 3600];

test("nextTickAt() is the next boundary of the epoch, never now", () => {
  assert.equal(nextTickAt(12_000, [5]), 15_000);
  assert.equal(nextTickAt(15_000, [5]), 20_000);
  assert.equal(nextTickAt(14_999.9, [5]), 15_000);
  assert.equal(nextTickAt(58_000, [60, 3600]), 60_000);
  assert.equal(nextTickAt(58_000, TICK_PERIODS), 60_000);
  assert.equal(nextTickAt(58_000, []), Infinity);
});

test("ticksDue() sends a tick when the period changed, floored to the period", () => {
  assert.deepEqual(ticksDue(14_000, 14_999, TICK_PERIODS), []);
  assert.deepEqual(ticksDue(14_000, 15_001, TICK_PERIODS), [{ period: 5, when: 15 }]);
  assert.deepEqual(ticksDue(3_599_000, 3_600_000, TICK_PERIODS), [
    { period: 5, when: 3600 },
    { period: 60, when: 3600 },
    { period: 3600, when: 3600 },
  ]);
});

test("ticksDue() collapses missed periods into one", () => {
  assert.deepEqual(ticksDue(1_000, 58_000, [5]), [{ period: 5, when: 55 }]);
});

test("ticksDue() ticks when the clock is set back into another period", () => {
  assert.deepEqual(ticksDue(58_000, 31_000, [5, 60]), [{ period: 5, when: 30 }]);
});
