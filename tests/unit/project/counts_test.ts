import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf, excerptOf } from "../../run.ts";

const cases: readonly (readonly [string, string, number, readonly [number, number, number]])[] = [
  ["a silent step that succeeds is one test", "", 0, [1, 0, 0]],
  ["a silent step that fails is one failure", "boom\n", 3, [0, 1, 0]],
  ["bun test", " 7 pass\n 0 fail\nRan 7 tests across 1 file.\n", 0, [7, 0, 0]],
  ["bun test with a failure", " 6 pass\n 1 skip\n 2 fail\n", 1, [6, 2, 1]],
  ["deno test", "\nok | 22 passed | 0 failed (1s)\n", 0, [22, 0, 0]],
  ["deno test with a failure", "FAILED | 20 passed | 2 failed (1s)\n", 1, [20, 2, 0]],
  ["deno test with steps", "ok | 2 passed (3 steps) | 0 failed (1s)\n", 0, [2, 0, 0]],
  ["a conformance suite", "PASS x\n120 passed, 0 failed\n", 0, [120, 0, 0]],
  ["a suite that skips", "SKIP a (no x)\nSKIP b (no x)\n120 passed, 0 failed\n", 0, [120, 0, 2]],
  ["a suite that fails", "118 passed, 2 failed\n", 1, [118, 2, 0]],
  ["a runner that crashed after its figures", " 7 pass\n 0 fail\n", 134, [7, 1, 0]],
  ["figures in the middle of a line are not figures", "it said 3 passed, 0 failed\n", 0, [1, 0, 0]],
  ["a failure counts although the exit status hides it", " 6 pass\n 1 fail\n", 0, [6, 1, 0]],
];
for (const [title, output, status, [passed, failed, skipped]] of cases) {
  test(`countsOf(): ${title}`, () => {
    assert.deepEqual(countsOf(output, status), { passed, failed, skipped });
  });
}

const before = Array.from({ length: 30 }, (_, at) => `line ${at}`).join("\n");

for (
  const [title, output, wanted] of [
    [
      "bun test",
      `${before}\n\u001b[31m(fail)\u001b[0m one [3.00ms]\n 0 pass\n 1 fail\n`,
      "(fail) one",
    ],
    ["deno test", `${before}\ntwo ... FAILED (3ms)\n`, "two ... FAILED"],
    ["a judge", `${before}\nFAIL rpc.three (1.0 s)\n1 passed, 1 failed\n`, "FAIL rpc.three"],
  ] as const
) {
  test(`excerptOf(): what led to a failure in the words of ${title}, and no more`, () => {
    const lines = excerptOf(output).split("\n");
    assert.equal(lines[0], "line 18");
    assert.ok(lines.at(-1)?.startsWith(wanted), lines.at(-1));
  });
}

test("excerptOf(): of many failures the last are only named", () => {
  const lines = excerptOf(`${before}\n${"FAIL a\n".repeat(40)}`).split("\n");
  assert.ok(lines.length < 100);
});

test("excerptOf(): the last words of what never came to a test", () => {
  assert.ok(excerptOf(`${before}\nerror: no such module\n`).endsWith("error: no such module"));
});
