import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  type Choices,
  formatChoices,
  isDisabled,
  NO_CHOICES,
  parseChoices,
  readChoices,
  stateFileOf,
  withDisabled,
  withEnabled,
  withScale,
  writeChoices,
} from "../../../src/daemon/state_file.ts";

const SOME: Choices = { disabled: ["g:*", "web:web"], scale: { web: 3 } };

test("what is written is read again, and nobody else may read it", () => {
  const directory = mkdtempSync(join(tmpdir(), "state-"));
  try {
    const path = join(directory, "s.state");
    assert.deepEqual(readChoices(path), { choices: NO_CHOICES, problem: null });
    writeFileSync(`${path}.new`, "left by a crash");
    writeChoices(path, NO_CHOICES);
    writeChoices(path, SOME);
    assert.deepEqual(readChoices(path), { choices: SOME, problem: null });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(directory), ["s.state"]);
    writeFileSync(path, formatChoices(SOME).slice(0, 20));
    assert.deepEqual(readChoices(path), {
      choices: NO_CHOICES,
      problem: `the state file ${path} is ignored: it is no JSON`,
    });
    assert.match(readChoices(directory).problem ?? "", /is ignored: it is no file/);

    // Anybody may put a file where the pid file is in /tmp.
    writeChoices(path, SOME);
    chmodSync(path, 0o622);
    assert.match(readChoices(path).problem ?? "", /is ignored: others may write to it/);
    if (process.getuid?.() === 0) {
      chmodSync(path, 0o600);
      chownSync(path, 65534, 65534);
      assert.match(readChoices(path).problem ?? "", /is ignored: it belongs to uid 65534/);
    }
    const pipe = join(directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    assert.match(readChoices(pipe).problem ?? "", /is ignored: it is no file/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

const BAD: readonly (readonly [string, RegExp])[] = [
  ["", /no JSON/],
  ["[]", /no JSON object/],
  ["{}", /version is missing, not 1/],
  ['{"version":2,"disabled":[],"scale":{}}', /version is 2, not 1/],
  ['{"version":1,"disabled":"x","scale":{}}', /disabled is no list/],
  ['{"version":1,"disabled":["x"],"scale":{}}', /disabled is no list/],
  ['{"version":1,"disabled":[],"scale":[]}', /scale is no table/],
  ['{"version":1,"disabled":[],"scale":{"a":-1}}', /scale is no table/],
  ['{"version":1,"disabled":[],"scale":{"a":"1"}}', /scale is no table/],
];

for (const [text, message] of BAD) {
  test(`parseChoices() refuses ${text === "" ? "an empty file" : text}`, () => {
    assert.throws(() => parseChoices(text), message);
  });
}

test("one process that is enabled leaves the others of its group disabled", () => {
  const all = withDisabled(withDisabled(NO_CHOICES, "g", "a"), "g", null);
  assert.deepEqual(all.disabled, ["g:*"]);
  assert.equal(isDisabled(all, "g", "later"), true);
  assert.equal(withDisabled(all, "g", "a"), all);
  const some = withEnabled(all, "g", "a", ["a", "b", "c"]);
  assert.deepEqual(some.disabled, ["g:b", "g:c"]);
  assert.deepEqual(withEnabled(some, "g", null, []).disabled, []);
  assert.deepEqual(withEnabled(some, "h", "b", ["b"]).disabled, some.disabled);
});

test("a number of processes is kept until it is taken back", () => {
  const scaled = withScale(withScale(NO_CHOICES, "web", 3), "db", 0);
  assert.deepEqual(scaled.scale, { web: 3, db: 0 });
  assert.deepEqual(withScale(scaled, "web", null).scale, { db: 0 });
});

test("the state file is beside the pid file unless it is configured", () => {
  assert.equal(stateFileOf({ pidfile: "/run/s.pid" }), "/run/s.state");
  assert.equal(stateFileOf({ pidfile: "/run/pid" }), "/run/pid.state");
  assert.equal(stateFileOf({ pidfile: "/run/s.pid", stateFile: "/var/x" }), "/var/x");
});
