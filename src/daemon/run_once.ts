/** Waits for the end of the run that is about to begin. */
import type { ExitStatus } from "../process/signals.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import type { Daemon, ManagedProcess } from "./types.ts";

export interface Run {
  readonly state: ProcessRecord["state"];
  /** null: there never was a process. */
  readonly exit: ExitStatus | null;
  /** Why there was none. */
  readonly spawnError: string | null;
  /** How long it has lived; null as `exit`. */
  readonly ms: number | null;
}

/**
 * @param before the record from before the start was asked for
 */
export async function endOfRun(
  daemon: Daemon,
  process: ManagedProcess,
  before: ProcessRecord,
): Promise<Run> {
  const record = await daemon.until(process, (record) => hasEnded(record, before));
  const { state, spawnError, lastExit, startedAt, stoppedAt } = record;
  if (stoppedAt === before.stoppedAt) return { state, exit: null, spawnError, ms: null };
  const ms = startedAt === null || stoppedAt === null ? null : stoppedAt.mono - startedAt.mono;
  return { state, exit: lastExit, spawnError, ms };
}

/** Moments are made anew each time, so another one is another end. */
function hasEnded(record: ProcessRecord, before: ProcessRecord): boolean {
  if (record.stoppedAt !== before.stoppedAt) return record.waitsFor !== "tree";
  const isAttempt = record.startedAt !== before.startedAt;
  return (record.state === "BACKOFF" && isAttempt) ||
    (record.state === "FATAL" && record !== before);
}
