import assert from "node:assert/strict";
import { test } from "node:test";
import { complaint, type Observation } from "../../../cli/ctl/healthcheck_command.ts";

const well = { ready: true, status: "healthy", detail: "" } as const;
const coming = { ready: false, status: "starting", detail: "" } as const;
const ill = { ready: true, status: "unhealthy", detail: "HTTP 500" } as const;

/** State, health, complaint when nobody was named, and when this one was. */
const table: readonly (readonly [
  string,
  Observation["health"],
  string | null,
  string | null,
])[] = [
  ["RUNNING", null, null, null],
  ["RUNNING", well, null, null],
  ["RUNNING", coming, null, "a: not ready"],
  ["RUNNING", ill, "a: unhealthy (HTTP 500)", "a: unhealthy (HTTP 500)"],
  ["STOPPED", null, null, "a: STOPPED"],
  ["STARTING", coming, null, "a: STARTING"],
  ["STOPPING", ill, null, "a: STOPPING"],
  ["EXITED", null, null, "a: EXITED"],
  ["BACKOFF", null, "a: BACKOFF", "a: BACKOFF"],
  ["FATAL", null, "a: FATAL", "a: FATAL"],
  ["UNKNOWN", null, "a: UNKNOWN", "a: UNKNOWN"],
];

for (const [state, health, ofAll, ofNamed] of table) {
  const words = health === null ? state : `${state}, ${health.status}`;
  test(`healthcheck, a process that is ${words}: ${ofAll ?? "well"}; if asked for: ${ofNamed ?? "well"}`, () => {
    assert.equal(complaint({ namespec: "a", state, health }, false), ofAll);
    assert.equal(complaint({ namespec: "a", state, health }, true), ofNamed);
  });
}
