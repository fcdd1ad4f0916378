/** Stopping processes: one, a group, or all of them. */
import type { Daemon, Dependencies, ManagedProcess } from "../daemon/types.ts";
import { findCycle } from "../process/dependencies.ts";
import { RUNNING_STATES, STOPPED_STATES } from "../process/states.ts";
import type { Struct, Value } from "../xmlrpc/value.ts";
import { actOnEach } from "./act_on_each.ts";
import { fault } from "./faults.ts";
import { namespecOf, resolve } from "./namespec.ts";

/**
 * Stops one process or, for `group:*`, a group.
 *
 * @throws Fault BAD_NAME, and those of `stopOne`
 */
export function stopProcess(daemon: Daemon, name: string, wait: boolean): Value | Promise<Value> {
  const { group, process } = resolve(daemon, name);
  if (process === null) return stopEach(daemon, group.processes, wait);
  return stopOne(daemon, process, name, wait);
}

export function stopEach(
  daemon: Daemon,
  processes: readonly ManagedProcess[],
  wait: boolean,
): Promise<Struct[]> {
  const { dependencies } = daemon;
  const running = processes.filter((process) =>
    canBeStopped(process) || dependencies?.isWaiting(process) === true
  );
  const before = dependencies === null ? null : stopOrder(running, dependencies);
  return actOnEach(running, (process) => {
    const dependants = before?.get(process) ?? [];
    return dependants.length === 0
      ? stopOne(daemon, process, namespecOf(process), wait)
      : stopAfter(daemon, process, dependants, wait);
  });
}

/** Of processes that are stopped together: who must be gone before each of them. */
function stopOrder(
  processes: readonly ManagedProcess[],
  dependencies: Dependencies,
): ReadonlyMap<ManagedProcess, readonly ManagedProcess[]> {
  const among = new Set(processes);
  const before = new Map(
    processes.map((process) =>
      [process, dependencies.dependantsOf(process).filter((one) => among.has(one))] as const
    ),
  );
  // Only groups of different configurations can form a circle; then there is no order.
  return findCycle(processes, (process) => before.get(process) ?? []) === null ? before : new Map();
}

function stopAfter(
  daemon: Daemon,
  process: ManagedProcess,
  dependants: readonly ManagedProcess[],
  wait: boolean,
): true | Promise<true> {
  const stop = async (): Promise<true> => {
    await Promise.all(
      dependants.map((one) => daemon.until(one, ({ state }) => STOPPED_STATES.has(state))),
    );
    // It may have ended meanwhile, by itself or together with its dependants.
    if (!canBeStopped(process)) return true;
    return await stopOne(daemon, process, namespecOf(process), wait);
  };
  const stopping = stop();
  if (wait) return stopping;
  stopping.catch((error) => {
    const reason = error instanceof Error ? error.message : String(error);
    daemon.log("warn", `${process.name} could not be stopped after what depends on it: ${reason}`);
  });
  return true;
}

/** @throws Fault NOT_RUNNING, FAILED */
function stopOne(
  daemon: Daemon,
  process: ManagedProcess,
  name: string,
  wait: boolean,
): true | Promise<true> {
  if (!canBeStopped(process)) {
    // What waits for its dependencies is neither running nor at rest: now it is.
    if (daemon.dependencies?.cancel(process) === true) return true;
    throw fault("NOT_RUNNING", name);
  }
  const { pid } = process.record;
  daemon.submit(process, { type: "stop" });
  if (process.record.state === "UNKNOWN") {
    throw fault("FAILED", `unknown problem killing ${process.name} (${pid})`);
  }
  if (!wait || STOPPED_STATES.has(process.record.state)) return true;
  return stopped(daemon, process);
}

/** Also one that stops only to come back: whoever asks now wants it to stay away. */
function canBeStopped({ record }: ManagedProcess): boolean {
  return RUNNING_STATES.has(record.state) || (record.state === "STOPPING" && record.comesBack);
}

async function stopped(daemon: Daemon, process: ManagedProcess): Promise<true> {
  daemon.reportWaitingForStop(process);
  await daemon.until(process, (record) => STOPPED_STATES.has(record.state));
  return true;
}
