/** Logs that are rolled over by the calendar, compressed, aged, owned. */
import assert from "node:assert/strict";
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { Backups } from "../../../src/logs/backups.ts";
import { cronTimes } from "../../../src/daemon/schedule/times.ts";
import { openSpecialSink } from "../../../src/logs/special_sink.ts";
import type { LogSettings } from "../../../src/process/log_settings.ts";
import { bytes, read, withDirectory } from "./support.ts";

const NOON = new Date(2026, 10, 23, 12).getTime();

function open(
  path: string,
  settings: LogSettings,
  o: { maxBytes?: number; backups?: number } = {},
) {
  const clock = { now: NOON };
  const warnings: string[] = [];
  const sink = openSpecialSink({
    path,
    maxBytes: o.maxBytes ?? 0,
    backups: o.backups ?? 3,
    openWriter: () => {
      throw new Error("not a stream");
    },
    settings,
    facts: {
      name: "web",
      group: "web",
      program: "web",
      stream: "stdout",
      pid: () => 1,
      wall: () => clock.now,
      utcOffset: () => 0,
    },
    loadCalendar: (cron) =>
      cron === "never" ? Promise.reject(new Error("no")) : Promise.resolve(cronTimes(cron, null)),
    warn: (text) => warnings.push(text),
  });
  return { sink, clock, warnings };
}

/** Resolves when the backups of the log are compressed. */
function settled(path: string): Promise<void> {
  const options = { path, backups: 0, compress: null, maxAgeMs: null };
  return new Backups({ ...options, wall: () => 0, warn: () => {} }).settled();
}

test("the first write of a new day goes to a new file", () =>
  withDirectory((dir) => {
    const path = join(dir, "x.log");
    const { sink, clock } = open(path, { rotate: { period: "daily", minute: 0 } });
    sink.write(bytes("monday\n"));
    clock.now += 11 * 3_600_000;
    sink.write(bytes("monday night\n"));
    clock.now += 2 * 3_600_000;
    sink.write(bytes("tuesday\n"));
    sink.close();
    assert.equal(read(path), "tuesday\n");
    assert.equal(read(`${path}.1`), "monday\nmonday night\n");
    assert.ok(!existsSync(`${path}.2`));
  }));

test("a log of yesterday is rolled over at its first write, also by another daemon", () =>
  withDirectory((dir) => {
    const path = join(dir, "x.log");
    writeFileSync(path, "sunday\n");
    const yesterday = NOON / 1000 - 86_400;
    utimesSync(path, yesterday, yesterday);
    const { sink } = open(path, { rotate: { period: "daily", minute: 0 } });
    assert.equal(read(path), "sunday\n");
    sink.write(bytes("monday\n"));
    sink.close();
    assert.equal(read(path), "monday\n");
    assert.equal(read(`${path}.1`), "sunday\n");
  }));

test("a log is rolled over when a cron expression says so, and a clock that is set back does not matter", () =>
  withDirectory(async (dir) => {
    const path = join(dir, "x.log");
    const { sink, clock } = open(path, { rotate: { cron: "0 13 * * MON" } });
    await Promise.resolve();
    await Promise.resolve();
    sink.write(bytes("noon\n"));
    clock.now += 3_600_000;
    sink.write(bytes("one\n"));
    assert.deepEqual([read(path), read(`${path}.1`)], ["one\n", "noon\n"]);
    // Wrong by a day: what is due is reckoned anew.
    clock.now -= 86_400_000;
    sink.write(bytes("sunday\n"));
    clock.now += 86_400_000;
    sink.write(bytes("monday\n"));
    sink.close();
    assert.deepEqual([read(path), read(`${path}.1`)], ["monday\n", "one\nsunday\n"]);
  }));

test("without a calendar a log is rolled over by its size, and that is told", () =>
  withDirectory(async (dir) => {
    const path = join(dir, "x.log");
    const { sink, warnings } = open(path, { rotate: { cron: "never" } });
    await new Promise((resolve) => setTimeout(resolve, 0));
    sink.write(bytes("a line\n"));
    sink.close();
    assert.equal(read(path), "a line\n");
    assert.deepEqual(warnings, ["it is rotated by size alone: no"]);
  }));

