import assert from "node:assert/strict";
import { test } from "node:test";
import { splitCommand } from "../../../src/config/shell_words.ts";

const GOOD: readonly (readonly [string, readonly string[]])[] = [
  ["", []],
  ["  \n\t ", []],
  ["/bin/cat -n  file", ["/bin/cat", "-n", "file"]],
  ["a\nb\rc\td", ["a", "b", "c", "d"]],
  ["sh -c 'a; b \"c\" \\d'", ["sh", "-c", 'a; b "c" \\d']],
  ['"a \\"b\\" \\\\ \\x $y"', ['a "b" \\ \\x $y']],
  ["a\\ b\\c", ["a bc"]],
  ["a\\\nb", ["a\nb"]],
  [`'' "" x`, ["", "", "x"]],
  [`a'b'"c"d`, ["abcd"]],
  ["a # b $HOME * ~ ; | &", ["a", "#", "b", "$HOME", "*", "~", ";", "|", "&"]],
  ["é\u00a0x 😀", ["é\u00a0x", "😀"]],
];

for (const [text, words] of GOOD) {
  test(`splitCommand() splits ${JSON.stringify(text)}`, () => {
    assert.deepEqual(splitCommand(text), { ok: true, words });
  });
}

for (const text of ['"abc', "'abc", `"a'`, "a '", '"\\"']) {
  test(`splitCommand() misses the closing quotation of ${text}`, () => {
    assert.deepEqual(splitCommand(text), { ok: false, reason: "No closing quotation" });
  });
}

for (const text of ["\\", "a\\", '"a\\']) {
  test(`splitCommand() misses the escaped character of ${text}`, () => {
    assert.deepEqual(splitCommand(text), { ok: false, reason: "No escaped character" });
  });
}

test("splitCommand() gives back words that were quoted", () => {
  const words = ["plain", "", "two words", "it's", 'a"b', "\\", "\n", "$x;|", "😀"];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(" ");
  assert.deepEqual(splitCommand(quoted), { ok: true, words });
});
