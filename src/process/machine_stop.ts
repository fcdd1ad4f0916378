/**
 * The part of the machine that leads to the end of a process: what comes before the stop signal, the
 * signals one after the other, SIGKILL; and signals that somebody just sends. See machine.ts.
 */
import { announce, hooksOf, log } from "./machine_effects.ts";
import type { Effect, Millis, Moment, Policy, ProcessRecord, Step } from "./machine_types.ts";
import { signalName } from "./signals.ts";
import { type DueStop, stopStepAt } from "./stop_steps.ts";

const SIGKILL = 9;
const NEVER = Infinity;

export function stop(policy: Policy, record: ProcessRecord, now: Moment): Step {
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
  if (record.state === "STARTING" && record.pid === 0 && record.waitsFor !== null) {
    return stopUnborn(record);
  }
  if (record.waitsFor === "tree") return stopWhileSwept(record);
  if (record.pid === 0 || record.state === "UNKNOWN") {
    const name = signalName(policy.stopSignal);
    const text = `attempted to kill ${policy.name} with sig ${name} but it wasn't running`;
    return { record, effects: [log("debug", text)] };
  }
  if (record.state === "STOPPING") {
    // Asked again: whoever asks does not want to wait for a hook.
    const again = stopSignalAt(policy, Math.max(0, record.stopStep));
    return kill(policy, { ...record, waitsFor: null }, again, policy.killAsGroup, now);
  }
  const [hook] = hooksOf(policy, "pre_stop", record.pid);
  if (hook === undefined) return askToEnd(policy, record, now);
  // STARTING, RUNNING -> STOPPING
  const next = stopping({ ...record, waitsFor: "pre_stop" }, NEVER);
  return { record: next, effects: [announce(record.state, next), hook] };
}

/** STARTING -> STOPPED while no process exists yet; -> STOPPING while nobody knows which it is */
function stopUnborn(record: ProcessRecord): Step {
  if (record.waitsFor === "main_pid") {
    const next = stopping(record, NEVER);
    return { record: next, effects: [announce(record.state, next)] };
  }
  const isCancelled = record.waitsFor === "pre_start" ||
    record.waitsFor === "secret_command";
  const next: ProcessRecord = {
    ...record,
    state: "STOPPED",
    tries: 0,
    deadline: NEVER,
    waitsFor: isCancelled ? null : record.waitsFor,
  };
  const cancel: Effect[] = isCancelled ? [{ type: "cancelHook" }] : [];
  return { record: next, effects: [...cancel, announce("STARTING", next)] };
}

/** Asked to stop, or asked again, while the rest of it is being ended anyway. */
function stopWhileSwept(record: ProcessRecord): Step {
  if (record.state === "STOPPING") return { record, effects: [] };
  const next = stopping(record, NEVER);
  return { record: next, effects: [announce(record.state, next)] };
}

function stopping(record: ProcessRecord, deadline: Millis): ProcessRecord {
  return { ...record, state: "STOPPING", stopping: true, tries: 0, deadline };
}

/** The stop command if there is one, else the first signal. */
export function askToEnd(policy: Policy, record: ProcessRecord, now: Moment): Step {
  const [hook] = hooksOf(policy, "stop_command", record.pid);
  if (hook === undefined) return sendFirstSignal(policy, record, now);
  const next = stopping({ ...record, waitsFor: "stop_command" }, NEVER);
  const announced = record.state === "STOPPING" ? [] : [announce(record.state, next)];
  return { record: next, effects: [...announced, hook] };
}

export function sendFirstSignal(policy: Policy, record: ProcessRecord, now: Moment): Step {
  const first = stopSignalAt(policy, 0);
  return kill(policy, record, first, signalsGroup(policy, first.signal), now);
}

/** The step at a place that is in the list. */
function stopSignalAt(policy: Policy, index: number): DueStop {
  const { stopSignal, stopWaitSecs } = policy;
  return stopStepAt(policy, index) ?? { signal: stopSignal, waitSecs: stopWaitSecs, index };
}

/** SIGKILL in a list of signals follows the rule for SIGKILL, all others that for stop signals. */
function signalsGroup(policy: Policy, signal: number): boolean {
  return policy.stopSteps !== undefined && signal === SIGKILL
    ? policy.killAsGroup
    : policy.stopAsGroup;
}

/** STARTING, RUNNING -> STOPPING; STOPPING stays and gets a new deadline */
function kill(
  policy: Policy,
  record: ProcessRecord,
  { signal, waitSecs, index }: DueStop,
  group: boolean,
  now: Moment,
): Step {
  const whom = `${policy.name} (pid ${record.pid}) ${group ? "process group " : ""}`;
  const next = stopping({ ...record, stopStep: index }, now.mono + waitSecs * 1000);
  const effects: Effect[] = [log("debug", `killing ${whom}with signal ${signalName(signal)}`)];
  if (record.state !== "STOPPING") effects.push(announce(record.state, next));
  const tree = policy.killTree === undefined ? {} : { tree: true } as const;
  effects.push({ type: "kill", signal, group, pid: record.pid, ...tree, purpose: "stop" });
  return { record: next, effects };
}

/** The time of the last signal is up: the next one of the list, or SIGKILL. */
export function insist(policy: Policy, record: ProcessRecord, now: Moment): Step {
  const step = stopStepAt(policy, record.stopStep + 1);
  const whom = `'${policy.name}' (${record.pid})`;
  if (step !== null) {
    const sent = kill(policy, record, step, signalsGroup(policy, step.signal), now);
    const text = `${whom} is still there: sending ${signalName(step.signal)}`;
    return { record: sent.record, effects: [log("info", text), ...sent.effects] };
  }
  const last = { signal: SIGKILL, waitSecs: policy.stopWaitSecs, index: record.stopStep };
  // The first signals were not enough: the rule for the killing signal applies.
  const killed = kill(policy, record, last, policy.killAsGroup, now);
  const text = `killing ${whom} with SIGKILL`;
  return { record: killed.record, effects: [log("warn", text), ...killed.effects] };
}

export function signal(policy: Policy, record: ProcessRecord, signalToSend: number): Step {
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

/** It is stopping and says that it needs longer than it was given. */
export function extend(record: ProcessRecord, until: Millis): Step {
  const isPatient = record.state !== "STOPPING" || until <= record.deadline;
  return { record: isPatient ? record : { ...record, deadline: until }, effects: [] };
}

/** any -> UNKNOWN: the system refused the signal, for example because the process changed its user */
export function killFailed(policy: Policy, record: ProcessRecord, reason: string): Step {
  if (record.pid === 0 || record.state === "UNKNOWN") return { record, effects: [] };
  const next: ProcessRecord = { ...record, state: "UNKNOWN", stopping: false, deadline: NEVER };
  const text = `unknown problem killing ${policy.name} (${record.pid}): ${reason}`;
  return { record: next, effects: [log("critical", text), announce(record.state, next)] };
}
