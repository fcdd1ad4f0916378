/**
 * Runs a command that daemonizes and writes a pid file, and passes signals on to that pid, so
 * that supervisord can stop and signal a program it cannot run in the foreground.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";

const forwardedSignals = ["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGQUIT"] as const;
type ForwardedSignal = typeof forwardedSignals[number];

/** After these there is nothing left to proxy for. */
const endingSignals: ReadonlySet<ForwardedSignal> = new Set(["SIGTERM", "SIGINT", "SIGQUIT"]);

function usage(invokedAs: string): string {
  return `pidproxy -- run a command and pass signals on to the process named in its pid file.

The command is expected to write its process id to a file. A signal that arrives here is sent to
the process that this file names at that moment.

Usage: ${invokedAs} <pidfile name> <command> [<cmdarg1> ...]
`;
}

/**
 * Reads the pid a daemon has written.
 *
 * @returns null when the file cannot be read or holds no process id. Zero and negative numbers
 * are none: kill(2) would take them for process groups, our own among them.
 */
export function readPidFile(path: string): number | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch {
    // Missing, unreadable, a directory: the one message of the caller covers them all.
    return null;
  }
  if (!/^\+?\d+$/.test(text)) return null;
  const pid = Number(text);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
}

/** Sends the signal to the pid in the file; what goes wrong is said on stdout, as there. */
function forward(pidfile: string, signal: ForwardedSignal): boolean {
  const pid = readPidFile(pidfile);
  if (pid === null) {
    writeSync(1, `Can't read child pidfile ${pidfile}!\n`);
    return false;
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Supervisor's pidproxy dies of a traceback here. A process that is gone needs no signal, and
    // one we may not signal is worth a line, not our end.
    writeSync(2, `pidproxy: cannot send ${signal} to ${pid}: ${(error as Error).message}\n`);
  }
  return true;
}

/**
 * @param args the pid file, the command and its arguments
 * @param invokedAs the name for the usage text
 * @returns the exit status: 1 after the usage text, else 0 whatever the command's own was, since
 * that of a command which goes into the background says nothing about the daemon
 */
export async function pidproxy(args: readonly string[], invokedAs: string): Promise<number> {
  const [pidfile, command, ...commandArgs] = args;
  if (pidfile === undefined || command === undefined) {
    writeSync(1, usage(invokedAs));
    return 1;
  }
  return await new Promise<number>((finish) => {
    // Handlers first: a signal that comes while the command starts must not end us.
    const handlers = forwardedSignals.map((signal) => {
      const handler = () => {
        if (forward(pidfile, signal) && endingSignals.has(signal)) end();
      };
      process.on(signal, handler);
      return { signal, handler };
    });
    function end(): void {
      for (const { signal, handler } of handlers) process.off(signal, handler);
      finish(0);
    }

    // The path is made absolute and PATH is not searched; argv[0] stays as it was written.
    const child = spawn(resolve(command), commandArgs, { argv0: command, stdio: "inherit" });
    child.on("error", (error) => {
      writeSync(2, `pidproxy: cannot run ${command}: ${error.message}\n`);
      end();
    });
    child.on("exit", end);
  });
}
