/**
 * The part of the machine that an exit report leads to: STOPPED, BACKOFF or EXITED, once nothing is
 * left of the process. See machine.ts.
 */
import { announce, hooksOf, log } from "./machine_effects.ts";
import { backOff, waitForRestart, wantsRestart } from "./machine_retry.ts";
import type { Effect, Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
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
  const code = exitCodeOf(exit);
  const cause = describeExit(exit);
  const isExpected = policy.exitCodes.includes(code);
  const after = hooksOf(policy, "post_stop", record.pid);
  const gone: ProcessRecord = {
    ...record,
    stoppedAt: now,
    lastExit: exit,
    deadline: NEVER,
    waitsFor: after.length === 0 ? null : "post_stop",
  };

  if (record.stopping || record.state === "UNKNOWN") {
    // STOPPING -> STOPPED. From UNKNOWN too: the reference ends with an assertion there, but a
    // process that is known to be gone is no longer unknown, and must not come back by itself.
    const next: ProcessRecord = { ...gone, state: "STOPPED", stopping: false, exitCode: code };
    const level = isExpected ? "info" : "warn";
    return {
      record: { ...next, pid: 0 },
      effects: [
        announce(record.state, next),
        log(level, `stopped: ${policy.name} (${cause})`),
        ...after,
      ],
    };
  }

  const upFor = now.mono - (record.startedAt?.mono ?? now.mono);
  if (record.state === "STARTING" && upFor < policy.startSecs * 1000) {
    // STARTING -> BACKOFF, whatever the exit code
    const early: ProcessRecord = { ...gone, exitCode: null, spawnError: TOO_QUICKLY };
    const next = backOff(policy, early, now, random);
    return {
      record: { ...next, pid: 0 },
      effects: [
        announce("STARTING", next),
        log("warn", `exited: ${policy.name} (${cause}; not expected)`),
        ...after,
      ],
    };
  }

  const effects: Effect[] = [];
  if (record.state === "STARTING") {
    // STARTING -> RUNNING: it stayed up, only nobody had looked yet
    effects.push(announce("STARTING", { ...record, state: "RUNNING", tries: 0 }));
  }
  // RUNNING -> EXITED
  const next: ProcessRecord = {
    ...gone,
    state: "EXITED",
    tries: 0,
    exitCode: code,
    spawnError: isExpected ? null : badExit(exit, code),
  };
  effects.push(announce("RUNNING", next, isExpected));
  const word = isExpected ? "expected" : "not expected";
  effects.push(
    log(isExpected ? "info" : "warn", `exited: ${policy.name} (${cause}; ${word})`),
    ...after,
  );
  const ended: ProcessRecord = { ...next, pid: 0 };
  if (policy.restart === undefined || !wantsRestart(policy, ended)) {
    return { record: ended, effects };
  }
  const waiting = waitForRestart(
    policy,
    ended,
    { now: now.mono, upForMs: upFor, tries: 0 },
    random,
  );
  if (waiting.state !== "EXITED") effects.push(announce("EXITED", waiting));
  return { record: waiting, effects };
}

function badExit(exit: ExitStatus, code: number): string {
  return isUnseen(exit) ? `Ended with ${describeExit(exit)}` : `Bad exit code ${code}`;
}
