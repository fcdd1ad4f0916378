/** What a log sink reports about itself, with a sentence for the main log. */
import { errorCode } from "./file_system.ts";

export type SinkTrouble =
  /** Bytes cannot be written now; they are kept as long as there is room. */
  | "failing"
  /** A rename or reopening failed; bytes still go to the file that is open. */
  | "stuck"
  /** All is well again; `bytesLost` says what did not survive. */
  | "recovered"
  /** The reader is too slow or gone; bytes were dropped. */
  | "dropping";

export class LogSinkError extends Error {
  readonly trouble: SinkTrouble;
  readonly path: string;
  /** Bytes dropped since the last report. */
  readonly bytesLost: number;
  /** Symbol of the cause (`ENOSPC`); empty if there is none. */
  readonly code: string;

  constructor(
    trouble: SinkTrouble,
    path: string,
    message: string,
    details: { readonly bytesLost?: number; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "LogSinkError";
    this.trouble = trouble;
    this.path = path;
    this.bytesLost = details.bytesLost ?? 0;
    this.code = errorCode(details.cause);
  }
}

/** The reason in a few words: the system's symbol, or the message of another error. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== "") return code;
  return error instanceof Error ? error.message : String(error);
}

/** @param room bytes that are kept of what cannot be written */
export function blockedLog(
  trouble: "failing" | "stuck",
  path: string,
  error: unknown,
  room: number,
): LogSinkError {
  const reason = reasonOf(error);
  const message = trouble === "failing"
    ? `cannot write log file ${path}: ${reason}; its output is kept in memory, ` +
      `up to ${room} bytes, until it can be written`
    : `cannot replace log file ${path}: ${reason}; its output goes to the old file`;
  return new LogSinkError(trouble, path, message, { cause: error });
}

export function recoveredLog(path: string, bytesLost: number): LogSinkError {
  const message = `log file ${path} works again; ${bytesLost} bytes were lost`;
  return new LogSinkError("recovered", path, message, { bytesLost });
}
