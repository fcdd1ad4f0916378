/** The parts of "events" and "logs" that need no server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser, type ServerEvent } from "../../../cli/ctl/api.ts";
import { formatEvent, localTime } from "../../../cli/ctl/event_commands.ts";
import { parseSince, timeOfLine } from "../../../cli/ctl/line_time.ts";
import { merge } from "../../../cli/ctl/merged_logs.ts";

const STREAM = 'retry: 2000\nid: b-1\nevent: hello\ndata: {"a":1}\n\n:\n\n' +
  "event: x\r\ndata: é\r\n\r\ndata: one\ndata: two\n\n";
const EVENTS: ServerEvent[] = [
  { id: "b-1", event: "hello", data: '{"a":1}' },
  { id: "b-1", event: "x", data: "é" },
  { id: "b-1", event: "message", data: "one\ntwo" },
];

test("EventParser finds the same events wherever the bytes are cut", () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const seen: ServerEvent[] = [];
    const parser = new EventParser((event) => seen.push(event));
    parser.push(bytes.subarray(0, cut));
    parser.push(bytes.subarray(cut));
    assert.deepEqual(seen, EVENTS, `cut at ${cut}`);
  }
});

test("formatEvent() makes a line of an event, with its time, type, name and the rest", () => {
  const at = "2026-11-23T20:10:53.208Z";
  const line = formatEvent({
    id: null,
    event: "process-state",
    data: JSON.stringify({
      type: "PROCESS_STATE_STOPPED",
      at,
      process: "a",
      group: "g",
      namespec: "g:a",
      from: "STOPPING",
      to: "STOPPED",
      pid: 7,
      text: "two words",
    }),
  });
  const time = localTime(new Date(at));
  assert.match(time, /^2026-11-2\d \d\d:\d\d:53,208$/);
  assert.equal(line, `${time} PROCESS_STATE_STOPPED g:a from=STOPPING pid=7 text="two words"`);
});

test("formatEvent() of a group names the group once", () => {
  const data = JSON.stringify({ type: "PROCESS_GROUP_ADDED", change: "ADDED", group: "g" });
  const line = formatEvent({ id: null, event: "process-group", data });
  assert.equal(line, "PROCESS_GROUP_ADDED g change=ADDED");
});

const NOW = new Date(2026, 10, 23, 12, 0, 0).getTime();
const local = (...parts: [number, number, number, number, number, number]) =>
  new Date(...parts).getTime();

const TIMES: readonly [line: string, time: number | null][] = [
  ["2026-11-23T08:00:01Z started", Date.UTC(2026, 10, 23, 8, 0, 1)],
  ["2026-11-23T08:00:01.250+02:00 x", Date.UTC(2026, 10, 23, 6, 0, 1) + 250],
  ["2026-11-23 08:00:01,208 INFO x", local(2026, 10, 23, 8, 0, 1) + 208],
  ["[2026/11/23 08:00:01] notice: x", local(2026, 10, 23, 8, 0, 1)],
  ['{"level":"info","time":"2026-11-23T08:00:01Z"}', Date.UTC(2026, 10, 23, 8, 0, 1)],
  ['1.2.3.4 - - [23/Nov/2026:08:00:01 -0130] "GET /"', Date.UTC(2026, 10, 23, 9, 30, 1)],
  ["Nov 23 08:00:01 host x[1]: y", local(2026, 10, 23, 8, 0, 1)],
  ["Dec  5 08:00:01 host x", local(2025, 11, 5, 8, 0, 1)],
  ["Abc 23 08:00:01 host x", null],
  ["    at Object.<anonymous> (x.ts:1:2)", null],
  ["", null],
  [`${"x".repeat(100)} 2026-11-23T08:00:01Z`, null],
];
for (const [line, time] of TIMES) {
  test(`timeOfLine() of ${JSON.stringify(line.slice(0, 40))}`, () => {
    assert.equal(timeOfLine(line, NOW), time);
  });
}

const SINCE: readonly [text: string, time: number | null][] = [
  ["90s", NOW - 90_000],
  ["10m", NOW - 600_000],
  ["2h", NOW - 7_200_000],
  ["1d", NOW - 86_400_000],
  ["08:30", local(2026, 10, 23, 8, 30, 0)],
  ["23:00", local(2026, 10, 22, 23, 0, 0)],
  ["2026-11-01", local(2026, 10, 1, 0, 0, 0)],
  ["2026-11-01T10:00", local(2026, 10, 1, 10, 0, 0)],
  ["2026-11-01T10:00:05Z", Date.UTC(2026, 10, 1, 10, 0, 5)],
  ["10", null],
  ["10x", null],
  ["", null],
];
for (const [text, time] of SINCE) {
  test(`parseSince("${text}")`, () => {
    assert.equal(parseSince(text, NOW), time);
  });
}

test("merge() goes by time between logs and keeps the order inside each", () => {
  const line = (time: number, text: string) => ({ time, text });
  const a = [line(1, "a1"), line(3, "a3"), line(2, "a2, late"), line(9, "a9")];
  const b = [line(0, "b0"), line(3, "b3"), line(5, "b5")];
  assert.deepEqual(merge([a, b, []]).map(({ text }) => text), [
    "b0",
    "a1",
    "a3",
    "a2, late",
    "b3",
    "b5",
    "a9",
  ]);
});
