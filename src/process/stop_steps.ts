/**
 * The signals that ask for the end of a process, one after the other: `TERM:10, INT:5, KILL`.
 * Each has its time; what is still there after the last one gets SIGKILL, as ever.
 */
import type { Policy } from "./machine_types.ts";

/** One signal of the list. */
export interface StopStep {
  /** Signal number. */
  readonly signal: number;
  /** Seconds until the next step; null: stopwaitsecs. */
  readonly waitSecs: number | null;
}

/** What to send, and how long it has. */
export interface DueStop {
  readonly signal: number;
  readonly waitSecs: number;
  /** Its place in the list, from 0. */
  readonly index: number;
}

type Settings = Pick<Policy, "stopSignal" | "stopWaitSecs" | "stopSteps">;

/** The step at a place of the list; null behind its end. A program without a list has one step. */
export function stopStepAt(policy: Settings, index: number): DueStop | null {
  const steps = policy.stopSteps ?? [{ signal: policy.stopSignal, waitSecs: null }];
  const step = steps[index];
  if (step === undefined) return null;
  return { signal: step.signal, waitSecs: step.waitSecs ?? policy.stopWaitSecs, index };
}
