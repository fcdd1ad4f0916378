import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { createAutoLog, isAutoLogName, removeOldAutoLogs } from "../../../src/daemon/auto_logs.ts";

const place = mkdtempSync(join(tmpdir(), "auto-logs-"));
after(() => rmSync(place, { recursive: true }));

test("createAutoLog() makes a private file whose name tells whose it is", () => {
  const path = createAutoLog({
    directory: place,
    process: "web_00",
    channel: "stderr",
    identifier: "me",
  });
  assert.match(basename(path), /^web_00-stderr---me-[a-z0-9_]{8}\.log$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(isAutoLogName(basename(path), "me"), true);
});

test("createAutoLog() tells the code when the directory is not there", () => {
  const o = { directory: join(place, "no"), process: "a", channel: "stdout", identifier: "x" };
  assert.throws(() => createAutoLog({ ...o, channel: "stdout" }), { code: "ENOENT" });
});

const NAMES: readonly [string, boolean][] = [
  ["a-stdout---me-abcdefgh.log", true],
  ["a-stdout---me-abcdefgh.log.1", true],
  ["a-stdout---me-abcdefgh.log.10", true],
  ["a-stdout---other-abcdefgh.log", false],
  ["---me-abcdefgh.log", false],
  ["a-stdout---me-abcdefgh.txt", false],
];

for (const [name, want] of NAMES) {
  test(`${name} is ${want ? "" : "not "}an AUTO log of "me"`, () => {
    assert.equal(isAutoLogName(name, "me"), want);
  });
}

test("an identifier is taken literally, also when it looks like a pattern", () => {
  assert.equal(isAutoLogName("a-stdout---m.-abcdefgh.log", "m."), true);
  assert.equal(isAutoLogName("a-stdout---me-abcdefgh.log", "m."), false);
});

test("removeOldAutoLogs() deletes what is ours and warns of what cannot be deleted", () => {
  const directory = join(place, "old");
  mkdirSync(directory);
  for (const name of ["a-stdout---me-abcdefgh.log", "b---me-x.log.3", "keep.log"]) {
    writeFileSync(join(directory, name), "");
  }
  mkdirSync(join(directory, "c-stdout---me-abcdefgh.log"));
  const warnings: string[] = [];
  removeOldAutoLogs(directory, "me", (text) => warnings.push(text));
  assert.deepEqual(readdirSync(directory).sort(), ["c-stdout---me-abcdefgh.log", "keep.log"]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /^Failed to clean up '.*c-stdout---me-abcdefgh\.log'$/);
});

test("removeOldAutoLogs() warns of a directory that cannot be listed", () => {
  const warnings: string[] = [];
  removeOldAutoLogs(join(place, "nowhere"), "me", (text) => warnings.push(text));
  assert.deepEqual(warnings, ["Could not clear childlog dir"]);
});
