import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asciiRepr,
  compareText,
  integerErrorText,
  parseInteger,
  repr,
  splitWords,
  strip,
} from "../../../src/config/python_text.ts";

const REPRS: readonly (readonly [string, string])[] = [
  ["", "''"],
  ["plain", "'plain'"],
  ["it's", `"it's"`],
  ['say "x"', `'say "x"'`],
  [`both ' and "`, `'both \\' and "'`],
  ["a\n\t\r\\", "'a\\n\\t\\r\\\\'"],
  ["\x00\x1f\x7f\x80", "'\\x00\\x1f\\x7f\\x80'"],
  ["é", "'é'"],
  ["\u00a0\u200b\ufeff", "'\\xa0\\u200b\\ufeff'"],
  ["\u3000", "'\\u3000'"],
  ["😀", "'😀'"],
  ["\u{e0001}", "'\\U000e0001'"],
];

for (const [text, expected] of REPRS) {
  test(`repr() quotes ${JSON.stringify(text)} as Python does`, () => {
    assert.equal(repr(text), expected);
  });
}

test("asciiRepr() escapes everything outside ASCII", () => {
  assert.equal(asciiRepr("é€😀'"), `"\\xe9\\u20ac\\U0001f600'"`);
});

const INTEGERS: readonly (readonly [string, bigint | undefined])[] = [
  ["0", 0n],
  ["007", 7n],
  [" +5 ", 5n],
  ["-12", -12n],
  ["1_000", 1000n],
  ["\u20035\u00a0", 5n],
  ["\x0c5\x0b", 5n],
  ["٣１", 31n],
  ["𝟡", 9n],
  ["99999999999999999999", 99999999999999999999n],
  ["", undefined],
  [" ", undefined],
  ["+", undefined],
  ["+ 5", undefined],
  ["1__0", undefined],
  ["_1", undefined],
  ["1_", undefined],
  ["1.5", undefined],
  ["0x10", undefined],
  ["1e3", undefined],
  ["½", undefined],
  ["\x1c5", undefined],
  ["5\ufeff", undefined],
];

for (const [text, expected] of INTEGERS) {
  test(`parseInteger() ${expected === undefined ? "refuses" : "reads"} ${JSON.stringify(text)}`, () => {
    assert.equal(parseInteger(text), expected);
  });
}

const OCTALS: readonly (readonly [string, bigint | undefined])[] = [
  ["022", 18n],
  ["22", 18n],
  ["0o22", 18n],
  ["0O_2_2", 18n],
  [" -7 ", -7n],
  ["8", undefined],
  ["0x1", undefined],
  ["0o", undefined],
];

for (const [text, expected] of OCTALS) {
  test(`parseInteger() base 8 ${expected === undefined ? "refuses" : "reads"} ${text}`, () => {
    assert.equal(parseInteger(text, 8), expected);
  });
}

test("integerErrorText() shows at most 200 characters of the literal", () => {
  const text = integerErrorText("x".repeat(500));
  assert.equal(text, `invalid literal for int() with base 10: '${"x".repeat(199)}`);
});

test("strip() takes what Python calls white space, and nothing else", () => {
  assert.equal(strip("\x1c\x85\u3000 a \u2028\x0c"), "a");
  assert.equal(strip("\ufeffa\ufeff"), "\ufeffa\ufeff");
});

test("splitWords() splits at any run of white space", () => {
  assert.deepEqual(splitWords(" a\t b\n\u3000c "), ["a", "b", "c"]);
  assert.deepEqual(splitWords(""), []);
});

test("compareText() orders by code point, where JavaScript orders by UTF-16 unit", () => {
  const names = ["\u{1f600}", "\uff01", "b", "a", "ab", ""];
  assert.deepEqual([...names].sort(compareText), ["", "a", "ab", "b", "\uff01", "\u{1f600}"]);
  assert.equal(compareText("a", "a"), 0);
});
