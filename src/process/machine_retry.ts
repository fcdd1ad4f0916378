/**
 * The part of the machine that tries again, or gives up: BACKOFF, FATAL, and what an end is followed
 * by. See machine.ts.
 */
import { announce, hooksOf, log } from "./machine_effects.ts";
import type { Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
import {
  describeLimit,
  isSpent,
  planRestart,
  type RandomSource,
  type RestartCause,
} from "./restart_policy.ts";
import { describeExit } from "./signals.ts";

const NEVER = Infinity;

/** Whether an EXITED process is to be started again by itself. */
export function wantsRestart(policy: Policy, record: ProcessRecord): boolean {
  switch (policy.autorestart) {
    case "always":
      return true;
    case "never":
      return false;
    case "unexpected":
      return record.exitCode === null || !policy.exitCodes.includes(record.exitCode);
  }
}

/** No further start: the tries are used up, or the restarts within the limit's time. */
export function isGivenUp(policy: Policy, record: ProcessRecord): boolean {
  return record.tries > policy.startRetries || isSpent(policy.restart, record.restartHistory);
}

/** STARTING -> BACKOFF: one more failed try. */
export function backOff(
  policy: Policy,
  record: ProcessRecord,
  now: Moment,
  random: RandomSource,
): ProcessRecord {
  const tries = record.tries + 1;
  const cause = { now: now.mono, upForMs: 0, tries };
  const { history, delayMs } = planRestart(policy.restart, record.restartHistory, cause, random);
  return {
    ...record,
    state: "BACKOFF",
    tries,
    deadline: now.mono + delayMs,
    restartHistory: history,
  };
}

/**
 * EXITED -> BACKOFF where the restart is to wait, or is one too many. In BACKOFF it can be stopped
 * like everything that is about to be started; an EXITED process counts as stopped already.
 */
export function waitForRestart(
  policy: Policy,
  record: ProcessRecord,
  cause: RestartCause,
  random: RandomSource,
): ProcessRecord {
  const { history, delayMs } = planRestart(policy.restart, record.restartHistory, cause, random);
  const noted: ProcessRecord = { ...record, restartHistory: history };
  if (delayMs === 0 && !isGivenUp(policy, noted)) return noted;
  return {
    ...noted,
    state: "BACKOFF",
    deadline: cause.now + delayMs,
    spawnError: record.spawnError ?? `Exited with code ${record.exitCode}, starts again`,
  };
}

/** BACKOFF -> FATAL: isGivenUp() holds. */
export function giveUpAtLast(policy: Policy, record: ProcessRecord): Step {
  const limit = isSpent(policy.restart, record.restartHistory) ? policy.restart?.limit : null;
  const reason = limit ? describeLimit(limit) : "too many start retries too quickly";
  const { record: next, effects } = fatal(policy, limit ? blame(record, reason) : record);
  const text = `gave up: ${policy.name} entered FATAL state, ${reason}`;
  return { record: next, effects: [...effects, log("info", text)] };
}

/** The limit is the reason from now on; how the last process ended is still worth telling. */
function blame(record: ProcessRecord, reason: string): ProcessRecord {
  const last = record.lastExit === null ? "" : `; the last: ${describeExit(record.lastExit)}`;
  return { ...record, spawnError: `Gave up after ${reason}${last}` };
}

/** STOPPED, EXITED, BACKOFF -> FATAL */
export function refuse(policy: Policy, record: ProcessRecord, reason: string): Step {
  if (record.pid !== 0 || record.state === "STARTING" || record.state === "FATAL") {
    return { record, effects: [] };
  }
  const next: ProcessRecord = {
    ...record,
    state: "FATAL",
    tries: 0,
    deadline: NEVER,
    spawnError: reason,
  };
  const text = `gave up: ${policy.name} entered FATAL state, ${reason}`;
  return {
    record: next,
    effects: [
      announce(record.state, next),
      ...hooksOf(policy, "on_fatal", 0),
      log("info", text),
    ],
  };
}

/** BACKOFF -> FATAL */
export function fatal(policy: Policy, record: ProcessRecord): Step {
  const next: ProcessRecord = { ...record, state: "FATAL", tries: 0, deadline: NEVER };
  return { record: next, effects: [announce("BACKOFF", next), ...hooksOf(policy, "on_fatal", 0)] };
}
