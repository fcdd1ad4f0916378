/**
 * Going to the background without fork(2), which no JavaScript runtime survives: the program
 * starts itself once more, detached, and waits until that one says that it is up. The exit
 * status of the foreground process is therefore true: 0 only once the sockets are open and the
 * pid file is written. (The reference's parent leaves before either.)
 */
import { closeSync, openSync, writeSync } from "node:fs";
import process from "node:process";
import type { DaemonSpec } from "../src/config/types.ts";
import type { LogLevel } from "../src/process/machine_types.ts";
import type { Runtime } from "../src/runtime/types.ts";

/** Names the descriptor on which the detached process reports that it is up. */
const READY_VARIABLE = "SUPERVISORD_READY_FD";
const READY_FD = 3;

/** Variables that steer this program and are not for children. */
export const INTERNAL_VARIABLES: readonly string[] = [READY_VARIABLE];

export function isDetached(): boolean {
  return process.env[READY_VARIABLE] !== undefined;
}

/**
 * Starts this program again in a session of its own and waits for its word.
 *
 * @param variables what its environment has in addition to ours
 * @param onFailure told what it said when it ended instead
 * @returns the exit status for the foreground process
 */
export async function launchInBackground(
  runtime: Runtime,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  onFailure: (said: string) => Promise<void>,
): Promise<number> {
  let said = "";
  // Loaded here alone: the daemon itself starts its children in its own way.
  const { spawn } = await import("node:child_process");
  const [file, ...first] = runtime.selfCommand;
  const status = await new Promise<number>((resolve) => {
    const child = spawn(file as string, [...first, ...args], {
      argv0: runtime.selfCommand.length === 1 ? runtime.invokedAs : (file as string),
      detached: true,
      env: { ...process.env, ...variables, [READY_VARIABLE]: String(READY_FD) },
      // Not inherited: Deno keeps duplicates of what it was started with, and whoever waits for
      // the end of our output would wait for the daemon's.
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    child.stderr?.on("data", (chunk: Uint8Array) => {
      writeSync(2, chunk);
      said += new TextDecoder().decode(chunk);
    });
    child.once("error", (error) => {
      writeSync(2, `Error: cannot start in the background: ${error.message}\n`);
      resolve(1);
    });
    // "close" and not "exit": what it had to say about its end comes first.
    child.once("close", (code) => resolve(code ?? 1));
    child.stdio[READY_FD]?.once("data", () => resolve(0));
  });
  if (status !== 0) await onFailure(said);
  return status;
}

/** In the detached process, everything is up: the foreground process may go. */
export function reportReady(): void {
  if (!isDetached()) return;
  try {
    writeSync(READY_FD, "up\n");
    closeSync(READY_FD);
  } catch {
    // whoever waited is gone: the daemon is up all the same
  }
}

/** Leaves the terminal: directory, umask, and nothing on descriptors 0 to 2. */
export function detach(
  runtime: Runtime,
  settings: DaemonSpec,
  log: (level: LogLevel, text: string) => void,
): void {
  log("info", "daemonizing the supervisord process");
  if (settings.directory !== null) {
    try {
      process.chdir(settings.directory);
      log("info", `set current directory: '${settings.directory}'`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log("critical", `can't chdir into '${settings.directory}': ${reason}`);
    }
  }
  const nothing = openSync("/dev/null", "r+");
  for (const fd of [0, 1, 2]) runtime.system.dup2(nothing, fd);
  closeSync(nothing);
  runtime.system.umask(settings.umask);
}
