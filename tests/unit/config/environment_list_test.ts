import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnvironmentList } from "../../../src/config/environment_list.ts";
import { ValueError } from "../../../src/config/errors.ts";

/** The table of the contract (HEAD's column), and what Python's shlex makes of the rest. */
const GOOD: readonly (readonly [string, Record<string, string>])[] = [
  ["", {}],
  ['A=1,B="x,y"', { A: "1", B: "x,y" }],
  ['A="a\\"b"', { A: 'a"b' }],
  ["A=a\\ b", { A: "a b" }],
  ['A="x"y', { A: "xy" }],
  ["A=\"'q'\"", { A: "'q'" }],
  ['A="a\\\\b"', { A: "a\\b" }],
  ['A="a\\qb"', { A: "a\\qb" }],
  ["A='a\\b'", { A: "a\\b" }],
  ['"A"=1', { A: "1" }],
  ["A=aé,B=1", { A: "aé", B: "1" }],
  ['A=""', { A: "" }],
  ["A=1,", { A: "1" }],
  ["A=1;B=2", { A: "1", B: "2" }],
  ["A=$HOME", { A: "$" }],
  ["A=~/x", { A: "~" }],
  ["A=a#b", { A: "a" }],
  ["A=a#b\n,B=2", { A: "a", B: "2" }],
  ["A=5%", { A: "5" }],
  ["A=/usr/bin:/bin,B=(x)-y+z.", { A: "/usr/bin:/bin", B: "(x)-y+z." }],
  ["A=1,\n  B=2", { A: "1", B: "2" }],
  ['A="one\ntwo"', { A: "one\ntwo" }],
  ["A=1,A=2", { A: "2" }],
  // A value is whatever token comes third; what comes fourth is not looked at.
  ["A==1", { A: "=" }],
  ["A=€x", { A: "€" }],
  ["__proto__=x,B=1", Object.fromEntries([["__proto__", "x"], ["B", "1"]])],
];

for (const [text, expected] of GOOD) {
  test(`parseEnvironmentList() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(Object.entries(parseEnvironmentList(text)), Object.entries(expected));
  });
}

const UNEXPECTED = ["A=", "A=1 B=2", "A=a@b", "A=1,,B=2", "A", "=1"];

for (const text of UNEXPECTED) {
  test(`parseEnvironmentList() refuses ${text}`, () => {
    assert.throws(
      () => parseEnvironmentList(text),
      new ValueError(
        `Unexpected end of key/value pairs in value '${text}'`,
        'KEY=value or KEY="value", separated by commas',
      ),
    );
  });
}

test("parseEnvironmentList() wants quotes closed and escapes finished", () => {
  assert.throws(() => parseEnvironmentList("A=don't"), { message: "No closing quotation" });
  assert.throws(() => parseEnvironmentList('A="x'), { message: "No closing quotation" });
  assert.throws(() => parseEnvironmentList("A=x\\"), { message: "No escaped character" });
  assert.throws(() => parseEnvironmentList('A="x\\'), { message: "No escaped character" });
});
