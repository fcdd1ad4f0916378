/**
 * Whether a process can do its work, which is not the same as whether it runs: RUNNING is what
 * startsecs says, ready and healthy are what the configured checks say.
 */

export type HealthStatus = "starting" | "healthy" | "unhealthy";

/** What the checks of one process have found. A new object for each change. */
export interface HealthView {
  /** It said, or a check found, that it can do its work; false again while it reloads or stops. */
  readonly ready: boolean;
  /** "starting" until the first verdict. Without a health check it follows `ready`. */
  readonly status: HealthStatus;
  /** When `ready` or `status` last changed, in milliseconds since the epoch. */
  readonly since: number;
  /** The latest finding in words, for people. */
  readonly detail: string;
}

/** The first and the last status code of a range that counts as an answer. */
export type StatusRange = readonly [first: number, last: number];

/** How to find out. The words of `readiness` and `healthcheck`, in one grammar. */
export type Check =
  | {
    readonly kind: "http";
    readonly url: string;
    readonly statuses: readonly StatusRange[];
    /** What the body must contain, or a pattern it must match. */
    readonly body: { readonly text: string } | { readonly pattern: string } | null;
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** Whether the certificate of an https server is verified. */
    readonly verify: boolean;
  }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "exec"; readonly command: string }
  /** A line of its output matches. */
  | { readonly kind: "log"; readonly pattern: string }
  | { readonly kind: "file"; readonly path: string; readonly maxAgeMs: number | null }
  /** sd_notify: READY=1, or WATCHDOG=1 again and again. */
  | { readonly kind: "notify" }
  /** A line written to this descriptor. */
  | { readonly kind: "fd"; readonly fd: number };

/** Which of the two checks of a process. */
export type CheckRole = "readiness" | "healthcheck";

/** What follows when a process has become unhealthy. */
export type OnUnhealthy = "restart" | "stop" | "event" | "none";

/** The settings of a program's checks; there is none without a check. */
export interface HealthPolicy {
  /** Tells when it is ready; null: none is configured. */
  readonly readiness: Check | null;
  /** How long it may take to become ready; null: as long as it likes. */
  readonly readinessTimeoutMs: number | null;
  /** Tells whether it is still well; null: none is configured. */
  readonly healthcheck: Check | null;
  /** From the end of one check to the next; of a watchdog, how often it must be heard of. */
  readonly intervalMs: number;
  /** After this a check has failed. */
  readonly timeoutMs: number;
  /** So many failures in a row mean unhealthy. */
  readonly retries: number;
  /** Failures before this, and before the first success, do not count. */
  readonly startPeriodMs: number;
  /** What follows when it is not. */
  readonly onUnhealthy: OnUnhealthy;
}

/** Whether the daemon has to go and look; the others are heard of. */
export function isAsked(check: Check): boolean {
  switch (check.kind) {
    case "http":
    case "tcp":
    case "unix":
    case "exec":
    case "file":
      return true;
    case "log":
    case "notify":
    case "fd":
      return false;
  }
}

/** As it is named in messages. */
export function describeCheck(check: Check): string {
  switch (check.kind) {
    case "http":
      return check.url.replace(/\/\/[^/@]*@/, "//");
    case "tcp":
      return `tcp://${check.host}:${check.port}`;
    case "unix":
      return `unix://${check.path}`;
    case "exec":
      return `exec:${check.command}`;
    case "log":
      return `log:${check.pattern}`;
    case "file":
      return `file:${check.path}`;
    case "notify":
      return "notify";
    case "fd":
      return `fd:${check.fd}`;
  }
}
