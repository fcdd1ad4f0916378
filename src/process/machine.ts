/**
 * The life of one process as a pure function: what it is, what happened and what time it is
 * go in; what it becomes and what must be done come out.
 *
 * A process is STOPPED until somebody (or autostart) wants it: STARTING. It is RUNNING once it
 * has stayed up for startsecs. Dying before that, or not being born at all, is BACKOFF: one
 * second longer for each failed try, and FATAL when the tries are used up. Dying later is
 * EXITED, from where the autorestart rule may start it again. A stop request makes it STOPPING;
 * SIGKILL follows every stopwaitsecs until the exit report makes it STOPPED. UNKNOWN means that
 * the system refused a signal: the machine no longer claims to know and touches nothing.
 *
 * Nothing is done here and no clock is read. The effects of a step must be carried out in
 * order, and the record stored before the first of them. Time is asked for: `dueAt` says when
 * the machine wants the next `look`.
 *
 * Which rules apply to an input is said here; the rules themselves are in machine_start.ts,
 * machine_stop.ts, machine_exit.ts and machine_retry.ts, and for those programs that need more in
 * machine_hooks.ts and machine_main_pid.ts.
 *
 * @see Supervisor docs, subprocess.rst, "Process States"; reference process.py
 */
import { exited, swept } from "./machine_exit.ts";
import { hookDone } from "./machine_hooks.ts";
import { awaitMainPid, leavesMainPid, mainPid, mainPidMissing } from "./machine_main_pid.ts";
import { fatal, giveUpAtLast, isGivenUp, refuse, wantsRestart } from "./machine_retry.ts";
import { spawn, spawned, spawnFailed, start, stayedUp } from "./machine_start.ts";
import { extend, insist, killFailed, signal, stop } from "./machine_stop.ts";
import type { Input, Millis, Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
import { NO_CHANCE, type RandomSource } from "./restart_policy.ts";

const NEVER = Infinity;
const AT_ONCE = -Infinity;

/** A process that was just added: never started, so autostart still applies to it. */
export const NEW_RECORD: ProcessRecord = {
  state: "STOPPED",
  pid: 0,
  tries: 0,
  startedAt: null,
  stoppedAt: null,
  deadline: NEVER,
  stopping: false,
  comesBack: false,
  spawnError: null,
  exitCode: null,
  starts: 0,
  restarts: 0,
  lastExit: null,
  waitsFor: null,
  stopStep: -1,
  hasMainPid: false,
  restartHistory: null,
  stopReason: null,
};

/**
 * When the machine wants a `look` because of time: -Infinity at once, Infinity never.
 *
 * @param mayStart false once the daemon is stopping: then nothing starts by itself any more
 */
export function dueAt(policy: Policy, record: ProcessRecord, mayStart: boolean): Millis {
  switch (record.state) {
    case "STOPPED":
      if (mayStart && record.comesBack) return AT_ONCE;
      return mayStart && policy.autostart && record.startedAt === null ? AT_ONCE : NEVER;
    case "EXITED":
      return mayStart && wantsRestart(policy, record) ? AT_ONCE : NEVER;
    case "BACKOFF":
      if (isGivenUp(policy, record)) return AT_ONCE;
      return mayStart ? record.deadline : NEVER;
    case "STARTING":
    case "STOPPING":
      return record.deadline;
    case "RUNNING":
    case "FATAL":
    case "UNKNOWN":
      return NEVER;
  }
}

/**
 * One step of one process. The record given is never changed; the same one comes back if nothing
 * happens.
 *
 * @param random for delays that are not to be all alike; by default they are as configured
 */
export function step(
  policy: Policy,
  record: ProcessRecord,
  input: Input,
  now: Moment,
  random: RandomSource = NO_CHANCE,
): Step {
  switch (input.type) {
    case "start":
      return start(policy, record, now);
    case "stop": {
      // Whoever asks for the end now does not want it back.
      const asked = stopRequested(record, input.reason ?? null);
      const isOnItsWay = record.comesBack && record.state === "STOPPING";
      return isOnItsWay ? { record: asked, effects: [] } : stop(policy, asked, now);
    }
    case "restart":
      return restart(policy, noteReason(record, input.reason ?? null), now);
    case "extend":
      return extend(record, now.mono + input.ms);
    case "refuse":
      return refuse(policy, record, input.reason);
    case "giveUp":
      return giveUp(policy, record, now);
    case "signal":
      return signal(policy, record, input.signal);
    case "look":
      return look(policy, record, now, input.mayStart);
    case "spawned":
      return spawned(policy, record, input.pid);
    case "spawnFailed":
      return spawnFailed(policy, record, input.reason, now, random);
    case "exited":
      if (leavesMainPid(policy, record, input.exit)) return awaitMainPid(record);
      return exited(policy, record, input.exit, now, random);
    case "killFailed":
      return killFailed(policy, record, input.reason);
    case "hookDone":
      return hookDone(policy, record, input.hook, input.failure, now, random);
    case "swept":
      return swept(policy, record, now, random);
    case "mainPid":
      return mainPid(policy, record, input.pid, now);
    case "mainPidMissing":
      return mainPidMissing(policy, record, input.reason, now, random);
  }
}

function stopRequested(record: ProcessRecord, reason: string | null): ProcessRecord {
  const noted = noteReason(record, reason);
  return noted.comesBack ? { ...noted, comesBack: false } : noted;
}

function noteReason(record: ProcessRecord, stopReason: string | null): ProcessRecord {
  return record.stopReason === stopReason ? record : { ...record, stopReason };
}

function look(policy: Policy, record: ProcessRecord, now: Moment, mayStart: boolean): Step {
  if (now.mono < dueAt(policy, record, mayStart)) return { record, effects: [] };
  switch (record.state) {
    case "STOPPED":
      return spawn(policy, record, now, true);
    case "EXITED":
      return spawn(policy, record, now, true);
    case "BACKOFF":
      if (isGivenUp(policy, record)) return giveUpAtLast(policy, record);
      return spawn(policy, record, now, true);
    case "STARTING":
      return stayedUp(policy, record);
    case "STOPPING":
      return insist(policy, record, now);
    case "RUNNING":
    case "FATAL":
    case "UNKNOWN":
      return { record, effects: [] };
  }
}

/** STARTING, RUNNING -> STOPPING, and from STOPPED on by itself, unless somebody asks for a stop */
function restart(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.state !== "STARTING" && record.state !== "RUNNING") return { record, effects: [] };
  const { record: next, effects } = stop(policy, record, now);
  return { record: { ...next, comesBack: true }, effects };
}

function giveUp(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.state === "STARTING" || record.state === "RUNNING") return stop(policy, record, now);
  if (record.state !== "BACKOFF") return { record, effects: [] };
  return fatal(policy, record);
}
