/** The grammar of depends_on, who is meant, when it is met, and circles. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Condition,
  CONDITIONS,
  type DependencyPolicy,
  describeFindings,
  findCycle,
  formatRequirement,
  judge,
  openFindings,
  parseRequirement,
  resolveName,
  type TargetFacts,
} from "../../../src/process/dependencies.ts";
import type { HealthView } from "../../../src/process/health.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import type { ProcessRecord } from "../../../src/process/machine_types.ts";
import { processSpec } from "../../support/process_spec.ts";

const PARSED: readonly [string, string, Condition, string][] = [
  ["cache", "cache", "running", "cache"],
  ["db:healthy", "db", "healthy", "db:healthy"],
  ["db:Running", "db", "running", "db"],
  ["web:web_01", "web:web_01", "running", "web:web_01"],
  ["web:web_01:ready", "web:web_01", "ready", "web:web_01:ready"],
  ["web:*:started", "web:*", "started", "web:*:started"],
  [" db : completed ", "db", "completed", "db:completed"],
];
for (const [text, name, condition, written] of PARSED) {
  test(`parseRequirement(${JSON.stringify(text)}) is ${name} and ${condition}`, () => {
    assert.deepEqual(parseRequirement(text), { name, condition });
    assert.equal(formatRequirement({ name, condition }), written);
  });
}

const named = (group: string, name: string, program = name) => ({ group, name, program });
const ALL = [
  named("db", "db"),
  named("web", "web_00", "web"),
  named("web", "web_01", "web"),
  named("shop", "api"),
  named("shop", "job"),
];
const RESOLVED: readonly [string, readonly string[]][] = [
  ["db", ["db"]],
  ["web", ["web_00", "web_01"]],
  ["web:*", ["web_00", "web_01"]],
  ["web:", ["web_00", "web_01"]],
  ["web:web_01", ["web_01"]],
  ["shop", ["api", "job"]],
  ["api", ["api"]],
  ["web_01", []],
  ["nobody", []],
  ["shop:nobody", []],
];
for (const [name, expected] of RESOLVED) {
  test(`resolveName(${name}) means ${expected.join(" and ") || "nobody"}`, () => {
    assert.deepEqual(resolveName(name, ALL).map((one) => one.name), expected);
  });
}

function target(record: Partial<ProcessRecord>, over: Partial<TargetFacts> = {}): TargetFacts {
  return {
    namespec: "db",
    policy: processSpec("db"),
    record: { ...NEW_RECORD, ...record },
    health: null,
    ...over,
  };
}

const health = (ready: boolean, status: HealthView["status"]): HealthView => ({
  ready,
  status,
  since: 0,
  detail: "",
});
const STATES = {
  "never started": target({}),
  "STARTING": target({ state: "STARTING", pid: 7 }),
  "RUNNING": target({ state: "RUNNING", pid: 7 }),
  "RUNNING, not ready": target({ state: "RUNNING", pid: 7 }, {
    health: health(false, "starting"),
  }),
  "RUNNING, ready": target({ state: "RUNNING", pid: 7 }, { health: health(true, "starting") }),
  "RUNNING, healthy": target({ state: "RUNNING", pid: 7 }, { health: health(true, "healthy") }),
  "STARTING, healthy": target({ state: "STARTING", pid: 7 }, {
    health: health(true, "healthy"),
  }),
  "STOPPING": target({ state: "STOPPING", pid: 7, stopping: true }),
  "STOPPED": target({ state: "STOPPED", exitCode: 0 }),
  "BACKOFF": target({ state: "BACKOFF", tries: 1 }),
  "EXITED 0": target({ state: "EXITED", exitCode: 0 }),
  "EXITED 3, not restarted": target({ state: "EXITED", exitCode: 3 }, {
    policy: processSpec("db", { autorestart: "never" }),
  }),
  "EXITED 3, restarted": target({ state: "EXITED", exitCode: 3 }),
  "EXITED 0, restarted": target({ state: "EXITED", exitCode: 0 }, {
    policy: processSpec("db", { autorestart: "always" }),
  }),
  "FATAL": target({ state: "FATAL" }),
} as const;

/** One letter for each of started, running, ready, healthy, completed: met, pending, failed. */
const JUDGED: Readonly<Record<keyof typeof STATES, string>> = {
  "never started": "ppppp",
  "STARTING": "mpppp",
  "RUNNING": "mmmpp",
  "RUNNING, not ready": "mmppp",
  "RUNNING, ready": "mmmpp",
  "RUNNING, healthy": "mmmmp",
  "STARTING, healthy": "mpmmp",
  "STOPPING": "ppppp",
  "STOPPED": "ppppp",
  "BACKOFF": "ppppp",
  "EXITED 0": "mfffm",
  "EXITED 3, not restarted": "fffff",
  "EXITED 3, restarted": "ppppp",
  "EXITED 0, restarted": "ppppp",
  "FATAL": "fffff",
};
for (const [title, letters] of Object.entries(JUDGED)) {
  test(`what a process that is ${title} is to each condition`, () => {
    const facts = STATES[title as keyof typeof STATES];
    assert.equal(CONDITIONS.map((condition) => judge(condition, facts)[0]).join(""), letters);
  });
}

test("openFindings() leaves out what is met and, where told, what has failed", () => {
  const policy: DependencyPolicy = {
    requirements: ["db:healthy", "cache", "late", "gone"].map(parseRequirement),
    onFailure: "wait",
    onRestart: "ignore",
  };
  const targets: Readonly<Record<string, readonly TargetFacts[]>> = {
    db: [STATES["RUNNING, healthy"]],
    cache: [STATES.RUNNING, STATES.FATAL, STATES["never started"]],
    late: [STATES.STARTING],
  };
  const open = (over: Partial<DependencyPolicy>) =>
    openFindings({ ...policy, ...over }, ({ name }) => targets[name] ?? []);
  assert.equal(describeFindings(open({})), "cache (FATAL), late, gone (not active)");
  assert.equal(describeFindings(open({ onFailure: "ignore" })), "cache, late, gone (not active)");
});

const GRAPHS: readonly [string, Readonly<Record<string, readonly string[]>>, string | null][] = [
  ["none in a chain", { a: ["b"], b: ["c"], c: [] }, null],
  ["none in a diamond", { a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, null],
  ["oneself", { a: ["a"] }, "a a"],
  ["behind a tail that is not part of it", { t: ["a"], a: ["b"], b: ["a"] }, "a b a"],
  ["the longer way round", { a: ["d", "b"], b: ["c"], c: ["a"], d: [] }, "a b c a"],
];
for (const [title, graph, expected] of GRAPHS) {
  test(`findCycle() finds ${title}`, () => {
    const cycle = findCycle(Object.keys(graph), (node) => graph[node] ?? []);
    assert.equal(cycle?.join(" ") ?? null, expected);
  });
}

test("findCycle() takes a chain of 100,000 without running out of stack", () => {
  const last = 100_000;
  const next = (n: number) => n < last ? [n + 1] : [];
  assert.equal(findCycle([0], next), null);
  assert.equal(findCycle([0], (n) => n < last ? [n + 1] : [0])?.length, last + 2);
});
