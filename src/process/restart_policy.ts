/**
 * When a process that ended is started again, beyond what Supervisor's own rules say: delays that
 * grow, and a limit on how often. Without such settings there is no RestartPolicy, and the
 * machine keeps to Supervisor's rules alone.
 */
import type { Millis } from "./machine_types.ts";

/** How delays grow from one to the next. */
export type BackoffShape = "constant" | "linear" | "exponential";

/** How long to wait before a restart. */
export interface RestartDelay {
  /** How delays grow. */
  readonly shape: BackoffShape;
  /** The first delay. */
  readonly baseMs: Millis;
  /** What each delay of the exponential shape is multiplied with to give the next. */
  readonly factor: number;
  /** No delay is longer; Infinity: no limit. */
  readonly maxMs: Millis;
  /** How far a delay may be off in either direction: 0.1 is ten percent. */
  readonly jitter: number;
  /** A run of this length ends a series of failures: the delays begin from the first again. */
  readonly resetMs: Millis;
  /** Whether the end of a RUNNING process is followed by a delay, too, instead of a start at once. */
  readonly afterRun: boolean;
}

/** So many automatic restarts within so long; one more is one too many. */
export interface RestartLimit {
  /** Restarts that are allowed. */
  readonly count: number;
  /** Within this time. */
  readonly withinMs: Millis;
}

/** How restarts are spaced and bounded. */
export interface RestartPolicy {
  /** null: Supervisor's own timing. */
  readonly delay: RestartDelay | null;
  /** null: as many as it takes. */
  readonly limit: RestartLimit | null;
}

/** What is remembered of the ends that called for another start. Plain data. */
export interface RestartHistory {
  /** Ends in a row without a run that was long enough. */
  readonly streak: number;
  /** When the ends within the limit's window were, oldest first. */
  readonly ends: readonly Millis[];
}

/** An end that is to be followed by a start. */
export interface RestartCause {
  readonly now: Millis;
  /** How long the process lived. */
  readonly upForMs: Millis;
  /** Failed starts in a row, this one included; 0 when it had been RUNNING. */
  readonly tries: number;
}

/** A number from 0 up to 1, as Math.random gives it; the machine itself knows no chance. */
export type RandomSource = () => number;

/** In the middle: every delay is exactly as configured. */
export const NO_CHANCE: RandomSource = () => 0.5;

export interface RestartPlan {
  readonly history: RestartHistory | null;
  readonly delayMs: Millis;
}

/**
 * How long Supervisor leaves a process in BACKOFF: one second more for each failed try.
 *
 * @param tries failed tries so far, at least 1
 */
export function backoffDelay(tries: number): Millis {
  return tries * 1000;
}

/** When the next start comes, and what is to be remembered of this end. */
export function planRestart(
  policy: RestartPolicy | undefined,
  history: RestartHistory | null,
  cause: RestartCause,
  random: RandomSource,
): RestartPlan {
  if (policy === undefined) return { history: null, delayMs: referenceDelay(cause) };
  const { delay, limit } = policy;
  const isSettled = delay !== null && cause.upForMs >= delay.resetMs;
  const streak = (isSettled ? 0 : history?.streak ?? 0) + 1;
  const ends = limit === null
    ? []
    : [...(history?.ends ?? []).filter((end) => cause.now - end < limit.withinMs), cause.now];
  return { history: { streak, ends }, delayMs: delayOf(delay, cause, streak, random) };
}

/** The limit was reached before the latest end: the process is not to be started again. */
export function isSpent(
  policy: RestartPolicy | undefined,
  history: RestartHistory | null,
): boolean {
  const limit = policy?.limit ?? null;
  return limit !== null && history !== null && history.ends.length > limit.count;
}

/** `more than 5 restarts within 60 seconds (restart_limit)` */
export function describeLimit({ count, withinMs }: RestartLimit): string {
  const times = count === 1 ? "1 restart" : `${count} restarts`;
  return `more than ${times} within ${withinMs / 1000} seconds (restart_limit)`;
}

function referenceDelay({ tries }: RestartCause): Millis {
  return tries === 0 ? 0 : backoffDelay(tries);
}

function delayOf(
  delay: RestartDelay | null,
  cause: RestartCause,
  streak: number,
  random: RandomSource,
): Millis {
  if (delay === null || (cause.tries === 0 && !delay.afterRun)) return referenceDelay(cause);
  // Where only failed starts are delayed, they alone are counted, as Supervisor does.
  const nth = delay.afterRun ? streak : cause.tries;
  const exact = Math.min(growth(delay, nth), delay.maxMs);
  const chance = 1 + delay.jitter * (2 * random() - 1);
  return Math.max(0, Math.min(Math.round(exact * chance), delay.maxMs));
}

function growth({ shape, baseMs, factor }: RestartDelay, nth: number): Millis {
  switch (shape) {
    case "constant":
      return baseMs;
    case "linear":
      return baseMs * nth;
    case "exponential":
      // Infinity for a long series, which the cap then cuts.
      return baseMs === 0 ? 0 : baseMs * factor ** (nth - 1);
  }
}
