import assert from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "../../../src/logs/logger.ts";
import type { LogSink } from "../../../src/logs/types.ts";
import type { LogLevel } from "../../../src/process/machine_types.ts";

function setUp(level: LogLevel) {
  const lines: string[] = [];
  const syslog: string[] = [];
  const clock = {
    now: Date.UTC(2026, 10, 23, 6, 37, 6, 54),
    wall: () => clock.now,
    utcOffset: () => 5_400_000,
  };
  const sink = {
    path: null,
    bytesWritten: 0,
    bytesDropped: 0,
    write: (bytes: Uint8Array) => lines.push(new TextDecoder().decode(bytes)),
    reopen: () => lines.push("reopen"),
    clear: () => lines.push("clear"),
    close: () => lines.push("close"),
  } as unknown as LogSink;
  const logger = new Logger({ level, sinks: [sink], clock, syslog: (line) => syslog.push(line) });
  return { lines, syslog, clock, logger };
}

const LABELS: readonly (readonly [LogLevel, string])[] = [
  ["critical", "CRIT"],
  ["error", "ERRO"],
  ["warn", "WARN"],
  ["info", "INFO"],
  ["debug", "DEBG"],
  ["trace", "TRAC"],
  ["blather", "BLAT"],
];

for (const [index, [level, label]] of LABELS.entries()) {
  test(`a ${level} message is labelled ${label} and shown at its own level and below`, () => {
    for (const [threshold, [loglevel]] of LABELS.entries()) {
      const { lines, logger } = setUp(loglevel);
      logger.log(level, "text");
      assert.equal(logger.isEnabled(level), index <= threshold);
      assert.deepEqual(
        lines,
        index <= threshold ? [`2026-11-23 08:07:06,054 ${label} text\n`] : [],
      );
    }
  });
}

test("the stamp follows the clock; milliseconds are cut, not rounded", () => {
  const { lines, clock, logger } = setUp("info");
  const start = clock.now - 54;
  for (const ms of [0, 999.99, 1000, 59_001.5, 57_600_000]) {
    clock.now = start + ms;
    logger.log("info", "x");
  }
  assert.deepEqual(lines.map((line) => line.slice(0, 23)), [
    "2026-11-23 08:07:06,000",
    "2026-11-23 08:07:06,999",
    "2026-11-23 08:07:07,000",
    "2026-11-23 08:08:05,001",
    "2026-11-24 00:07:06,000",
  ]);
});

test("a clock that is set back gives the earlier time", () => {
  const { lines, clock, logger } = setUp("info");
  logger.log("info", "x");
  clock.now -= 5000;
  logger.log("info", "x");
  assert.equal(lines[1]?.slice(0, 23), "2026-11-23 08:07:01,054");
});

test("messages keep their line breaks; syslog gets each line with the whole prefix", () => {
  const { lines, syslog, logger } = setUp("info");
  logger.log("info", "a\nb\n");
  assert.deepEqual(lines, ["2026-11-23 08:07:06,054 INFO a\nb\n\n"]);
  assert.deepEqual(syslog, ["2026-11-23 08:07:06,054 INFO a", "2026-11-23 08:07:06,054 INFO b"]);
});

test("reopen, clear and close are passed on to the sinks", () => {
  const { lines, logger } = setUp("info");
  logger.reopen();
  logger.clear();
  logger.close();
  assert.deepEqual(lines, ["reopen", "clear", "close"]);
});
