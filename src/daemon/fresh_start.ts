/** The parts of a start that are different for a program which takes over from another. */
import type { Config, DaemonSpec } from "../config/types.ts";
import type { Runtime } from "../runtime/types.ts";
import { removeOldAutoLogs } from "./auto_logs.ts";
import { dropPrivileges, raiseLimits, RUNNING_AS_ROOT, StartupError } from "./host.ts";
import { type MainLog, openMainLog } from "./main_log.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Once for a process, whatever it reloads.
 *
 * @returns lines for the log
 * @throws StartupError when the system refuses
 */
export function prepareHost(runtime: Runtime, { uid, minfds, minprocs }: DaemonSpec): string[] {
  const lines: string[] = [];
  if (uid !== null) {
    dropPrivileges(runtime, uid);
    lines.push(`Set uid to user ${uid} succeeded`);
  }
  return [...lines, ...raiseLimits(runtime, minfds, minprocs)];
}

/** @throws StartupError */
export function beginLog(runtime: Runtime, settings: DaemonSpec): MainLog {
  try {
    return openMainLog(runtime, settings);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(`could not open the main log: ${reason}`, 1);
  }
}

/** @param infos what has been done to the host */
export function writeStartMessages(
  runtime: Runtime,
  { daemon, messages }: Config,
  infos: readonly string[],
  log: Surroundings["log"],
): void {
  for (const level of ["critical", "warn", "info"] as const) {
    if (level === "critical" && daemon.uid === null && runtime.system.getuid() === 0) {
      log(level, RUNNING_AS_ROOT);
    }
    for (const message of messages) if (message.level === level) log(level, message.text);
    if (level === "info") { for (const text of infos) log(level, text); }
  }
}

/** Logs with names that were made up, of a daemon that is gone. */
export function cleanUpLogs(
  { nocleanup, childlogdir, identifier }: DaemonSpec,
  log: Surroundings["log"],
): void {
  if (!nocleanup) removeOldAutoLogs(childlogdir, identifier, (text) => log("warn", text));
}

/** @throws StartupError */
export function activateGroups(supervisor: Supervisor): void {
  try {
    supervisor.activateGroups();
  } catch (cause) {
    throw new StartupError(cause instanceof Error ? cause.message : String(cause), 1);
  }
}
