/** What the guard concludes from its counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../../bench/guard/judge.ts";
import { parseSummary, total } from "../../../bench/guard/strace.ts";

const failing = (...args: Parameters<typeof judge>): string[] =>
  judge(...args).filter(({ isFine }) => !isFine).map(({ operation }) => operation);

test("an operation fails above its margin and two calls, and not at it", () => {
  const kept = { start: { calls: 100, margin: 1.2 }, idle: { calls: 0, margin: 1.15 } };
  assert.deepEqual(failing({ start: 122, idle: 2 }, kept), []);
  assert.deepEqual(failing({ start: 122.1, idle: 2.1 }, kept), ["start", "idle"]);
  assert.deepEqual(failing({ start: 1, idle: 0 }, kept), []);
});

test("what is kept and was not counted fails, and so does what nobody kept", () => {
  assert.deepEqual(failing({}, { start: { calls: 100, margin: 1.2 } }), ["start"]);
  assert.deepEqual(failing({ start: 1 }, {}), ["start"]);
});

test("the table of strace is read with and without errors, its sum left out", () => {
  const table = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 75.00    0.000300           3       104         2 openat
 25.00    0.000100          10        10           close
  0.00    0.000000           0         1           exit_group
------ ----------- ----------- --------- --------- ----------------
100.00    0.000400           3       115         2 total
`;
  const calls = parseSummary(table);
  assert.deepEqual([...calls], [["openat", 104], ["close", 10], ["exit_group", 1]]);
  assert.equal(total(calls), 115);
  assert.equal(total(parseSummary("")), 0);
});
