import assert from "node:assert/strict";
import { test } from "node:test";
import { glob, globPattern } from "../../../src/config/glob.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const names = ["a.conf", "b.conf", "B.conf", ".hidden.conf", "é.conf", "c.txt", "[x].conf", "a-b"];
const environment = fakeEnvironment({
  files: Object.fromEntries([
    ...names.map((name) => [`/e/d/${name}`, ""]),
    ["/e/d/sub/x.conf", ""],
    ["/e/other/x.conf", ""],
  ]),
});

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["*.conf", ["B.conf", "[x].conf", "a.conf", "b.conf", "é.conf"]],
  ["?.conf", ["B.conf", "a.conf", "b.conf", "é.conf"]],
  ["[ab].conf", ["a.conf", "b.conf"]],
  ["[!a].conf", ["B.conf", "b.conf", "é.conf"]],
  ["[a-b].conf", ["a.conf", "b.conf"]],
  ["[b-a].conf", []],
  ["[[]x].conf", ["[x].conf"]],
  ["a[-]b", ["a-b"]],
  ["a[]-]b", ["a-b"]],
  [".h*", [".hidden.conf"]],
  ["a.conf", ["a.conf"]],
  ["nothing", []],
  ["nothing*", []],
  ["[ab.conf", []],
  ["**/x.conf", ["sub/x.conf"]],
  ["su?/*", ["sub/x.conf"]],
  ["sub/", ["sub/"]],
  ["a.conf/", []],
  ["s*/", ["sub/"]],
  ["../*/x.conf", ["../other/x.conf"]],
];

for (const [pattern, expected] of CASES) {
  // The fake world knows no `..`; the pattern is as good from one level up.
  const from = pattern.startsWith("../") ? "/e/" : "/e/d/";
  const rest = pattern.replace("../", "");
  test(`glob() finds ${expected.length} paths for ${pattern}`, () => {
    const paths = expected.map((path) => from + path.replace("../", ""));
    assert.deepEqual(glob(from + rest, environment), paths);
  });
}

test("a pattern of many asterisks that does not fit is refused at once", () => {
  assert.equal(globPattern(`${"*a".repeat(50)}b`).test("a".repeat(100)), false);
});

test("asterisks share out a name in every way there is", () => {
  // By trying all: what an asterisk stands for ends here, or one character later.
  const fits = (pattern: string, name: string): boolean => {
    if (pattern === "") return name === "";
    const [first = "", rest] = [pattern[0], pattern.slice(1)];
    if (first === "*") return fits(rest, name) || (name !== "" && fits(pattern, name.slice(1)));
    return name !== "" && (first === "?" || first === name[0]) && fits(rest, name.slice(1));
  };
  const words = (letters: string, length: number): string[] =>
    length === 0
      ? [""]
      : words(letters, length - 1).flatMap((word) => [...letters].map((letter) => word + letter));
  const names = [0, 1, 2, 3, 4].flatMap((length) => words("ab", length));
  for (const pattern of [1, 2, 3, 4, 5].flatMap((length) => words("ab*?", length))) {
    const matcher = globPattern(pattern);
    for (const name of names) {
      assert.equal(matcher.test(name), fits(pattern, name), `${pattern} and "${name}"`);
    }
  }
});
