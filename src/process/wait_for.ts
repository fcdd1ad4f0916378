/** What one can wait for in the life of a process, and whether it has come. */
import type { HealthPolicy, HealthView } from "./health.ts";
import type { ProcessRecord } from "./machine_types.ts";

export const WAIT_CONDITIONS = ["ready", "healthy", "running", "stopped", "exited"] as const;

export type WaitCondition = (typeof WAIT_CONDITIONS)[number];

export type Verdict =
  | { readonly kind: "met" }
  /** `reason` says what there is instead. */
  | { readonly kind: "pending"; readonly reason: string }
  | { readonly kind: "never"; readonly reason: string };

export interface WaitSubject {
  readonly record: ProcessRecord;
  readonly health: HealthView | null;
  readonly policy: HealthPolicy | null;
}

/**
 * Judges the moment.
 *
 * @param failFast the process has just been started: what goes wrong now is not waited out
 */
export function judge(
  condition: WaitCondition,
  { record, health, policy }: WaitSubject,
  failFast: boolean,
): Verdict {
  const { state } = record;
  switch (condition) {
    case "stopped":
      return state === "STOPPED" || state === "EXITED" || state === "FATAL"
        ? { kind: "met" }
        : pending(record);
    case "exited":
      if (state === "EXITED") return { kind: "met" };
      return state === "FATAL" ? never(record) : pending(record);
    case "running":
      return state === "RUNNING" ? { kind: "met" } : notUpYet(record, failFast);
    case "ready":
      // Who has no check is ready when it runs.
      if (health === null || policy === null) {
        return state === "RUNNING" ? { kind: "met" } : notUpYet(record, failFast);
      }
      if (health.ready) return { kind: "met" };
      return notWellYet(record, health, failFast);
    case "healthy":
      if (health === null || policy?.healthcheck == null) {
        return { kind: "never", reason: "no healthcheck is configured" };
      }
      return health.status === "healthy" && record.pid !== 0
        ? { kind: "met" }
        : notWellYet(record, health, failFast);
  }
}

function describe({ state, spawnError }: ProcessRecord): string {
  return spawnError === null ? state : `${state}: ${spawnError}`;
}

function pending(record: ProcessRecord): Verdict {
  return { kind: "pending", reason: describe(record) };
}

function never(record: ProcessRecord): Verdict {
  return { kind: "never", reason: describe(record) };
}

/** FATAL does not end by itself. */
function notUpYet(record: ProcessRecord, failFast: boolean): Verdict {
  const { state } = record;
  const isDown = state === "STOPPED" || state === "EXITED" || state === "BACKOFF";
  return state === "FATAL" || (failFast && isDown) ? never(record) : pending(record);
}

function notWellYet(record: ProcessRecord, health: HealthView, failFast: boolean): Verdict {
  if (record.pid === 0) return notUpYet(record, failFast);
  return failFast && health.status === "unhealthy"
    ? { kind: "never", reason: `unhealthy: ${health.detail}` }
    : { kind: "pending", reason: health.detail };
}
