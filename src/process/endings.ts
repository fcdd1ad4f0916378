/**
 * Programs whose end is the end of the daemon, and the exit status that the daemon then has: that
 * of the program, as a shell would tell it.
 */
import type { ProcessRecord } from "./machine_types.ts";
import type { ExitStatus } from "./signals.ts";

/** Which ends of a process end the daemon; a program without any has no EndingPolicy. */
export interface EndingPolicy {
  /** It ended by itself and is not to be started again. */
  readonly onExit: boolean;
  /** It became FATAL. */
  readonly onFatal: boolean;
}

/** What sh(1) answers for a command that it could not start. */
const NOT_STARTED = 127;

const MAX_STATUS = 255;

/** `exit status 3` is 3; death by SIGKILL is 137, as in every shell. */
export function shellStatus(exit: ExitStatus): number {
  switch (exit.type) {
    case "exited":
      return exit.code;
    case "signalled":
      return 128 + exit.signal;
    case "unknown":
      return MAX_STATUS;
  }
}

/**
 * Whether a process has come to an end that nobody asked for and that nothing follows by itself:
 * FATAL, or EXITED without a restart.
 *
 * @param willRestart what the machine says of an EXITED process
 */
export function hasEnded(record: ProcessRecord, willRestart: boolean): boolean {
  return record.state === "FATAL" || (record.state === "EXITED" && !willRestart);
}

/** Whether this end of a process is also the daemon's. */
export function endsDaemon(
  policy: EndingPolicy | undefined,
  record: ProcessRecord,
  willRestart: boolean,
): boolean {
  if (policy === undefined || !hasEnded(record, willRestart)) return false;
  return record.state === "FATAL" ? policy.onFatal : policy.onExit;
}

/**
 * The status that stands for the end of a process.
 *
 * A FATAL process is never a success, even if each of its lives ended with 0 (too quickly).
 */
export function statusOfEnd(record: ProcessRecord): number {
  const { lastExit, startedAt, stoppedAt } = record;
  const wasBorn = lastExit !== null && startedAt !== null && stoppedAt !== null &&
    stoppedAt.mono >= startedAt.mono;
  const status = wasBorn ? shellStatus(lastExit) : NOT_STARTED;
  return record.state === "FATAL" && status === 0 ? 1 : status;
}

/** A program's last end, for `exit_when = all_stopped`. */
export interface LastEnd {
  readonly record: ProcessRecord;
  readonly exitCodes: readonly number[];
}

/** 0 when all ended as expected or were stopped, else the status of the last that did not. */
export function statusOfAll(ends: readonly LastEnd[]): number {
  let latest = -Infinity;
  let status = 0;
  for (const { record, exitCodes } of ends) {
    if (!isFailure(record, exitCodes)) continue;
    const at = (record.stoppedAt ?? record.startedAt)?.mono ?? 0;
    if (at < latest) continue;
    latest = at;
    status = statusOfEnd(record);
  }
  return status;
}

function isFailure(record: ProcessRecord, exitCodes: readonly number[]): boolean {
  if (record.state === "FATAL") return true;
  return record.state === "EXITED" &&
    (record.exitCode === null || !exitCodes.includes(record.exitCode));
}
