import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findUnclaimed, isStalePidFile } from "../../../../src/daemon/orphans/unclaimed.ts";
import { configOf, program } from "../../../support/supervised_world.ts";

const URL_OF_OURS = "unix:///run/x.sock";

function withProc(
  story: (
    root: string,
    add: (pid: number, parent: number, group: number, environment: string[]) => void,
  ) => void,
): void {
  const root = mkdtempSync(join(tmpdir(), "proc-"));
  try {
    story(root, (pid, parent, group, environment) => {
      mkdirSync(join(root, `${pid}`));
      const rest = `${parent} ${group} ${"0 ".repeat(16)}7 0 0 0`;
      writeFileSync(join(root, `${pid}`, "stat"), `${pid} (x) S ${rest}`);
      writeFileSync(join(root, `${pid}`, "environ"), environment.join("\0"));
    });
  } finally {
    rmSync(root, { recursive: true });
  }
}

const child = (name: string, url = URL_OF_OURS) => [
  "A=1",
  `SUPERVISOR_GROUP_NAME=${name}`,
  `SUPERVISOR_PROCESS_NAME=${name}`,
  `SUPERVISOR_SERVER_URL=${url}`,
];

test("children of a killed daemon are told from those of others, and from their descendants", () => {
  withProc((root, add) => {
    add(10, 1, 10, child("web"));
    add(11, 10, 10, child("web"));
    add(12, 10, 12, child("web"));
    add(13, 1, 13, child("web", "unix:///run/other.sock"));
    add(14, 1, 14, child("unknown"));
    add(15, 1, 15, ["A=1"]);
    const config = { ...configOf([program("web")]), serverUrl: URL_OF_OURS };
    assert.deepEqual(findUnclaimed(config, root), [{ key: "web:web", pid: 10 }]);
    // Without an address nothing tells whose they are.
    assert.deepEqual(findUnclaimed({ ...config, serverUrl: null }, root), []);
  });
});

test("a pid file is stale when it names a process that is gone", () => {
  withProc((root, add) => {
    add(10, 1, 10, []);
    const file = join(root, "x.pid");
    assert.equal(isStalePidFile(file, 5, root), false);
    for (const [text, isStale] of [["10\n", false], ["11\n", true], ["5\n", false], ["x", false]]) {
      writeFileSync(file, String(text));
      assert.equal(isStalePidFile(file, 5, root), isStale, String(text));
    }
  });
});
