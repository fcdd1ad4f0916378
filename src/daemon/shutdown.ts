/**
 * The ordered end of all groups: the highest priority first, the next batch only when the one
 * before has stopped, with a line in the log for whoever waits.
 */
import type { ProcessRecord } from "../process/machine_types.ts";
import { inStartOrder, shutdownBatches } from "../process/order.ts";
import { STOPPED_STATES } from "../process/states.ts";
import type { Clock } from "../runtime/types.ts";
import type { Group } from "./group.ts";
import type { Process } from "./process.ts";
import type { ProcessQueue } from "./process_queue.ts";

/** Seconds between two reports of who is still to die. */
const REPORT_SECONDS = 3;

export interface ShutdownOptions {
  /** In order of addition. */
  readonly groups: readonly Group[];
  readonly queue: ProcessQueue;
  readonly clock: Clock;
  readonly log: (level: "info" | "blather", text: string) => void;
  /** Who must be gone before the process is asked to stop. */
  readonly dependantsOf: (process: Process) => readonly Process[];
}

/** Resolves when every process of every group is in a stopped state. */
export async function stopAllGroups(o: ShutdownOptions): Promise<void> {
  let stopReporting: (() => void) | null = null;
  for (const batch of shutdownBatches(o.groups)) {
    const processes = batch.flatMap(inStopOrder);
    const stops = stopDependantsFirst(processes, o.dependantsOf, (process) => {
      o.queue.submit(process, { type: "giveUp" });
      return o.queue.until(process, isThrough);
    });
    stopReporting ??= reportUnstopped(o);
    await Promise.all(stops);
  }
  stopReporting?.();
}

/**
 * Stops processes, and before each of them, whatever their priority, those that depend on it. Who
 * has no dependants is stopped at once.
 */
export function stopDependantsFirst(
  processes: readonly Process[],
  dependantsOf: (process: Process) => readonly Process[],
  stop: (process: Process) => Promise<unknown>,
): Promise<unknown>[] {
  const stops = new Map<Process, Promise<unknown>>();
  const onPath = new Set<Process>();
  const stopOne = (process: Process): Promise<unknown> => {
    const begun = stops.get(process);
    if (begun !== undefined) return begun;
    onPath.add(process);
    // A circle, which only groups of different configurations can form, is cut where it closes.
    const before = dependantsOf(process).filter((one) => !onPath.has(one)).map(stopOne);
    onPath.delete(process);
    const stopped = before.length === 0
      ? stop(process)
      : Promise.all(before).then(() => stop(process));
    stops.set(process, stopped);
    return stopped;
  };
  return processes.map(stopOne);
}

/** It has stopped, and the hook after that, if there is one, has done its work. */
function isThrough(record: ProcessRecord): boolean {
  return STOPPED_STATES.has(record.state) && record.waitsFor === null;
}

/** Inside a group, the highest priority first. */
function inStopOrder(group: Group): Process[] {
  return inStartOrder(group.processes, (process) => process.spec.priority).reverse();
}

function unstopped(groups: readonly Group[]): Process[] {
  return groups.flatMap((group) => group.processes)
    .filter((process) => !STOPPED_STATES.has(process.record.state));
}

function reportUnstopped(o: ShutdownOptions): () => void {
  let cancel: (() => void) | null = null;
  const report = (): void => {
    const rest = unstopped(o.groups);
    if (rest.length === 0) return;
    o.log("info", `waiting for ${rest.map((process) => process.name).join(", ")} to die`);
    for (const process of rest) o.log("blather", `${process.name} state: ${process.record.state}`);
    cancel = o.clock.after(REPORT_SECONDS * 1000, report);
  };
  report();
  return () => cancel?.();
}
