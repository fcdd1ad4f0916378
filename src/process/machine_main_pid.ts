/**
 * The part of the machine for programs that go into the background: what was spawned ends, and what
 * it has left behind is the process from then on. See machine.ts.
 */
import { log } from "./machine_effects.ts";
import { exited } from "./machine_exit.ts";
import { spawnFailed } from "./machine_start.ts";
import { askToEnd } from "./machine_stop.ts";
import type { Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
import type { RandomSource } from "./restart_policy.ts";
import type { ExitStatus } from "./signals.ts";

const NEVER = Infinity;

/** The spawned process has done what it was there for: to put another one into the background. */
export function leavesMainPid(policy: Policy, record: ProcessRecord, exit: ExitStatus): boolean {
  return policy.pidFile !== undefined && !record.hasMainPid && !record.stopping &&
    (record.state === "STARTING" || record.state === "RUNNING") &&
    exit.type === "exited" && exit.code === 0;
}

/** leavesMainPid() holds: the state stays while somebody looks for the other one. */
export function awaitMainPid(record: ProcessRecord): Step {
  const next: ProcessRecord = { ...record, pid: 0, waitsFor: "main_pid", deadline: NEVER };
  return { record: next, effects: [{ type: "findMainPid" }] };
}

/** The pid changes, the state does not: what was spawned and what it left behind are one process. */
export function mainPid(policy: Policy, record: ProcessRecord, pid: number, now: Moment): Step {
  const isAwaited = record.waitsFor === "main_pid";
  if (record.waitsFor === "tree") return { record, effects: [] };
  if (record.pid === pid || (record.pid === 0 && !isAwaited)) return { record, effects: [] };
  const startedAt = record.startedAt?.mono ?? 0;
  const next: ProcessRecord = {
    ...record,
    pid,
    hasMainPid: true,
    waitsFor: isAwaited ? null : record.waitsFor,
    deadline: record.state === "STARTING" ? startedAt + policy.startSecs * 1000 : record.deadline,
  };
  const note = log("info", `following: '${policy.name}' goes on with pid ${pid}`);
  if (!isAwaited || !record.stopping) return { record: next, effects: [note] };
  const asked = askToEnd(policy, next, now);
  return { record: asked.record, effects: [note, ...asked.effects] };
}

export function mainPidMissing(
  policy: Policy,
  record: ProcessRecord,
  reason: string,
  now: Moment,
  random: RandomSource,
): Step {
  if (record.waitsFor !== "main_pid") return { record, effects: [] };
  const left: ProcessRecord = { ...record, waitsFor: null };
  // STARTING -> BACKOFF: however long the search took, the process was never there.
  if (record.state === "STARTING") return spawnFailed(policy, left, reason, now, random);
  // RUNNING -> EXITED, STOPPING -> STOPPED
  const ended = exited(
    policy,
    { ...left, hasMainPid: true },
    { type: "exited", code: 0 },
    now,
    random,
  );
  return {
    record: ended.record,
    effects: [log("warn", `${policy.name}: ${reason}`), ...ended.effects],
  };
}
