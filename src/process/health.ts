/**
 * Whether a process can do its work, which is not the same as whether it runs: RUNNING is what
 * startsecs says, ready and healthy are what the configured checks say.
 */

export type HealthStatus = "starting" | "healthy" | "unhealthy";

/** What the checks of one process have found. A new object for each change. */
export interface HealthView {
  /** It said, or a check found, that it can do its work; stays true until the process ends. */
  readonly ready: boolean;
  /** "starting" until the first verdict. Without a health check it follows `ready`. */
  readonly status: HealthStatus;
  /** When `ready` or `status` last changed, in milliseconds since the epoch. */
  readonly since: number;
  /** The latest finding in words, for people. */
  readonly detail: string;
}
