import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BadFormatError,
  formatPercent,
  UnknownNameError,
} from "../../../src/config/percent_format.ts";

const NAMES = new Map<string, string | number>([
  ["n", 7],
  ["big", 255],
  ["minus", -3],
  ["even", 245],
  ["nines", 999],
  ["s", "text"],
  ["é", "ü"],
  ["a(b)c", "nested"],
  ["", "empty name"],
  ["percent", "%(n)s"],
]);

function run(format: string): string {
  return formatPercent(format, (name) => NAMES.get(name));
}

/** Every expected value was taken from Python 3.11. */
const GOOD: readonly (readonly [string, string])[] = [
  ["plain", "plain"],
  ["%(s)s", "text"],
  ["a%%b%(n)d%%", "a%b7%"],
  ["%(n)02d|%(n)5d|%(n)-5d|%(n)+d|%(n) d", "07|    7|7    |+7| 7"],
  ["%(minus)03d|%(minus).3d|%(n).0d", "-03|-003|7"],
  ["%(big)x %(big)X %(big)#x %(big)#X %(big)o %(big)#o", "ff FF 0xff 0XFF 377 0o377"],
  ["%(big)#08x|%(big)-#8x|", "0x0000ff|0xff    |"],
  ["%(n)i%(n)u%(n)ld%(n)hd%(n)Ld", "77777"],
  ["%(n)f|%(n).2f|%(n)8.1f|%(n)#.0f|%(minus)08.2f", "7.000000|7.00|     7.0|7.|-0003.00"],
  ["%(n)e|%(big).1E|%(n)g|%(big)G|%(big).2g|%(n)#g", "7.000000e+00|2.6E+02|7|255|2.6e+02|7.00000"],
  ["%(even).1e|%(even)#.0e|%(nines).1g", "2.4e+02|2.e+02|1e+03"],
  ["%(n)c%(s).2s|%(s)6s|%(s)-6s|%(s)06s", "\x07te|  text|text  |  text"],
  ["%(s)r %(s)a %(n)r %(é)a", "'text' 'text' 7 '\\xfc'"],
  ["%(a(b)c)s", "nested"],
  ["%()s", "empty name"],
  ["%(percent)s", "%(n)s"],
  ["%(é)3s|", "  ü|"],
];

for (const [format, expected] of GOOD) {
  test(`formatPercent() formats ${format}`, () => {
    assert.equal(run(format), expected);
  });
}

const BAD: readonly (readonly [string, string])[] = [
  ["%", "incomplete format"],
  ["%(n)", "incomplete format"],
  ["%(n)5", "incomplete format"],
  ["%(n)5.", "incomplete format"],
  ["%(n)l", "incomplete format"],
  ["%(n", "incomplete format key"],
  ["%((n)s", "incomplete format key"],
  ["%(n)q", "unsupported format character 'q' (0x71) at index 4"],
  ["é😀%(n)é", "unsupported format character '?' (0xe9) at index 6"],
  ["%(n)%", "unsupported format character '%' (0x25) at index 4"],
  ["%5%", "unsupported format character '%' (0x25) at index 2"],
  ["%d", "%d format: a real number is required, not dict"],
  ["%x", "%x format: an integer is required, not dict"],
  ["%(s)d", "%d format: a real number is required, not str"],
  ["%(s)X", "%X format: an integer is required, not str"],
  ["%(s)f", "must be real number, not str"],
  ["%f", "must be real number, not dict"],
  ["%(s)c", "%c requires int or char"],
  ["%(minus)c", "%c arg not in range(0x110000)"],
  ["%(s)s %d", "not enough arguments for format string"],
  ["%(n)*d", "not enough arguments for format string"],
  ["%*d", "* wants int"],
  ["%(n)9999999999s", "width too big"],
];

for (const [format, expected] of BAD) {
  test(`formatPercent() refuses ${format}: ${expected}`, () => {
    assert.throws(() => run(format), (error) => {
      assert.ok(error instanceof BadFormatError);
      assert.equal(error.message, expected);
      return true;
    });
  });
}

test("formatPercent() does not print the table of names for a bare %s", () => {
  assert.throws(() => run("%s"), BadFormatError);
});

test("formatPercent() names an unknown name", () => {
  assert.throws(() => run("%(it's)s"), (error) => {
    assert.ok(error instanceof UnknownNameError);
    assert.equal(error.message, `"it's"`);
    return true;
  });
});
