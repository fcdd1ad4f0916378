/** Whether memory ran out, by the kernel's count. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OomCounter, oomVerdict } from "../../../src/daemon/oom.ts";

function fileSystem(files: Record<string, string>) {
  return (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error("ENOENT");
    return text;
  };
}

const PLACES: readonly [string, string, string][] = [
  ["version 2", "0::/a.slice/b", "/sys/fs/cgroup/a.slice/b/memory.events"],
  ["version 2, in a container", "0::/not/visible", "/sys/fs/cgroup/memory.events"],
  ["version 1", "5:cpu:/x\n4:memory,foo:/x", "/sys/fs/cgroup/memory/x/memory.oom_control"],
];

for (const [title, groups, file] of PLACES) {
  test(`the count is found with ${title}, and only what is new counts`, () => {
    const files = { "/proc/self/cgroup": `${groups}\n`, [file]: "low 0\noom 9\noom_kill 7\n" };
    const counter = new OomCounter(fileSystem(files));
    assert.equal(counter.take(), 0);
    files[file] = "oom_kill 9\n";
    assert.equal(counter.take(), 2);
    assert.equal(counter.take(), 0);
  });
}

test("without a count that may be read nothing is claimed", () => {
  assert.equal(new OomCounter(fileSystem({})).take(), null);
  assert.equal(new OomCounter(fileSystem({ "/proc/self/cgroup": "0::/\n" })).take(), null);
});

test("a verdict is given only where the numbers allow one", () => {
  assert.equal(oomVerdict(1, null), null);
  assert.equal(oomVerdict(1, 0), false);
  assert.equal(oomVerdict(1, 1), true);
  assert.equal(oomVerdict(2, 1), null);
  assert.equal(oomVerdict(2, 3), true);
});
