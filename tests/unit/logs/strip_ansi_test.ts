import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { stripAnsi } from "../../../src/logs/strip_ansi.ts";

const CASES: readonly (readonly [string, string])[] = [
  ["", ""],
  ["plain", "plain"],
  ["\x1b[34mHello world... this is longer\x1b[0m than", "Hello world... this is longer than"],
  ["\x1b[31mred\x1b[0m", "red"],
  ["a\x1b[2Jb", "ab"],
  ["a\x1b[1;2", "a"],
  ["a\x1b[", "a"],
  ["a\x1b", "a\x1b"],
  ["a\x1b]b", "a\x1b]b"],
  ["\x1b[m\x1b[m", ""],
  ["\x1b[\x1b[mx", "x"],
  ["\x1b[zzHx", "x"],
  ["\x1b[3Gcol\x1b[Kx", "x"],
];

for (const [input, output] of CASES) {
  test(`stripAnsi(${JSON.stringify(input)}) is ${JSON.stringify(output)}`, () => {
    assert.equal(Buffer.from(stripAnsi(Buffer.from(input))).toString(), output);
  });
}

test("each of the reference's letters ends a sequence, and no other does", () => {
  for (let letter = 0x20; letter < 0x7f; letter++) {
    const char = String.fromCharCode(letter);
    const out = Buffer.from(stripAnsi(Buffer.from(`\x1b[1${char}rest\x1b[Hx`))).toString();
    assert.equal(out === "restx", "HfABCDRsuJKhlpm".includes(char), char);
  }
});

test("stripAnsi() gives back the same array when there is nothing to do", () => {
  const chunk = Buffer.from("nothing");
  assert.equal(stripAnsi(chunk), chunk);
});
