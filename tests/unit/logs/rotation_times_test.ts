/** When logs are due by the calendar. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RotationPeriod } from "../../../src/process/log_settings.ts";
import { nextRotation } from "../../../src/logs/rotation_times.ts";

const at = (text: string): number => new Date(text).getTime();

const CASES: readonly [RotationPeriod["period"], number, string, string][] = [
  ["hourly", 0, "2026-11-23T10:00:00", "2026-11-23T11:00:00"],
  ["hourly", 0, "2026-11-23T10:59:59", "2026-11-23T11:00:00"],
  ["hourly", 15, "2026-11-23T10:10:00", "2026-11-23T10:15:00"],
  ["hourly", 15, "2026-11-23T10:15:00", "2026-11-23T11:15:00"],
  ["daily", 0, "2026-11-23T00:00:00", "2026-11-24T00:00:00"],
  ["daily", 210, "2026-11-23T03:29:59", "2026-11-23T03:30:00"],
  ["daily", 210, "2026-12-31T03:30:00", "2027-01-01T03:30:00"],
  // A Monday, a Sunday, and a week that begins in the month before.
  ["weekly", 0, "2026-11-23T00:00:00", "2026-11-30T00:00:00"],
  ["weekly", 60, "2026-11-23T00:30:00", "2026-11-23T01:00:00"],
  ["weekly", 0, "2026-11-29T23:59:59", "2026-11-30T00:00:00"],
  ["weekly", 0, "2026-12-02T12:00:00", "2026-12-07T00:00:00"],
  ["monthly", 0, "2026-11-01T00:00:00", "2026-12-01T00:00:00"],
  ["monthly", 30, "2026-12-31T23:59:59", "2027-01-01T00:30:00"],
  ["monthly", 0, "2024-01-31T12:00:00", "2024-02-01T00:00:00"],
];

for (const [period, minute, now, due] of CASES) {
  test(`${period} at minute ${minute}: after ${now} comes ${due}`, () => {
    assert.equal(nextRotation({ period, minute }, at(now)), at(due));
  });
}

test("each due time is later than the moment asked about, all year round", () => {
  for (const period of ["hourly", "daily", "weekly", "monthly"] as const) {
    let now = at("2026-01-01T00:30:00");
    for (let i = 0; i < 400; i++) {
      const next = nextRotation({ period, minute: 45 }, now);
      assert.ok(next > now, `${period} after ${new Date(now).toISOString()}`);
      now = next;
    }
  }
});
