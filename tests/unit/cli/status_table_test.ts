import assert from "node:assert/strict";
import { test } from "node:test";
import { formatStatus } from "../../../cli/ctl/status_table.ts";
import type { ProcessInfo } from "../../../src/client/answers.ts";

const info = (group: string, name: string, stateName = "RUNNING"): ProcessInfo => ({
  group,
  name,
  state: 20,
  stateName,
  description: "pid 1, uptime 0:00:01",
  pid: 1,
});

test("a process is named by its group and itself, or once when both are the same", () => {
  assert.deepEqual(formatStatus([info("web", "web"), info("web", "one", "FATAL")]), [
    `web${" ".repeat(30)}RUNNING   pid 1, uptime 0:00:01`,
    `web:one${" ".repeat(26)}FATAL     pid 1, uptime 0:00:01`,
  ]);
  assert.deepEqual(formatStatus([]), []);
});

test("the names are as wide as the longest of them and three, at least 33", () => {
  for (const length of [29, 30, 31, 100]) {
    const name = "n".repeat(length);
    const [line = "", other = ""] = formatStatus([info(name, name), info("a", "a")]);
    assert.equal(line.indexOf("RUNNING"), Math.max(30, length) + 3);
    assert.equal(other.indexOf("RUNNING"), Math.max(30, length) + 3);
  }
});

test("characters beyond 16 bits count once, as in Python", () => {
  const name = "😀".repeat(31);
  const [line = "", other = ""] = formatStatus([info(name, name), info("a", "a")]);
  assert.equal([...line].indexOf("R"), 34);
  assert.equal(other.indexOf("RUNNING"), 34);
});
