import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LogReadError, readLog, tailLog } from "../../../src/logs/reader.ts";
import { withDirectory } from "./support.ts";

const text = new TextDecoder();

const SLICES: readonly (readonly [number, number, string])[] = [
  [0, 0, "0123456789"],
  [0, 4, "0123"],
  [3, 4, "3456"],
  [3, 0, "3456789"],
  [8, 100, "89"],
  [10, 0, ""],
  [10, 5, ""],
  [99, 0, ""],
  [99, 5, ""],
  [-3, 0, "789"],
  [-10, 0, "0123456789"],
  [-99, 0, "0123456789"],
  [-0, 0, "0123456789"],
];

for (const [offset, length, expected] of SLICES) {
  test(`readLog(${offset}, ${length}) of ten digits is "${expected}"`, () =>
    withDirectory((dir) => {
      const path = join(dir, "x");
      writeFileSync(path, "0123456789");
      assert.equal(text.decode(readLog(path, offset, length)), expected);
    }));
}

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof LogReadError);
    return error.reason;
  }
  return "none";
}

test("readLog() tells bad arguments, a missing file and an unreadable one apart", () =>
  withDirectory((dir) => {
    const path = join(dir, "x");
    assert.equal(reasonOf(() => readLog(path, 0, -1)), "missing");
    writeFileSync(path, "x");
    assert.equal(reasonOf(() => readLog(path, 0, -1)), "bad-arguments");
    assert.equal(reasonOf(() => readLog(path, -1, 1)), "bad-arguments");
    assert.equal(reasonOf(() => readLog(path, -1, -1)), "bad-arguments");
    assert.equal(reasonOf(() => readLog(join(path, "y"), 0, 0)), "missing");
    mkdirSync(join(dir, "d"));
    assert.equal(reasonOf(() => readLog(join(dir, "d"), 0, 0)), "failed");
  }));

test("readLog() reads nothing from a device, and does not wait for it", () => {
  assert.equal(readLog("/dev/null", 0, 0).length, 0);
  assert.equal(readLog("/dev/zero", 0, 0).length, 0);
});

const TAILS: readonly (readonly [number, number, string, boolean])[] = [
  [0, 100, "0123456789", false],
  [0, 10, "0123456789", false],
  [0, 5, "56789", true],
  [5, 5, "56789", false],
  [5, 3, "789", true],
  [5, 100, "0123456789", false],
  [9, 1, "9", false],
  [10, 5, "", false],
  [99, 5, "", false],
  [0, 0, "", true],
  [10, 0, "", false],
  [0, -5, "", true],
  [100, -5, "", false],
  [-5, 100, "0123456789", false],
  [-5, 3, "789", true],
];

for (const [offset, length, expected, overflow] of TAILS) {
  test(`tailLog(${offset}, ${length}) of ten digits is "${expected}", overflow ${overflow}`, () =>
    withDirectory((dir) => {
      const path = join(dir, "x");
      writeFileSync(path, "0123456789");
      const tail = tailLog(path, offset, length);
      assert.deepEqual([text.decode(tail.bytes), tail.offset, tail.overflow], [
        expected,
        10,
        overflow,
      ]);
    }));
}

test("tailLog() of a missing file is empty, at the caller's own offset", () =>
  withDirectory((dir) => {
    assert.deepEqual(tailLog(join(dir, "missing"), 17, 5), {
      bytes: new Uint8Array(0),
      offset: 17,
      overflow: false,
    });
  }));
