/** Signals to processes: one, a group, or all of them. */
import type { Daemon, ManagedProcess } from "../daemon/types.ts";
import { isKnownSignal, signalNumber } from "../process/signals.ts";
import { SIGNALLABLE_STATES } from "../process/states.ts";
import type { Struct, Value } from "../xmlrpc/value.ts";
import { actOnEach } from "./act_on_each.ts";
import { fault } from "./faults.ts";
import { plainText } from "./method_table.ts";
import { namespecOf, resolve } from "./namespec.ts";

/** @throws Fault BAD_NAME, and those of `signalOne` */
export function signalProcess(daemon: Daemon, name: string, signal: Value): Value | Promise<Value> {
  const { group, process } = resolve(daemon, name);
  if (process === null) return signalEach(daemon, group.processes, signal);
  return signalOne(daemon, process, name, signal);
}

export function signalEach(
  daemon: Daemon,
  processes: readonly ManagedProcess[],
  signal: Value,
): Promise<Struct[]> {
  const live = processes.filter((process) => SIGNALLABLE_STATES.has(process.record.state));
  return actOnEach(live, (process) => signalOne(daemon, process, namespecOf(process), signal));
}

/** @throws Fault BAD_SIGNAL, NOT_RUNNING, FAILED */
function signalOne(daemon: Daemon, process: ManagedProcess, name: string, signal: Value): true {
  const number = parseSignal(signal);
  if (number === undefined) throw fault("BAD_SIGNAL", plainText(signal));
  if (!SIGNALLABLE_STATES.has(process.record.state)) throw fault("NOT_RUNNING", name);
  const { pid } = process.record;
  daemon.submit(process, { type: "signal", signal: number });
  if (process.record.state === "UNKNOWN") {
    throw fault("FAILED", `unknown problem sending sig ${process.name} (${pid})`);
  }
  return true;
}

/** A name with or without SIG, or a number, also as text; 0 only asks whether the pid is there. */
function parseSignal(signal: Value): number | undefined {
  if (typeof signal === "number") return isKnownSignal(signal) ? signal : undefined;
  if (typeof signal !== "string") return undefined;
  if (!/^\s*[+-]?\d+\s*$/.test(signal)) return signalNumber(signal);
  const number = Number(signal);
  return isKnownSignal(number) ? number : undefined;
}
