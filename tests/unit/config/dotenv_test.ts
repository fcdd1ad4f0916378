/** The dialect of environment files. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DotenvError, parseDotenv } from "../../../src/config/dotenv.ts";

const GOOD: readonly [string, string, Record<string, string>][] = [
  ["nothing", "", {}],
  ["comments and blank lines", "# one\n\n   # two\n", {}],
  ["plain values, without a last line end", "A=1\nB=two words", { A: "1", B: "two words" }],
  ["export, and blanks around", "export A = 1  \n\tB=2", { A: "1", B: "2" }],
  ["an empty value", "A=\nB=''\nC=\"\"", { A: "", B: "", C: "" }],
  ["a comment behind a value", "A=1 # one\nB=a#b\nC=# all", { A: "1", B: "a#b", C: "" }],
  ["a dollar sign", 'A=$HOME/x\nB="${B}"', { A: "$HOME/x", B: "${B}" }],
  ["single quotes", "A='x \\n \"y\" # z' # comment", { A: 'x \\n "y" # z' }],
  ["double quotes", 'A="x\\n\\t\\"y\\" \\\\ \\$ \\q"', { A: 'x\n\t"y" \\ $ \\q' }],
  ["several lines", "A='one\ntwo'\nB=\"three\nfour\"\nC=5", {
    A: "one\ntwo",
    B: "three\nfour",
    C: "5",
  }],
  ["line ends of Windows and a byte order mark", "\ufeffA=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["the last of two", "A=1\nA=2", { A: "2" }],
  ["an equals sign in a value", "A=b=c", { A: "b=c" }],
  ["a name that objects have", "__proto__=x", { ["__proto__"]: "x" }],
];

for (const [what, text, pairs] of GOOD) {
  test(`a file of variables with ${what}`, () => assert.deepEqual(parseDotenv(text), pairs));
}

const BAD: readonly [string, string, number, number][] = [
  ["A=1\nnonsense", "not an assignment", 2, 1],
  ["A=1\n1A=2", "not an assignment", 2, 1],
  ["A='x\nB=2", "this quotation has no end", 1, 3],
  ['A="x\\"', "this quotation has no end", 1, 3],
  ["A=1\nB='x' y", "something stands behind the quotation", 2, 6],
];

for (const [text, message, line, column] of BAD) {
  test(`${JSON.stringify(text)}: ${message}, at ${line}:${column}`, () => {
    assert.throws(() => parseDotenv(text), (error: unknown) => {
      assert.ok(error instanceof DotenvError);
      assert.deepEqual([error.message, error.line, error.column], [message, line, column]);
      return true;
    });
  });
}
