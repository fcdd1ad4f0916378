/**
 * When a program with a schedule is to run: the decisions, without a clock and without a calendar.
 *
 * Schedules are about the wall clock, which can be set. A run whose time has gone by unnoticed, in
 * a clock that was set forward or a machine that slept, is made up for once if it is not more than
 * an hour late, and left out otherwise. A clock that is set back by up to an hour does not repeat
 * what has run; one set back further was wrong before, and everything is reckoned anew.
 */
import type { Millis, ProcessRecord } from "./machine_types.ts";

/** What becomes of a run that is due while the one before goes on: left out, later, or instead. */
export type Concurrency = "skip" | "queue" | "replace";

/** When a program runs. */
export interface SchedulePolicy {
  /** Five or six fields, or a nickname; checked. */
  readonly expression: string;
  /** null: the daemon's own. */
  readonly timezone: string | null;
  /** A run may come so much later than the expression says; 0: none does. */
  readonly jitterMs: Millis;
  /** What becomes of a run that is due while the one before goes on. */
  readonly concurrency: Concurrency;
  /** null: a run may take as long as it likes. */
  readonly timeoutMs: Millis | null;
}

/** The next run, in milliseconds since the epoch. */
export interface PlannedRun {
  /** As the expression says. */
  readonly nominal: number;
  /** With its share of the jitter. */
  readonly due: number;
}

/** What is known of a schedule. */
export interface ScheduleView {
  /** As the expression says, in milliseconds since the epoch; null: never. */
  readonly nominal: number | null;
  /** With its share of the jitter. */
  readonly next: number | null;
  /** A run waits for the end of the one before. */
  readonly isQueued: boolean;
  /** Runs that were due and did not come: the one before went on, or they were found too late. */
  readonly skipped: number;
  /** Runs that were stopped for schedule_timeout. */
  readonly timedOut: number;
}

const HOUR_MS = 3_600_000;

export type Judgement =
  | { readonly kind: "wait" }
  | { readonly kind: "run" }
  | { readonly kind: "missed"; readonly byMs: number }
  /** The clock was wrong: what was planned is worth nothing. */
  | { readonly kind: "replan" };

/**
 * @param wall now
 * @param jumpedBy how far the wall clock was set since the last look; negative: back
 */
export function judge(plan: PlannedRun, wall: number, jumpedBy: number): Judgement {
  if (jumpedBy < -HOUR_MS) return { kind: "replan" };
  const late = wall - plan.due;
  if (late < 0) return { kind: "wait" };
  return late > HOUR_MS ? { kind: "missed", byMs: late } : { kind: "run" };
}

/**
 * @param nextAfter the first time of the expression after a moment; null: there is none
 * @param after of the run before, so that none comes twice when the clock is set back
 * @param chance from 0 to 1, for the jitter
 */
export function plan(
  nextAfter: (wall: number) => number | null,
  after: number,
  jitterMs: Millis,
  chance: number,
): PlannedRun | null {
  const nominal = nextAfter(after);
  return nominal === null ? null : { nominal, due: nominal + Math.floor(chance * jitterMs) };
}

/** Something of the run before is still there, or about to be. */
export function isBusy({ state, pid, waitsFor }: ProcessRecord): boolean {
  return pid !== 0 || waitsFor !== null || state === "STARTING" || state === "STOPPING" ||
    state === "BACKOFF";
}
