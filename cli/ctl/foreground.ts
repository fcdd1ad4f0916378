/** The action "fg": a process's output on the screen, and what is typed as its input. */
import { readProcessInfo } from "../../src/client/answers.ts";
import { HttpStatusError } from "../../src/client/errors.ts";
import { logPath } from "../../src/client/rpc_client.ts";
import { splitWords } from "../../src/config/python_text.ts";
import { PROCESS_STATE_CODES } from "../../src/process/states.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { Fault } from "../../src/xmlrpc/value.ts";
import { findCommand } from "./commands.ts";
import { describeFault } from "./errors.ts";
import { Interrupted, interruptible } from "./interrupts.ts";
import { describeProblem, streamLog, type StreamProblem } from "./log_commands.ts";
import type { Session } from "./session.ts";

export async function foreground(session: Session, rest: string): Promise<void> {
  const [name, ...others] = splitWords(rest);
  if (name === undefined) {
    return session.usageError("ERROR: no process name supplied", findCommand("fg"));
  }
  if (others.length > 0) {
    return session.usageError("ERROR: too many process names supplied", null);
  }
  const problem = await whyNot(session, name);
  if (problem !== null) return session.usageError(problem, null);

  session.output.line("==> Press Ctrl-C to exit <==");
  const streams = new AbortController();
  const streaming = showOutput(session, name, streams.signal);
  try {
    await session.interrupts.during((signal) => passInput(session, name, signal));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    streams.abort();
    await streaming;
  }
  session.output.line("Exiting foreground");
}

/** A sentence if the process cannot be brought to the foreground. */
async function whyNot(session: Session, name: string): Promise<string | null> {
  try {
    const isRunning = await isProcessRunning(session, name);
    return isRunning ? null : "ERROR: process not running";
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.code === FAULT_CODES.BAD_NAME
      ? "ERROR: bad process name supplied"
      : `ERROR: ${describeFault(error)}`;
  }
}

async function isProcessRunning(session: Session, name: string): Promise<boolean> {
  const info = readProcessInfo(await session.call("getProcessInfo", name));
  return info.state === PROCESS_STATE_CODES.RUNNING;
}

/** Both channels at once, until the signal. Never throws. */
async function showOutput(session: Session, name: string, signal: AbortSignal): Promise<void> {
  await Promise.all((["stdout", "stderr"] as const).map(async (channel) => {
    const problem = await streamLog(session, logPath(name, channel), signal);
    // With redirect_stderr there is no such log: all there is to see is on stdout.
    if (problem === null || (channel === "stderr" && isMissing(problem))) return;
    const url = `${session.serverUrl}/logtail/${name}/${channel}`;
    session.errorOutput.line(`${url} ${describeProblem(problem)}`);
  }));
}

function isMissing(problem: StreamProblem): boolean {
  return problem instanceof HttpStatusError && problem.status === 404;
}

/**
 * Sends line after line, until the input ends or the process is gone.
 *
 * @throws Interrupted
 */
async function passInput(session: Session, name: string, signal: AbortSignal): Promise<void> {
  const input = await session.input;
  while (true) {
    // The process draws on the same lines, and what is typed for it is not for our history.
    const line = await input.readLine("", { signal, plain: true });
    if (line === null) return;
    if (!await interruptible(signal, send(session, name, `${line}\n`))) return;
  }
}

/** @returns whether the process takes more */
async function send(session: Session, name: string, text: string): Promise<boolean> {
  try {
    await session.call("sendProcessStdin", name, text);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    session.output.line(
      error.code === FAULT_CODES.NOT_RUNNING
        ? "Process got killed"
        : `ERROR: ${describeFault(error)}`,
    );
    return false;
  }
  if (await isProcessRunning(session, name)) return true;
  session.output.line("Process got killed");
  return false;
}
