/**
 * Commands that run around the life of a process: what there is, and what each finds in its
 * environment. When one runs is the machine's business, how it runs the daemon's.
 */
import { type ExitStatus, signalName } from "./signals.ts";

/** In the order of a life. */
export const HOOK_NAMES = [
  "secret_command",
  "pre_start",
  "post_start",
  "reload_command",
  "pre_stop",
  "stop_command",
  "post_stop",
  "on_fatal",
] as const;

/** A point in the life of a process at which a command can run. */
export type HookName = (typeof HOOK_NAMES)[number];

/** Those the machine waits for: nothing else happens to the process until they have ended. */
export type BlockingHook =
  | "secret_command"
  | "pre_start"
  | "pre_stop"
  | "stop_command"
  | "post_stop";

/** The commands of a program, as written; only those that are configured. */
export interface HookSpec {
  /** By the point at which they run. */
  readonly commands: Readonly<Partial<Record<HookName, string>>>;
  /** After this a hook is killed and counts as failed. */
  readonly timeoutSecs: number;
}

/** What is known of the process when a hook starts. */
export interface HookFacts {
  readonly hook: HookName;
  /** 0: none. After the end of a process: the pid it had. */
  readonly pid: number;
  /** Only where the hook follows the end of a process. */
  readonly exit: ExitStatus | null;
  /** Failed tries so far. */
  readonly tries: number;
  /** Why it could not be started, if that is so. */
  readonly spawnError: string | null;
}

/** Added to the environment of the program itself. */
export function hookEnvironment(facts: HookFacts): Record<string, string> {
  const { hook, pid, exit, tries, spawnError } = facts;
  return {
    SUPERVISOR_HOOK: hook,
    ...(pid === 0 ? {} : { SUPERVISOR_PID: String(pid) }),
    SUPERVISOR_TRIES: String(tries),
    ...(exit?.type === "exited" ? { SUPERVISOR_EXIT_CODE: String(exit.code) } : {}),
    ...(exit?.type === "signalled" ? { SUPERVISOR_EXIT_SIGNAL: signalName(exit.signal) } : {}),
    ...(spawnError === null ? {} : { SUPERVISOR_SPAWN_ERROR: spawnError }),
  };
}
