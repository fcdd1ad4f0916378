/**
 * The part of the machine that an exit report leads to: STOPPED, BACKOFF or EXITED, once nothing is
 * left of the process. See machine.ts.
 */
import { announce, hooksOf, log } from "./machine_effects.ts";
import { backOff, waitForRestart, wantsRestart } from "./machine_retry.ts";
import type { Effect, Millis, Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
import type { RandomSource } from "./restart_policy.ts";
import { describeExit, exitCodeOf, type ExitStatus, isUnseen } from "./signals.ts";

const NEVER = Infinity;

const TOO_QUICKLY = "Exited too quickly (process log may have details)";

/** The process itself is gone; with a killmode it only counts as such once its tree is, too. */
export function exited(
  policy: Policy,
  record: ProcessRecord,
  exit: ExitStatus,
  now: Moment,
  random: RandomSource,
): Step {
  if (policy.killTree === undefined) return ended(policy, record, exit, now, random);
  // The state stays until the rest is gone: a new process must not meet the leavings of the old.
  const { stopSignal, stopWaitSecs } = policy;
  const left = record.deadline - now.mono;
  const hasTime = record.stopping && Number.isFinite(left);
  return {
    record: { ...record, lastExit: exit, stoppedAt: now, waitsFor: "tree", deadline: NEVER },
    effects: [{
      type: "sweep",
      pid: record.pid,
      signal: record.stopping ? null : stopSignal,
      graceMs: hasTime ? Math.max(0, left) : stopWaitSecs * 1000,
    }],
  };
}

/** The rest of the tree is gone, and the exit of the process counts as of when it happened. */
export function swept(
  policy: Policy,
  record: ProcessRecord,
  now: Moment,
  random: RandomSource,
): Step {
  if (record.waitsFor !== "tree" || record.lastExit === null) return { record, effects: [] };
  const left: ProcessRecord = { ...record, waitsFor: null };
  return ended(policy, left, record.lastExit, record.stoppedAt ?? now, random);
}

function ended(
  policy: Policy,
  record: ProcessRecord,
  exit: ExitStatus,
  now: Moment,
  random: RandomSource,
): Step {
  const after = hooksOf(policy, "post_stop", record.pid);
  const gone: ProcessRecord = {
    ...record,
    stoppedAt: now,
    lastExit: exit,
    deadline: NEVER,
    waitsFor: after.length === 0 ? null : "post_stop",
  };
  if (record.stopping || record.state === "UNKNOWN") return stopped(policy, gone, exit, after);
  return record.state === "STARTING" && upForMs(record, now) < policy.startSecs * 1000
    ? endedEarly(policy, gone, exit, after, now, random)
    : endedByItself(policy, gone, exit, after, now, random);
}

function upForMs({ startedAt }: ProcessRecord, now: Moment): Millis {
  return now.mono - (startedAt?.mono ?? now.mono);
}

/**
 * STOPPING -> STOPPED. From UNKNOWN too: the reference ends with an assertion there, but a process
 * that is known to be gone is no longer unknown, and must not come back by itself.
 */
function stopped(
  policy: Policy,
  gone: ProcessRecord,
  exit: ExitStatus,
  after: readonly Effect[],
): Step {
  const exitCode = exitCodeOf(exit);
  const next: ProcessRecord = { ...gone, state: "STOPPED", stopping: false, exitCode };
  const level = policy.exitCodes.includes(exitCode) ? "info" : "warn";
  return {
    record: { ...next, pid: 0 },
    effects: [
      announce(gone.state, next),
      log(level, `stopped: ${policy.name} (${describeExit(exit)})`),
      ...after,
    ],
  };
}

/** STARTING -> BACKOFF, whatever the exit code */
function endedEarly(
  policy: Policy,
  gone: ProcessRecord,
  exit: ExitStatus,
  after: readonly Effect[],
  now: Moment,
  random: RandomSource,
): Step {
  const early: ProcessRecord = { ...gone, exitCode: null, spawnError: TOO_QUICKLY };
  const next = backOff(policy, early, now, random);
  return {
    record: { ...next, pid: 0 },
    effects: [
      announce("STARTING", next),
      log("warn", `exited: ${policy.name} (${describeExit(exit)}; not expected)`),
      ...after,
    ],
  };
}

/** RUNNING -> EXITED, and on to BACKOFF where the restart is to wait */
function endedByItself(
  policy: Policy,
  gone: ProcessRecord,
  exit: ExitStatus,
  after: readonly Effect[],
  now: Moment,
  random: RandomSource,
): Step {
  const exitCode = exitCodeOf(exit);
  const isExpected = policy.exitCodes.includes(exitCode);
  const effects: Effect[] = [];
  if (gone.state === "STARTING") {
    // STARTING -> RUNNING: it stayed up, only nobody had looked yet
    effects.push(announce("STARTING", { ...gone, state: "RUNNING", tries: 0 }));
  }
  const next: ProcessRecord = {
    ...gone,
    state: "EXITED",
    tries: 0,
    exitCode,
    spawnError: isExpected ? null : badExit(exit, exitCode),
  };
  const word = isExpected ? "expected" : "not expected";
  effects.push(
    announce("RUNNING", next, isExpected),
    log(isExpected ? "info" : "warn", `exited: ${policy.name} (${describeExit(exit)}; ${word})`),
    ...after,
  );
  const exitedRecord: ProcessRecord = { ...next, pid: 0 };
  if (policy.restart === undefined || !wantsRestart(policy, exitedRecord)) {
    return { record: exitedRecord, effects };
  }
  const cause = { now: now.mono, upForMs: upForMs(gone, now), tries: 0 };
  const waiting = waitForRestart(policy, exitedRecord, cause, random);
  if (waiting.state !== "EXITED") effects.push(announce("EXITED", waiting));
  return { record: waiting, effects };
}

function badExit(exit: ExitStatus, code: number): string {
  return isUnseen(exit) ? `Ended with ${describeExit(exit)}` : `Bad exit code ${code}`;
}
