import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeOrphan, type OrphanFacts, type OrphanPolicy } from "../../../src/process/orphans.ts";

const PROGRAM = { autostart: true, isSame: true, obstacle: null } as const;
const ALIVE: OrphanFacts = { isAlive: true, program: PROGRAM, isOurs: true };

const judge = (policy: OrphanPolicy, facts: Partial<OrphanFacts>) =>
  judgeOrphan(policy, { ...ALIVE, ...facts });

test("a process that has ended is forgotten, whatever the policy", () => {
  for (const policy of ["adopt", "stop", "ignore"] as const) {
    assert.deepEqual(judge(policy, { isAlive: false }), { action: "forget" });
  }
});

test("adopt goes on with a process of the same program", () => {
  assert.deepEqual(judge("adopt", {}), { action: "adopt" });
});

test("adopt replaces a process that was started differently, or that nobody else can go on with", () => {
  assert.deepEqual(judge("adopt", { program: { ...PROGRAM, isSame: false } }), {
    action: "end",
    isWanted: true,
    reason: "its configuration has changed",
  });
  // It ran, so it is wanted, also where it does not start by itself.
  const listener = { autostart: false, isSame: true, obstacle: "its pipes are gone" };
  assert.deepEqual(judge("adopt", { program: listener }), {
    action: "end",
    isWanted: true,
    reason: "its pipes are gone",
  });
});

test("stop starts only those again that start by themselves", () => {
  for (const autostart of [true, false]) {
    const verdict = judge("stop", { program: { ...PROGRAM, autostart } });
    assert.deepEqual(verdict, {
      action: "end",
      isWanted: autostart,
      reason: "on_orphans = stop",
    });
  }
});

test("a process without a program is ended, unless another configuration has started it", () => {
  for (const policy of ["adopt", "stop"] as const) {
    assert.equal(judge(policy, { program: null }).action, "end");
    assert.equal(judge(policy, { program: null, isOurs: false }).action, "leave");
  }
});

test("ignore leaves everybody alone", () => {
  assert.equal(judge("ignore", {}).action, "leave");
  assert.equal(judge("ignore", { program: null }).action, "leave");
});
