/** The actions on logs: tail, maintail. */
import { readText } from "../../src/client/answers.ts";
import { ConnectionError, HttpStatusError, MalformedAnswerError } from "../../src/client/errors.ts";
import { logPath } from "../../src/client/rpc_client.ts";
import { parseInteger, repr, splitWords } from "../../src/config/python_text.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { Fault } from "../../src/xmlrpc/value.ts";
import { findCommand } from "./commands.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

/** How much of a log is shown unless told otherwise, in bytes. */
const DEFAULT_BYTES = 1600;

type Channel = "stdout" | "stderr";

/** `tail [-N|-f] NAME [stdout|stderr]` */
export async function tail(session: Session, rest: string): Promise<void> {
  const words = splitWords(rest);
  if (words.length < 1) {
    return session.usageError("Error: too few arguments", findCommand("tail"));
  }
  if (words.length > 3) {
    return session.usageError("Error: too many arguments", findCommand("tail"));
  }
  const modifier = words[0]?.startsWith("-") ? words.shift() : undefined;
  const name = words[0];
  if (name === undefined) {
    return session.usageError("Error: tail requires process name", null);
  }
  const channel = words.length === 1 ? "stdout" : words.at(-1)?.toLowerCase() ?? "";
  if (!isChannel(channel)) {
    return session.usageError(`Error: bad channel ${repr(channel)}`, null);
  }
  if (modifier === "-f") {
    return await follow(session, logPath(name, channel), `/logtail/${name}/${channel}`);
  }
  const bytes = modifier === undefined ? DEFAULT_BYTES : readCount(modifier);
  if (bytes === null) return session.usageError(`Error: bad argument ${modifier}`, null);
  const method = channel === "stdout" ? "readProcessStdoutLog" : "readProcessStderrLog";
  await show(session, name, method, [name, ...endOfLog(bytes)]);
}

/** `maintail [-N|-f]` */
export async function maintail(session: Session, rest: string): Promise<void> {
  const words = splitWords(rest);
  if (words.length > 1) {
    return session.usageError("Error: too many arguments", findCommand("maintail"));
  }
  const [modifier] = words;
  if (modifier === "-f") return await follow(session, "/mainlogtail", "/mainlogtail");
  const bytes = modifier === undefined ? DEFAULT_BYTES : readCount(modifier);
  if (bytes === null) return session.usageError(`Error: bad argument ${modifier}`, null);
  await show(session, "supervisord", "readLog", endOfLog(bytes));
}

function isChannel(text: string): text is Channel {
  return text === "stdout" || text === "stderr";
}

/** `-100` -> 100; null for anything that is no such modifier. */
function readCount(modifier: string): number | null {
  if (!modifier.startsWith("-")) return null;
  const count = parseInteger(modifier.slice(1));
  return count === undefined ? null : Number(count);
}

/** Offset and length that ask for the last bytes. */
function endOfLog(bytes: number): [offset: number, length: number] {
  // 0 - 0, not -0: there is no negative zero in XML-RPC.
  return [0 - bytes, 0];
}

async function show(
  session: Session,
  name: string,
  method: string,
  params: (string | number)[],
): Promise<void> {
  try {
    session.output.line(readText(await session.call(method, ...params)));
  } catch (error) {
    const reason = error instanceof Fault ? REASONS[error.code] : undefined;
    // The main log has no name that could be unknown.
    if (reason === undefined) throw error;
    session.output.line(`${name}: ERROR (${reason})`);
    session.exitStatus = EXIT.GENERIC;
  }
}

const REASONS: Readonly<Record<number, string>> = {
  [FAULT_CODES.NO_FILE]: "no log file",
  [FAULT_CODES.FAILED]: "unknown error reading log",
  [FAULT_CODES.BAD_NAME]: "no such process name",
};

/** Shows a log as it grows, until the server ends it, Ctrl-C, or nobody reads any more. */
async function follow(session: Session, path: string, shownPath: string): Promise<void> {
  session.output.line("==> Press Ctrl-C to exit <==");
  await session.interrupts.during(async (signal) => {
    const problem = await streamLog(session, path, signal);
    if (problem !== null) {
      session.errorOutput.line(`${session.serverUrl}${shownPath} ${describeProblem(problem)}`);
    }
    if (signal.aborted) session.output.line("");
  });
}

/** Why a log cannot be followed. */
export type StreamProblem = HttpStatusError | ConnectionError | MalformedAnswerError;

/** Copies a log stream to the output until it ends. @returns what kept it from streaming */
export async function streamLog(
  session: Session,
  path: string,
  signal: AbortSignal,
): Promise<StreamProblem | null> {
  const noReader = new AbortController();
  try {
    await session.client.follow(path, (bytes) => {
      session.output.write(bytes);
      if (session.output.isClosed) noReader.abort();
    }, { signal: AbortSignal.any([signal, noReader.signal]) });
    return null;
  } catch (error) {
    if (isStreamProblem(error)) return error;
    throw error;
  }
}

function isStreamProblem(error: unknown): error is StreamProblem {
  return error instanceof HttpStatusError || error instanceof ConnectionError ||
    error instanceof MalformedAnswerError;
}

export function describeProblem(problem: StreamProblem): string {
  if (problem instanceof HttpStatusError) return `Cannot read, status code ${problem.status}`;
  const verb = problem instanceof ConnectionError ? "connect" : "read";
  return `Cannot ${verb}, error: ${problem.message}`;
}
