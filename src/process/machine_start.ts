/**
 * The part of the machine that leads from the wish for a process to one that RUNS: what comes before
 * the spawn, the spawn, and startsecs. See machine.ts.
 */
import { announce, hooksOf, log } from "./machine_effects.ts";
import { backOff } from "./machine_retry.ts";
import type { Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
import type { RandomSource } from "./restart_policy.ts";

const NEVER = Infinity;

/** Somebody asks for it. */
export function start(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.pid !== 0 || (record.waitsFor !== null && !isPausing(record))) {
    return { record, effects: [log("warn", `process '${policy.name}' already running`)] };
  }
  return spawn(policy, record, now, false);
}

/** STOPPED, EXITED, FATAL, BACKOFF -> STARTING */
export function spawn(
  policy: Policy,
  record: ProcessRecord,
  now: Moment,
  automatic: boolean,
): Step {
  const next: ProcessRecord = {
    ...record,
    state: "STARTING",
    stopping: false,
    comesBack: false,
    spawnError: null,
    exitCode: null,
    startedAt: now,
    deadline: NEVER,
    restarts: record.restarts + (automatic && record.starts > 0 ? 1 : 0),
    stopStep: -1,
    hasMainPid: false,
    restartHistory: automatic ? record.restartHistory : null,
    stopReason: null,
  };
  const begun = begin(policy, next);
  return { record: begun.record, effects: [announce(record.state, next), ...begun.effects] };
}

/** Of a process that is to be STARTING: what comes before the spawn, or the spawn itself. */
export function begin(policy: Policy, record: ProcessRecord): Step {
  // What cleans up after the last process must be through with it before the next one comes.
  if (record.waitsFor === "post_stop") return { record, effects: [] };
  const [secret] = hooksOf(policy, "secret_command", 0);
  if (secret === undefined) return beginWithSecrets(policy, record);
  return { record: { ...record, waitsFor: "secret_command" }, effects: [secret] };
}

/** begin(), when the secret command has had its turn. */
export function beginWithSecrets(policy: Policy, record: ProcessRecord): Step {
  const [hook] = hooksOf(policy, "pre_start", 0);
  if (hook === undefined) return { record, effects: [{ type: "spawn" }] };
  return { record: { ...record, waitsFor: "pre_start" }, effects: [hook] };
}

/** Nothing lives, and only the hook after the last end is not through yet. */
function isPausing(record: ProcessRecord): boolean {
  return record.waitsFor === "post_stop" && record.state !== "STARTING";
}

/** STARTING stays, with a process and until startsecs are over. */
export function spawned(policy: Policy, record: ProcessRecord, pid: number): Step {
  const startedAt = record.startedAt?.mono ?? 0;
  return {
    record: {
      ...record,
      pid,
      starts: record.starts + 1,
      deadline: startedAt + policy.startSecs * 1000,
    },
    effects: [log("info", `spawned: '${policy.name}' with pid ${pid}`)],
  };
}

/** STARTING -> BACKOFF, before any process existed */
export function spawnFailed(
  policy: Policy,
  record: ProcessRecord,
  reason: string,
  now: Moment,
  random: RandomSource,
): Step {
  const next = backOff(policy, { ...record, spawnError: reason }, now, random);
  return {
    record: next,
    effects: [log("info", `spawnerr: ${reason}`), announce(record.state, next)],
  };
}

/** STARTING -> RUNNING */
export function stayedUp(policy: Policy, record: ProcessRecord): Step {
  const next: ProcessRecord = { ...record, state: "RUNNING", tries: 0, deadline: NEVER };
  const text = "entered RUNNING state, process has stayed up for > than " +
    `${policy.startSecs} seconds (startsecs)`;
  return {
    record: next,
    effects: [
      announce("STARTING", next),
      log("info", `success: ${policy.name} ${text}`),
      ...hooksOf(policy, "post_start", record.pid),
    ],
  };
}
