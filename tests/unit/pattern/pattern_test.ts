import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePattern, PatternError } from "../../../src/pattern/pattern.ts";

/** Found by the runtime's own engine, which is right about everything that it survives. */
function expected(source: string, text: string, ignoreCase: boolean): [number, number] | null {
  const match = new RegExp(source, ignoreCase ? "i" : "").exec(text);
  return match === null ? null : [match.index, match.index + match[0].length];
}

const PATTERNS = [
  "a+b*",
  "(a|b)*c",
  "(a+)+$",
  "x{2,3}?y",
  "x{2}y{0,1}",
  "\\bfoo\\b.*(bar|baz)",
  "\\Boo",
  "[^a-c]+z?",
  "[\\w-]+@[\\w.]+",
  "[]a]?|b+?",
  "(?:ab|a)(?:c|bcd)",
  "(?<name>a|b)+",
  "^\\s*(\\w+)=(.*)$",
  "a|ab|abc",
  "(a*)*b",
  "()",
  "(a|)+b?",
  "\\d{4}-\\d{2}",
  "\\x41|\\u00e9|\\t",
  "a{,3}",
  "{",
  "[A-Z][a-z]+ [A-Z]",
  ".+?o",
  "\\D+\\S*\\W",
];
const TEXTS = [
  "",
  "aaaab",
  "abcd",
  "xxxy xxy",
  "the foo is a bar or baz",
  "  key=value 12-3xy",
  "aaaaaaaaaaaaaaaaaa!",
  "abababc",
  "Ada Lovelace wrote to me@example.org on 2026-11-23",
  "naïve café ✓",
  "a{,3}",
];

for (const source of PATTERNS) {
  test(`compilePattern() finds with ${source} what the runtime finds`, () => {
    for (const text of TEXTS) {
      for (const ignoreCase of [false, true]) {
        const find = compilePattern(source, { ignoreCase });
        assert.deepEqual(
          find(text, 0),
          expected(source, text, ignoreCase),
          JSON.stringify({ text, ignoreCase }),
        );
      }
    }
  });
}

test("compilePattern() goes on where it is told", () => {
  const find = compilePattern("(a|b)+", { ignoreCase: false });
  assert.deepEqual(find("ab cab", 2), [4, 6]);
  assert.equal(find("ab c", 3), null);
});

for (const source of ["(a+)+$", "(a*)*b", "(a|a)*c", "(.*)*x", "(?:a?){50}a{50}"]) {
  test(`${source}, which would run for years, is done at once`, () => {
    const find = compilePattern(source, { ignoreCase: false });
    const before = performance.now();
    find("a".repeat(4000) + "!", 0);
    // Years or milliseconds: a busy machine does not blur that.
    assert.ok(performance.now() - before < 10_000);
  });
}

const REFUSED: readonly [source: string, reason: RegExp][] = [
  ["(a", /missing \)/],
  ["a)", /unmatched \)/],
  ["[a", /missing \]/],
  ["[a-", /missing \]/],
  ["[b-a]", /out of order/],
  ["*a", /nothing to repeat/],
  ["a**", /nothing to repeat/],
  ["^*", /nothing to repeat/],
  ["a{3,2}", /out of order/],
  ["a{100000}", /repetitions/],
  ["(a)\\1", /back-references/],
  ["(?<n>a)\\k<n>", /back-references/],
  ["a(?=b)", /ahead or behind/],
  ["(?<!a)b", /ahead or behind/],
  ["a\\", /end of the pattern/],
  ["(?i)a", /invalid group/],
  ["(((a{100}){10}){10})", /too large/],
  ["(".repeat(200), /too deeply/],
  ["x".repeat(2000), /more than 1000 characters/],
];
for (const [source, reason] of REFUSED) {
  test(`compilePattern() refuses ${source.slice(0, 30)} with a reason`, () => {
    assert.throws(
      () => compilePattern(source, { ignoreCase: false }),
      (error) => error instanceof PatternError && reason.test(error.message),
    );
  });
}

/** Numbers that look random and are the same in each run. @see Park and Miller's generator */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = state * 48271 % 2147483647;
    return state % below;
  };
}

test("compilePattern() agrees with the runtime on thousands of made-up patterns", () => {
  const random = generator(20261123);
  const pick = (items: readonly string[]) => items[random(items.length)] as string;
  function pattern(depth: number): string {
    if (depth === 0) return pick(["a", "b", "c", ".", "[ab]", "[^a]", "\\b", "^", "$", "\\w", " "]);
    switch (random(4)) {
      case 0:
        return pattern(depth - 1) + pattern(depth - 1);
      case 1:
        return `(?:${pattern(depth - 1)}|${pattern(depth - 1)})`;
      case 2:
        return `(?:${pattern(depth - 1)})${pick(["*", "+", "?", "{1,2}", "*?", "+?", "??"])}`;
      default:
        return pattern(depth - 1);
    }
  }
  for (let i = 0; i < 3000; i++) {
    const source = pattern(3);
    const text = Array.from({ length: random(10) }, () => pick(["a", "b", "A", " ", "é"])).join("");
    const ignoreCase = random(2) === 0;
    const found = compilePattern(source, { ignoreCase })(text, 0);
    const wanted = expected(source, text, ignoreCase);
    // Where it ends may differ: JavaScript does not let a repeated part match nothing.
    assert.equal(found?.[0], wanted?.[0], JSON.stringify({ source, text, ignoreCase }));
  }
});
