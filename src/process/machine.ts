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
import type {
  Effect,
  Input,
  LogLevel,
  Millis,
  Moment,
  Policy,
  ProcessRecord,
  Step,
} from "./machine_types.ts";
import { describeExit, exitCodeOf, type ExitStatus, signalName } from "./signals.ts";
import type { ProcessState } from "./states.ts";

const SIGKILL = 9;
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
  spawnError: null,
  exitCode: null,
  starts: 0,
  restarts: 0,
  lastExit: null,
};

/**
 * How long a process stays in BACKOFF: one second more for each failed try.
 *
 * @param tries failed tries so far, at least 1
 */
export function backoffDelay(tries: number): Millis {
  return tries * 1000;
}

/**
 * When the machine wants a `look` because of time: -Infinity at once, Infinity never.
 *
 * @param mayStart false once the daemon is stopping: then nothing starts by itself any more
 */
export function dueAt(policy: Policy, record: ProcessRecord, mayStart: boolean): Millis {
  switch (record.state) {
    case "STOPPED":
      return mayStart && policy.autostart && record.startedAt === null ? AT_ONCE : NEVER;
    case "EXITED":
      return mayStart && wantsRestart(policy, record) ? AT_ONCE : NEVER;
    case "BACKOFF":
      if (record.tries > policy.startRetries) return AT_ONCE;
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

/** One step of one process. The record given is never changed; the same one comes back if nothing happens. */
export function step(policy: Policy, record: ProcessRecord, input: Input, now: Moment): Step {
  switch (input.type) {
    case "start":
      return start(policy, record, now);
    case "stop":
      return stop(policy, record, now);
    case "giveUp":
      return giveUp(policy, record, now);
    case "signal":
      return signal(policy, record, input.signal);
    case "look":
      return look(policy, record, now, input.mayStart);
    case "spawned":
      return spawned(policy, record, input.pid);
    case "spawnFailed":
      return spawnFailed(record, input.reason, now);
    case "exited":
      return exited(policy, record, input.exit, now);
    case "killFailed":
      return killFailed(policy, record, input.reason);
  }
}

function wantsRestart(policy: Policy, record: ProcessRecord): boolean {
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
  if (record.pid !== 0) {
    return { record, effects: [log("warn", `process '${policy.name}' already running`)] };
  }
  return spawn(record, now, false);
}

/** STOPPED, EXITED, FATAL, BACKOFF -> STARTING */
function spawn(record: ProcessRecord, now: Moment, automatic: boolean): Step {
  const next: ProcessRecord = {
    ...record,
    state: "STARTING",
    stopping: false,
    spawnError: null,
    exitCode: null,
    startedAt: now,
    deadline: NEVER,
    restarts: record.restarts + (automatic && record.starts > 0 ? 1 : 0),
  };
  return { record: next, effects: [announce(record.state, next), { type: "spawn" }] };
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
function spawnFailed(record: ProcessRecord, reason: string, now: Moment): Step {
  const next = backOff({ ...record, spawnError: reason }, now);
  return {
    record: next,
    effects: [log("info", `spawnerr: ${reason}`), announce(record.state, next)],
  };
}

function backOff(record: ProcessRecord, now: Moment): ProcessRecord {
  const tries = record.tries + 1;
  return { ...record, state: "BACKOFF", tries, deadline: now.mono + backoffDelay(tries) };
}

function stop(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.state === "BACKOFF") {
    // BACKOFF -> STOPPED: waiting for the retries to run out would block the request
    const next: ProcessRecord = { ...record, state: "STOPPED", tries: 0, deadline: NEVER };
    return {
      record: next,
      effects: [
        log("debug", `Attempted to kill ${policy.name}, which is in BACKOFF state.`),
        announce("BACKOFF", next),
      ],
    };
  }
  if (record.pid === 0 || record.state === "UNKNOWN") {
    const name = signalName(policy.stopSignal);
    const text = `attempted to kill ${policy.name} with sig ${name} but it wasn't running`;
    return { record, effects: [log("debug", text)] };
  }
  return kill(policy, record, policy.stopSignal, now);
}

/** STARTING, RUNNING -> STOPPING; STOPPING stays and gets a new deadline */
function kill(policy: Policy, record: ProcessRecord, signalToSend: number, now: Moment): Step {
  // Once STOPPING, the first signal was not enough: the rule for the killing signal applies.
  const group = record.state === "STOPPING" ? policy.killAsGroup : policy.stopAsGroup;
  const whom = `${policy.name} (pid ${record.pid}) ${group ? "process group " : ""}`;
  const next: ProcessRecord = {
    ...record,
    state: "STOPPING",
    stopping: true,
    tries: 0,
    deadline: now.mono + policy.stopWaitSecs * 1000,
  };
  const effects: Effect[] = [
    log("debug", `killing ${whom}with signal ${signalName(signalToSend)}`),
  ];
  if (record.state !== "STOPPING") effects.push(announce(record.state, next));
  effects.push({ type: "kill", signal: signalToSend, group, pid: record.pid, purpose: "stop" });
  return { record: next, effects };
}

function giveUp(policy: Policy, record: ProcessRecord, now: Moment): Step {
  if (record.state === "STARTING" || record.state === "RUNNING") return stop(policy, record, now);
  if (record.state !== "BACKOFF") return { record, effects: [] };
  return fatal(record);
}

/** BACKOFF -> FATAL */
function fatal(record: ProcessRecord): Step {
  const next: ProcessRecord = { ...record, state: "FATAL", tries: 0, deadline: NEVER };
  return { record: next, effects: [announce("BACKOFF", next)] };
}

function signal(policy: Policy, record: ProcessRecord, signalToSend: number): Step {
  const name = signalName(signalToSend);
  if (record.pid === 0) {
    const text = `attempted to send ${policy.name} sig ${name} but it wasn't running`;
    return { record, effects: [log("debug", text)] };
  }
  return {
    record,
    effects: [
      log("debug", `sending ${policy.name} (pid ${record.pid}) sig ${name}`),
      // A plain signal goes to the process alone, whatever stopasgroup says.
      {
        type: "kill",
        signal: signalToSend,
        group: false,
        pid: record.pid,
        purpose: "signal",
      },
    ],
  };
}

function look(policy: Policy, record: ProcessRecord, now: Moment, mayStart: boolean): Step {
  if (now.mono < dueAt(policy, record, mayStart)) return { record, effects: [] };
  switch (record.state) {
    case "STOPPED":
      return spawn(record, now, true);
    case "EXITED":
      return spawn(record, now, true);
    case "BACKOFF":
      if (record.tries > policy.startRetries) {
        const { record: next, effects } = fatal(record);
        const text = "entered FATAL state, too many start retries too quickly";
        return {
          record: next,
          effects: [...effects, log("info", `gave up: ${policy.name} ${text}`)],
        };
      }
      return spawn(record, now, true);
    case "STARTING":
      return stayedUp(policy, record);
    case "STOPPING": {
      const killed = kill(policy, record, SIGKILL, now);
      const text = `killing '${policy.name}' (${record.pid}) with SIGKILL`;
      return { record: killed.record, effects: [log("warn", text), ...killed.effects] };
    }
    case "RUNNING":
    case "FATAL":
    case "UNKNOWN":
      return { record, effects: [] };
  }
}

/** STARTING -> RUNNING */
function stayedUp(policy: Policy, record: ProcessRecord): Step {
  const next: ProcessRecord = { ...record, state: "RUNNING", tries: 0, deadline: NEVER };
  const text = "entered RUNNING state, process has stayed up for > than " +
    `${policy.startSecs} seconds (startsecs)`;
  return {
    record: next,
    effects: [announce("STARTING", next), log("info", `success: ${policy.name} ${text}`)],
  };
}

function exited(policy: Policy, record: ProcessRecord, exit: ExitStatus, now: Moment): Step {
  const code = exitCodeOf(exit);
  const cause = describeExit(exit);
  const isExpected = policy.exitCodes.includes(code);
  const gone: ProcessRecord = { ...record, stoppedAt: now, lastExit: exit, deadline: NEVER };

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
      ],
    };
  }

  const upFor = now.mono - (record.startedAt?.mono ?? now.mono);
  if (record.state === "STARTING" && upFor < policy.startSecs * 1000) {
    // STARTING -> BACKOFF, whatever the exit code
    const next = backOff({ ...gone, exitCode: null, spawnError: TOO_QUICKLY }, now);
    return {
      record: { ...next, pid: 0 },
      effects: [
        announce("STARTING", next),
        log("warn", `exited: ${policy.name} (${cause}; not expected)`),
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
    spawnError: isExpected ? null : `Bad exit code ${code}`,
  };
  effects.push(announce("RUNNING", next, isExpected));
  const word = isExpected ? "expected" : "not expected";
  effects.push(log(isExpected ? "info" : "warn", `exited: ${policy.name} (${cause}; ${word})`));
  return { record: { ...next, pid: 0 }, effects };
}

/** any -> UNKNOWN: the system refused the signal, for example because the process changed its user */
function killFailed(policy: Policy, record: ProcessRecord, reason: string): Step {
  if (record.pid === 0 || record.state === "UNKNOWN") return { record, effects: [] };
  const next: ProcessRecord = { ...record, state: "UNKNOWN", stopping: false, deadline: NEVER };
  const text = `unknown problem killing ${policy.name} (${record.pid}): ${reason}`;
  return { record: next, effects: [log("critical", text), announce(record.state, next)] };
}

function announce(from: ProcessState, now: ProcessRecord, expected = true): Effect {
  const change = { from, to: now.state, pid: now.pid, tries: now.tries, expected };
  return { type: "announce", change };
}

function log(level: LogLevel, text: string): Effect {
  return { type: "log", level, text };
}
