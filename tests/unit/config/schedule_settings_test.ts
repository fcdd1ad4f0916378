/** The keys about schedules: what is understood, what it comes to, and what is said about bad ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import type { ProcessSpec } from "../../../src/config/types.ts";
import { cronTimes } from "../../../src/daemon/schedule/times.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function program(lines: string, section = "program:job"): ProcessSpec {
  const text = `[supervisord]\n[${section}]\ncommand=/bin/cat\n${lines}\n`;
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  const config = loadConfig({ configFile: "/s.conf", options: {}, environment });
  const spec = config.groups[0]?.processes[0];
  assert.ok(spec !== undefined);
  return spec;
}

const GOOD: readonly string[] = [
  "30 2 * * *",
  "*/15 * * * *",
  "0 */10 9-17 * * MON-FRI",
  "0,30 8-18/2 1,15 jan-mar,DEC 0",
  "0 0 L * *",
  "0 0 LW * ?",
  "0 0 15W * *",
  "0 0 * * FRI#2",
  "0 0 * * 5L",
  "0 0 29 2 *",
  "0 0 30 2 MON",
  "0 0 * * 7",
  "? * * * *",
  "@hourly",
  "@daily",
  "@midnight",
  "@weekly",
  "@monthly",
  "@yearly",
  "@annually",
];

for (const expression of GOOD) {
  test(`${expression} is a schedule, for the calendar as well`, () => {
    assert.equal(program(`schedule = ${expression}`).schedule?.expression, expression);
    assert.notEqual(cronTimes(expression, "UTC")(Date.UTC(2026, 0, 1)), null);
  });
}

const BAD: readonly [expression: string, message: RegExp][] = [
  ["30 2 * *", /5 or 6 fields, not 4 fields/],
  ["now", /5 or 6 fields, not 1 field:/],
  ["60 2 * * *", /bad minute '60'/],
  ["0 24 * * *", /bad hour '24'/],
  ["0 0 0 * *", /bad day of month '0'/],
  ["0 0 1 JANU *", /bad month 'JANU'/],
  ["0 0 * * MONDAY", /bad day of week 'MONDAY'/],
  ["0 0 * * 8", /bad day of week '8'/],
  ["0 0 * * FRI#6", /bad day of week 'FRI#6'/],
  ["5/10 * * * *", /bad minute '5\/10'/],
  ["*/0 * * * *", /bad minute '\*\/0'/],
  ["*/61 * * * *", /bad minute '\*\/61'/],
  ["20-10 * * * *", /bad minute '20-10'/],
  ["1,,2 * * * *", /bad minute ''/],
  ["99 0 0 1 1 *", /bad second '99'/],
  ["0 0 30 2 *", /no month of these has such a day/],
  ["0 0 31 4,6-6 *", /no month of these has such a day/],
  ["@dayly", /unknown schedule '@dayly'/],
];

for (const [expression, message] of BAD) {
  test(`${expression} is refused, with what is wrong`, () => {
    assert.throws(() => program(`schedule = ${expression}`), message);
  });
}

test("a scheduled program neither starts by itself nor comes back, and a short run is a run", () => {
  const spec = program("schedule = @daily");
  assert.deepEqual(
    [spec.autostart, spec.autorestart, spec.startSecs, spec.startRetries],
    [false, "never", 0, 0],
  );
  assert.deepEqual(spec.schedule, {
    expression: "@daily",
    timezone: null,
    jitterMs: 0,
    concurrency: "skip",
    timeoutMs: null,
  });
  const own = program("schedule = @daily\nstartsecs = 5\nstartretries = 2\nautostart = no");
  assert.deepEqual([own.startSecs, own.startRetries], [5, 2]);
});

test("every key is read", () => {
  const { schedule } = program(
    "schedule = 0  3 * * *\nschedule_timezone = Europe/Berlin\nschedule_jitter = 10m\n" +
      "schedule_concurrency = Queue\nschedule_timeout = 1h",
  );
  assert.deepEqual(schedule, {
    expression: "0 3 * * *",
    timezone: "Europe/Berlin",
    jitterMs: 600_000,
    concurrency: "queue",
    timeoutMs: 3_600_000,
  });
});

test("a program without a schedule, or with an empty one, is the very object it was", () => {
  assert.deepEqual(program("schedule ="), program(""));
  assert.ok(!("schedule" in program("")));
});

const TOGETHER: readonly [lines: string, message: RegExp][] = [
  ["schedule = @daily\nautostart = true", /Cannot set autostart=true together with schedule/],
  ["schedule = @daily\nautorestart = true", /Cannot set autorestart together with schedule/],
  ["schedule = @daily\nautorestart = unexpected", /Cannot set autorestart together/],
  ["schedule_timeout = 5", /schedule_timeout is set, but there is no schedule/],
  ["schedule = @daily\nschedule_timezone = Europe/Berln", /unknown time zone 'Europe\/Berln'/],
  ["schedule = @daily\nschedule_concurrency = wait", /not one of skip, queue or replace/],
];

for (const [lines, message] of TOGETHER) {
  test(`${lines.replaceAll("\n", ", ")} is refused`, () => {
    assert.throws(() => program(lines), message);
  });
}

test("an event listener cannot have a schedule", () => {
  const lines = "events = TICK_5\nschedule = @daily";
  assert.throws(() => program(lines, "eventlistener:job"), /listener cannot have a schedule/);
});
