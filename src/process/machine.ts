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
 * @see Supervisor docs, subprocess.rst, "Process States"; reference process.py
 */
import type { HookName } from "./hooks.ts";
import { announce, hooksOf, log } from "./machine_effects.ts";
import {
  askToEnd,
  extend,
  insist,
  killFailed,
  sendFirstSignal,
  signal,
  stop,
} from "./machine_stop.ts";
import type {
  Effect,
  Input,
  Millis,
  Moment,
  Policy,
  ProcessRecord,
  Step,
} from "./machine_types.ts";
import {
  describeLimit,
  isSpent,
  NO_CHANCE,
  planRestart,
  type RandomSource,
  type RestartCause,
} from "./restart_policy.ts";
import { describeExit, exitCodeOf, type ExitStatus, isUnseen } from "./signals.ts";

const NEVER = Infinity;
const AT_ONCE = -Infinity;

const TOO_QUICKLY = "Exited too quickly (process log may have details)";

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

function start(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.pid !== 0 || (record.waitsFor !== null && !isPausing(record))) {
    return { record, effects: [log("warn", `process '${policy.name}' already running`)] };
  }
  return spawn(policy, record, now, false);
}

/** STOPPED, EXITED, FATAL, BACKOFF -> STARTING */
function spawn(policy: Policy, record: ProcessRecord, now: Moment, automatic: boolean): Step {
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
function begin(policy: Policy, record: ProcessRecord): Step {
  // What cleans up after the last process must be through with it before the next one comes.
  if (record.waitsFor === "post_stop") return { record, effects: [] };
  const [secret] = hooksOf(policy, "secret_command", 0);
  if (secret === undefined) return beginWithSecrets(policy, record);
  return { record: { ...record, waitsFor: "secret_command" }, effects: [secret] };
}

function beginWithSecrets(policy: Policy, record: ProcessRecord): Step {
  const [hook] = hooksOf(policy, "pre_start", 0);
  if (hook === undefined) return { record, effects: [{ type: "spawn" }] };
  return { record: { ...record, waitsFor: "pre_start" }, effects: [hook] };
}

/** Nothing lives, and only the hook after the last end is not through yet. */
function isPausing(record: ProcessRecord): boolean {
  return record.waitsFor === "post_stop" && record.state !== "STARTING";
}

function spawned(policy: Policy, record: ProcessRecord, pid: number): Step {
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
function spawnFailed(
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

function backOff(
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

/** No further start: the tries are used up, or the restarts within the limit's time. */
function isGivenUp(policy: Policy, record: ProcessRecord): boolean {
  return record.tries > policy.startRetries || isSpent(policy.restart, record.restartHistory);
}

function stopRequested(record: ProcessRecord, reason: string | null): ProcessRecord {
  const noted = noteReason(record, reason);
  return noted.comesBack ? { ...noted, comesBack: false } : noted;
}

function noteReason(record: ProcessRecord, stopReason: string | null): ProcessRecord {
  return record.stopReason === stopReason ? record : { ...record, stopReason };
}

function giveUp(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.state === "STARTING" || record.state === "RUNNING") return stop(policy, record, now);
  if (record.state !== "BACKOFF") return { record, effects: [] };
  return fatal(policy, record);
}

/** STOPPED, EXITED, BACKOFF -> FATAL */
function refuse(policy: Policy, record: ProcessRecord, reason: string): Step {
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
function fatal(policy: Policy, record: ProcessRecord): Step {
  const next: ProcessRecord = { ...record, state: "FATAL", tries: 0, deadline: NEVER };
  return { record: next, effects: [announce("BACKOFF", next), ...hooksOf(policy, "on_fatal", 0)] };
}

function look(policy: Policy, record: ProcessRecord, now: Moment, mayStart: boolean): Step {
  if (now.mono < dueAt(policy, record, mayStart)) return { record, effects: [] };
  switch (record.state) {
    case "STOPPED":
      return spawn(policy, record, now, true);
    case "EXITED":
      return spawn(policy, record, now, true);
    case "BACKOFF":
      if (isGivenUp(policy, record)) {
        const limit = isSpent(policy.restart, record.restartHistory) ? policy.restart?.limit : null;
        const reason = limit ? describeLimit(limit) : "too many start retries too quickly";
        const { record: next, effects } = fatal(policy, limit ? blame(record, reason) : record);
        const text = `entered FATAL state, ${reason}`;
        return {
          record: next,
          effects: [...effects, log("info", `gave up: ${policy.name} ${text}`)],
        };
      }
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

/** The limit is the reason from now on; how the last process ended is still worth telling. */
function blame(record: ProcessRecord, reason: string): ProcessRecord {
  const last = record.lastExit === null ? "" : `; the last: ${describeExit(record.lastExit)}`;
  return { ...record, spawnError: `Gave up after ${reason}${last}` };
}

/** STARTING -> RUNNING */
function stayedUp(policy: Policy, record: ProcessRecord): Step {
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

function exited(
  policy: Policy,
  record: ProcessRecord,
  exit: ExitStatus,
  now: Moment,
  random: RandomSource,
): Step {
  if (leavesMainPid(policy, record, exit)) {
    const next: ProcessRecord = { ...record, pid: 0, waitsFor: "main_pid", deadline: NEVER };
    return { record: next, effects: [{ type: "findMainPid" }] };
  }
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
function swept(
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

/**
 * EXITED -> BACKOFF where the restart is to wait, or is one too many. In BACKOFF it can be stopped
 * like everything that is about to be started; an EXITED process counts as stopped already.
 */
function waitForRestart(
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

function badExit(exit: ExitStatus, code: number): string {
  return isUnseen(exit) ? `Ended with ${describeExit(exit)}` : `Bad exit code ${code}`;
}

/** The spawned process has done what it was there for: to put another one into the background. */
export function leavesMainPid(policy: Policy, record: ProcessRecord, exit: ExitStatus): boolean {
  return policy.pidFile !== undefined && !record.hasMainPid && !record.stopping &&
    (record.state === "STARTING" || record.state === "RUNNING") &&
    exit.type === "exited" && exit.code === 0;
}

/** The pid changes, the state does not: what was spawned and what it left behind are one process. */
function mainPid(policy: Policy, record: ProcessRecord, pid: number, now: Moment): Step {
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

function mainPidMissing(
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

/** A hook that nobody waits for any more changes nothing. */
function hookDone(
  policy: Policy,
  record: ProcessRecord,
  hook: HookName,
  failure: string | null,
  now: Moment,
  random: RandomSource,
): Step {
  if (record.waitsFor !== hook) return { record, effects: [] };
  const done: ProcessRecord = { ...record, waitsFor: null };
  switch (hook) {
    case "secret_command":
      if (failure !== null) {
        return spawnFailed(policy, done, `secret_command: ${failure}`, now, random);
      }
      return beginWithSecrets(policy, { ...done, startedAt: now });
    case "pre_start":
      if (failure !== null) return spawnFailed(policy, done, `pre_start: ${failure}`, now, random);
      // startsecs count from the process, not from what came before it.
      return { record: { ...done, startedAt: now }, effects: [{ type: "spawn" }] };
    case "pre_stop":
      return askToEnd(policy, done, now);
    case "stop_command": {
      if (failure !== null) return sendFirstSignal(policy, done, now);
      // The command was the request: the signals follow when the process takes no notice of it.
      const deadline = now.mono + policy.stopWaitSecs * 1000;
      return { record: { ...done, deadline }, effects: [] };
    }
    case "post_stop":
      if (record.state !== "STARTING") return { record: done, effects: [] };
      return begin(policy, { ...done, startedAt: now });
  }
}

/** STARTING, RUNNING -> STOPPING, and from STOPPED on by itself, unless somebody asks for a stop */
function restart(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.state !== "STARTING" && record.state !== "RUNNING") return { record, effects: [] };
  const { record: next, effects } = stop(policy, record, now);
  return { record: { ...next, comesBack: true }, effects };
}
