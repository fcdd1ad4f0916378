/** What is decided about a run that was planned. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, plan } from "../../../src/process/schedule.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PLANNED = { nominal: 100 * HOUR, due: 100 * HOUR + MINUTE };

const TABLE: readonly [what: string, wall: number, jumpedBy: number, kind: string][] = [
  ["before the jitter is over it waits", 100 * HOUR, 0, "wait"],
  ["at its time it runs", PLANNED.due, 0, "run"],
  ["a late timer still runs it", PLANNED.due + MINUTE, 0, "run"],
  ["a clock set forward past it makes up for it", PLANNED.due + HOUR, 2 * HOUR, "run"],
  ["not for one that was due long ago", PLANNED.due + HOUR + 1, 2 * HOUR, "missed"],
  ["a clock set back a little waits for the same run", 99.5 * HOUR, -HOUR / 2, "wait"],
  ["a clock that was wrong is no base for anything", 10 * HOUR, -90 * HOUR, "replan"],
];

for (const [what, wall, jumpedBy, kind] of TABLE) {
  test(`a planned run: ${what}`, () => assert.equal(judge(PLANNED, wall, jumpedBy).kind, kind));
}

test("jitter only adds, and no more than it may", () => {
  const hourly = (wall: number) => (Math.floor(wall / HOUR) + 1) * HOUR;
  assert.deepEqual(plan(hourly, 5, 1000, 0), { nominal: HOUR, due: HOUR });
  assert.deepEqual(plan(hourly, 5, 1000, 0.999), { nominal: HOUR, due: HOUR + 999 });
  assert.equal(plan(() => null, 5, 1000, 0), null);
});
