/** What comes of a spawn that the system refuses: a sentence for the log, or one from a stand-in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  explainPreparation,
  PreparationError,
  spawnChild,
} from "../../../src/daemon/spawn_child.ts";
import type { SpawnRequest, SpawnResult } from "../../../src/runtime/spawn_types.ts";
import { SystemError } from "../../../src/runtime/system_error.ts";
import { FakeRuntime } from "../../support/fake_runtime.ts";

const COMMAND = { file: "/bin/web", argv: ["web", "-x"] };
const STDIO: SpawnRequest["stdio"] = [4, 5, 6];
const REQUEST: SpawnRequest = {
  ...COMMAND,
  env: {},
  cwd: "/srv",
  umask: null,
  credentials: null,
  stdio: STDIO,
};

function spawn(request: SpawnRequest | string, ...results: SpawnResult[]) {
  const runtime = new FakeRuntime();
  runtime.spawnResults.push(...results);
  const spec = { name: "web", directory: "/srv", uid: 7 };
  const surroundings = { runtime, environment: { HOME: "/root" } };
  const outcome = spawnChild({ surroundings, spec, command: COMMAND, stdio: STDIO }, request);
  return { outcome, runtime };
}

const REFUSED: readonly (readonly [SpawnResult & { readonly ok: false }, string])[] = [
  [{ ok: false, step: "chdir", code: "ENOENT" }, "couldn't chdir to /srv: ENOENT"],
  [{ ok: false, step: "exec", code: "ENOEXEC" }, "couldn't exec web: ENOEXEC"],
  [
    { ok: false, step: "credentials", code: "EPERM", part: "setgid" },
    "couldn't setuid to 7: Could not set group id of effective user",
  ],
];

for (const [refusal, reason] of REFUSED) {
  test(`what the child would have found out itself, a stand-in says: ${refusal.step}`, () => {
    const { outcome, runtime } = spawn(REQUEST, refusal);
    assert.ok(outcome.ok);
    assert.equal(outcome.standInReason, reason);
    const standIn = runtime.spawns[1];
    assert.equal(standIn?.file, "/self");
    assert.deepEqual(standIn?.stdio, STDIO);
    assert.equal(
      standIn?.env["SUPERVISORD_SPAWN_FAILURE"],
      `supervisor: ${reason}\nsupervisor: child process was not spawned\n`,
    );
  });
}

test("a spawn that would be in vain is not tried", () => {
  const { outcome, runtime } = spawn("nobody is called that");
  assert.ok(outcome.ok);
  assert.equal(outcome.standInReason, "nobody is called that");
  assert.deepEqual(runtime.spawns.map(({ file }) => file), ["/self"]);
});

test("a system without room for a process has none for a stand-in either", () => {
  const full: SpawnResult = { ok: false, step: "fork", code: "EAGAIN" };
  const reason = "Too many processes in process table to spawn 'web'";
  assert.deepEqual(spawn(REQUEST, full).outcome, { ok: false, reason });
  assert.deepEqual(spawn("in vain", full).outcome, { ok: false, reason });
});

const THROWN: readonly (readonly [unknown, string])[] = [
  [new SystemError("EMFILE", 24, "pipe"), "too many open files to spawn 'web'"],
  [new SystemError("ENFILE", 23, "pipe"), "unknown error making dispatchers for 'web': ENFILE"],
  [new PreparationError("no socket"), "no socket"],
  [new Error("odd"), "unknown error making dispatchers for 'web': odd"],
];

for (const [error, text] of THROWN) {
  test(`what went wrong before the spawn is one sentence: ${text}`, () => {
    assert.equal(explainPreparation("web", error), text);
  });
}
