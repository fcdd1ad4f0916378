/**
 * The states of a process and of the daemon, with the codes that go over the wire.
 * @see Supervisor docs, subprocess.rst, "Process States"
 */
export const PROCESS_STATE_CODES = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
} as const;

/** A state in the life of a process. */
export type ProcessState = keyof typeof PROCESS_STATE_CODES;

/** Nothing lives and nothing will start without a request. */
export const STOPPED_STATES: ReadonlySet<ProcessState> = new Set([
  "STOPPED",
  "EXITED",
  "FATAL",
  "UNKNOWN",
]);

/** A start request is answered with "already started". STOPPING is in neither set. */
export const RUNNING_STATES: ReadonlySet<ProcessState> = new Set([
  "STARTING",
  "RUNNING",
  "BACKOFF",
]);

/** There is a live pid to signal. */
export const SIGNALLABLE_STATES: ReadonlySet<ProcessState> = new Set([
  "STARTING",
  "RUNNING",
  "STOPPING",
]);

/** The daemon's states, with the numbers that XML-RPC gives them. */
export const DAEMON_STATE_CODES = {
  FATAL: 2,
  RUNNING: 1,
  RESTARTING: 0,
  SHUTDOWN: -1,
} as const;

/** A state of the daemon. */
export type DaemonState = keyof typeof DAEMON_STATE_CODES;