test("an empty log is not rolled over", () =>
  withDirectory((dir) => {
    const path = join(dir, "x.log");
    const { sink, clock } = open(path, { rotate: { period: "hourly", minute: 0 } });
    clock.now += 7_200_000;
    sink.write(bytes("a\n"));
    sink.rollOver?.();
    sink.rollOver?.();
    sink.close();
    assert.deepEqual(readdirSync(dir).sort(), ["x.log", "x.log.1"]);
  }));

for (
  const [compress, suffix, expand] of [
    ["gzip", ".gz", gunzipSync],
    ["zstd", ".zst", zstdDecompressSync],
  ] as const
) {
  test(`${compress}: backups are compressed behind the log's back, and move up as they are`, () =>
    withDirectory(async (dir) => {
      const path = join(dir, "x.log");
      const { sink, warnings } = open(path, { compress, mode: 0o640 }, { maxBytes: 5 });
      for (const word of ["one\n--", "two\n--", "three\n", "four\n-", "five"]) {
        sink.write(bytes(word));
        await settled(path);
      }
      sink.close();
      const names = ["x.log", ...[1, 2, 3].map((n) => `x.log.${n}${suffix}`)];
      assert.deepEqual(readdirSync(dir).sort(), names);
      const contents = names.slice(1).map((name) =>
        expand(readFileSync(join(dir, name))).toString()
      );
      assert.deepEqual(contents, ["four\n-", "three\n", "two\n--"]);
      assert.equal(statSync(join(dir, names[1]!)).mode & 0o777, 0o640);
      assert.deepEqual(warnings, []);
    }));
}

test("a backup that moves up while it is compressed is compressed under its new name", () =>
  withDirectory(async (dir) => {
    const path = join(dir, "x.log");
    const { sink } = open(path, { compress: "gzip" }, { maxBytes: 1 });
    sink.write(bytes("one"));
    sink.write(bytes("two"));
    sink.write(bytes("three"));
    sink.close();
    await settled(path);
    assert.deepEqual(readdirSync(dir).sort(), ["x.log", "x.log.1.gz", "x.log.2.gz", "x.log.3.gz"]);
    const contents = [1, 2, 3].map((n) => gunzipSync(readFileSync(`${path}.${n}.gz`)).toString());
    assert.deepEqual(contents, ["three", "two", "one"]);
  }));

test("what a killed daemon left half compressed is thrown away and done again", () =>
  withDirectory(async (dir) => {
    const path = join(dir, "x.log");
    writeFileSync(join(dir, ".x.log.compressing"), "half");
    writeFileSync(`${path}.1`, "whole");
    writeFileSync(`${path}.2`, "second");
    writeFileSync(`${path}.2.gz`, "from before the rename");
    const { sink } = open(path, { compress: "gzip" });
    await settled(path);
    sink.close();
    assert.deepEqual(readdirSync(dir).sort(), ["x.log", "x.log.1.gz", "x.log.2.gz"]);
    assert.equal(gunzipSync(readFileSync(`${path}.1.gz`)).toString(), "whole");
    assert.equal(gunzipSync(readFileSync(`${path}.2.gz`)).toString(), "second");
  }));

test("backups older than the limit are deleted at the next rollover, and nothing else", () =>
  withDirectory((dir) => {
    const path = join(dir, "x.log");
    for (const name of ["x.log.1.gz", "x.log.7", "x.log.8", "x.log.old", "y.log.9"]) {
      const file = join(dir, name);
      writeFileSync(file, "x");
      const age = name === "x.log.8" ? 3600 : 3 * 86_400;
      utimesSync(file, NOON / 1000 - age, NOON / 1000 - age);
    }
    const { sink } = open(path, { maxAgeMs: 2 * 86_400_000 });
    sink.close();
    assert.deepEqual(readdirSync(dir).sort(), ["x.log", "x.log.8", "x.log.old", "y.log.9"]);
  }));

test("owner and mode are those of every file, and of one that is there already", () =>
  withDirectory((dir) => {
    const path = join(dir, "x.log");
    writeFileSync(path, "", { mode: 0o666 });
    const owner = { uid: process.getuid?.() ?? 0, gid: -1 };
    const { sink, warnings } = open(path, { mode: 0o600, owner }, { maxBytes: 1 });
    sink.write(bytes("a"));
    sink.write(bytes("b"));
    sink.close();
    for (const name of [path, `${path}.1`, `${path}.2`]) {
      assert.equal(statSync(name).mode & 0o777, 0o600, name);
    }
    assert.deepEqual(warnings, []);
  }));
