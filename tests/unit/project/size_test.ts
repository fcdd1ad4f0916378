/** What the guard of sizes concludes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inMebibytes, judge } from "../../../bench/size/judge.ts";

const failing = (...args: Parameters<typeof judge>): string[] =>
  judge(...args).filter(({ isFine }) => !isFine).map(({ name }) => name);

test("what is ours may grow by a tenth, the rest by a fiftieth", () => {
  const kept = { "executable": 1000, "its text": 1000 };
  assert.deepEqual(failing({ "executable": 1020, "its text": 1100 }, kept), []);
  assert.deepEqual(failing({ "executable": 1021, "its text": 1101 }, kept), Object.keys(kept));
});

test("what nobody kept fails, and what was not measured does not", () => {
  assert.deepEqual(failing({ "executable": 1 }, {}), ["executable"]);
  assert.deepEqual(failing({}, { "executable": 1 }), []);
});

test("the page of sizes has what is kept", () => {
  const place = new URL("../../../bench/size/", import.meta.url);
  const read = (name: string) => readFileSync(new URL(name, place), "utf8");
  const { date, bytes } = JSON.parse(read("kept.json")) as {
    date: string;
    bytes: Record<string, number>;
  };
  const page = read("sizes.md").replaceAll(/ {2,}/g, " ");
  assert.ok(page.includes(`Of ${date}, `));
  for (const [name, size] of Object.entries(bytes)) {
    assert.ok(page.includes(`| ${name} | ${inMebibytes(size)} |`), name);
  }
});
