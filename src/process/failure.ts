/**
 * Why a process failed, in facts: what is kept of each end that nobody asked for, and of each
 * start that came to nothing.
 */
import type { Hint } from "./failure_hints.ts";
import type { StateChange } from "./machine_types.ts";
import { describeExit, type ExitStatus } from "./signals.ts";

/** What a process and its collected descendants have used, as wait4(2) tells at its end. */
export interface ResourceUse {
  /** Seconds of processor time outside the kernel. */
  readonly userSeconds: number;
  /** Seconds of processor time in the kernel. */
  readonly systemSeconds: number;
  /** The most memory that it had at one time. */
  readonly maxResidentBytes: number;
}

/** Why a process failed. */
export interface FailureReport {
  /** When it was noticed, in milliseconds since the epoch. */
  readonly at: number;
  /** 0: there never was a process. */
  readonly pid: number;
  /** null: there never was a process. */
  readonly exit: ExitStatus | null;
  /** A sentence without a full stop: what happened. */
  readonly reason: string;
  /** How long it had been up; null when it never was. */
  readonly upForMs: number | null;
  /** Failed tries in a row, this one included; 0 after RUNNING. */
  readonly tries: number;
  /** The kernel killed it for want of memory; null: that could not be found out. */
  readonly oomKilled: boolean | null;
  /** What it has used; null: there was no process, or nobody can say. */
  readonly usage: ResourceUse | null;
  /** The last lines of this very run, without line ends; nothing for channels without a file. */
  readonly output: { readonly stdout: readonly string[]; readonly stderr: readonly string[] };
  /** What probably is the matter, the likeliest first. */
  readonly hints: readonly Hint[];
  /** As configured, after expansion. */
  readonly command: string;
  /** Tells whether two runs had the same settings; the values of variables do not count. */
  readonly revision: string;
}

/** How many reports of a process are kept. */
export const REPORTS_KEPT = 5;

/**
 * Whether a change of state is a failure: an exit that was not expected, or a failed start. (BACKOFF
 * after EXITED only means that the restart has to wait.)
 */
export function isFailure({ from, to, expected }: StateChange): boolean {
  return (to === "BACKOFF" && from === "STARTING") || (to === "EXITED" && !expected);
}

/** `exit status 1 after 0.3 seconds`, or why there was no process at all. */
export function failureReason(
  exit: ExitStatus | null,
  spawnError: string | null,
  upForMs: number | null,
): string {
  if (exit === null) return spawnError ?? "it could not be started";
  const after = upForMs === null ? "" : ` after ${durationText(upForMs)}`;
  return `${describeExit(exit)}${after}`;
}

/** `0.3 seconds`, `12 seconds`, `3 minutes`, `5.2 hours`. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${Math.max(0, Math.round(seconds * 10) / 10)} seconds`;
  if (seconds < 120) return `${Math.round(seconds)} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 360) / 10} hours`;
}

/** With the report added, the oldest dropped. */
export function withReport(
  reports: readonly FailureReport[],
  report: FailureReport,
): readonly FailureReport[] {
  return [...reports, report].slice(-REPORTS_KEPT);
}
