/** What one can wait for, and when it has come, is to come, or never will. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthPolicy, HealthView } from "../../../src/process/health.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import type { ProcessState } from "../../../src/process/states.ts";
import { judge, type WaitCondition, type WaitSubject } from "../../../src/process/wait_for.ts";

const POLICY = { healthcheck: { kind: "notify" }, readiness: null } as HealthPolicy;
const READINESS = { healthcheck: null, readiness: { kind: "notify" } } as HealthPolicy;

function subject(
  state: ProcessState,
  health: Partial<HealthView> | null = null,
  policy: HealthPolicy | null = health === null ? null : POLICY,
): WaitSubject {
  const pid = ["STARTING", "RUNNING", "STOPPING"].includes(state) ? 42 : 0;
  const view = { ready: false, status: "starting", since: 0, detail: "busy", ...health } as const;
  return {
    record: { ...NEW_RECORD, state, pid, spawnError: state === "FATAL" ? "no file" : null },
    health: health === null ? null : view,
    policy,
  };
}

/** m: met, p: pending, n: never; without and with failFast. */
const CASES: readonly [WaitCondition, WaitSubject, string][] = [
  ["running", subject("RUNNING"), "mm"],
  ["running", subject("STARTING"), "pp"],
  ["running", subject("STOPPED"), "pn"],
  ["running", subject("BACKOFF"), "pn"],
  ["running", subject("EXITED"), "pn"],
  ["running", subject("FATAL"), "nn"],
  ["ready", subject("RUNNING"), "mm"],
  ["ready", subject("STARTING"), "pp"],
  ["ready", subject("STARTING", { ready: true }), "mm"],
  ["ready", subject("RUNNING", { ready: false }), "pp"],
  ["ready", subject("RUNNING", { status: "unhealthy" }), "pn"],
  ["ready", subject("BACKOFF", {}), "pn"],
  ["ready", subject("FATAL", {}), "nn"],
  ["healthy", subject("RUNNING"), "nn"],
  ["healthy", subject("RUNNING", { ready: true, status: "healthy" }, READINESS), "nn"],
  ["healthy", subject("RUNNING", { ready: true }), "pp"],
  ["healthy", subject("RUNNING", { status: "healthy" }), "mm"],
  ["healthy", subject("RUNNING", { status: "unhealthy" }), "pn"],
  ["healthy", subject("STOPPED", { status: "healthy" }), "pn"],
  ["stopped", subject("STOPPED"), "mm"],
  ["stopped", subject("EXITED"), "mm"],
  ["stopped", subject("FATAL"), "mm"],
  ["stopped", subject("STOPPING"), "pp"],
  ["stopped", subject("BACKOFF"), "pp"],
  ["exited", subject("EXITED"), "mm"],
  ["exited", subject("STOPPED"), "pp"],
  ["exited", subject("FATAL"), "nn"],
  ["exited", subject("RUNNING"), "pp"],
];

for (const [condition, what, expected] of CASES) {
  const health = what.health === null ? "no check" : `${what.health.ready}/${what.health.status}`;
  test(`${condition} of ${what.record.state} with ${health} is ${expected}`, () => {
    const found = [false, true].map((fast) => judge(condition, what, fast).kind[0]).join("");
    assert.equal(found, expected);
  });
}

test("a verdict says what there is instead", () => {
  assert.deepEqual(judge("ready", subject("FATAL"), false), {
    kind: "never",
    reason: "FATAL: no file",
  });
  assert.deepEqual(judge("ready", subject("RUNNING", { status: "unhealthy" }), true), {
    kind: "never",
    reason: "unhealthy: busy",
  });
});
