/** Why a request was refused, as RFC 9457 wants it told. */
import type { Daemon } from "../../daemon/types.ts";
import { type Fault, FAULT_CODES, type FaultName } from "../../rpc/faults.ts";
import { wholeResponse } from "../responses.ts";

export interface InputError {
  /** `query.limit`, `body.targets.0`. */
  readonly path: string;
  readonly message: string;
}

/** Codes of our own beside the names of the faults. */
export type ProblemCode =
  | FaultName
  | "INVALID_REQUEST"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "CROSS_SITE"
  | "NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "NO_LOG"
  | "TIMED_OUT"
  | "INTERNAL_ERROR";

const STATUS: Readonly<Partial<Record<ProblemCode, number>>> = {
  BAD_NAME: 404,
  NOT_FOUND: 404,
  NO_LOG: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_RUNNING: 409,
  ALREADY_STARTED: 409,
  ALREADY_ADDED: 409,
  STILL_RUNNING: 409,
  BAD_SIGNAL: 400,
  BAD_ARGUMENTS: 400,
  INCORRECT_PARAMETERS: 400,
  INVALID_REQUEST: 400,
  UNSUPPORTED_MEDIA_TYPE: 415,
  CROSS_SITE: 403,
  NOT_PERMITTED: 403,
  NO_FILE: 422,
  NOT_EXECUTABLE: 422,
  FAILED: 422,
  ABNORMAL_TERMINATION: 422,
  SPAWN_ERROR: 422,
  CANT_REREAD: 422,
  SHUTDOWN_STATE: 503,
  TIMED_OUT: 504,
  INTERNAL_ERROR: 500,
};

const TITLES: Readonly<Partial<Record<ProblemCode, string>>> = {
  BAD_NAME: "No such process or group",
  NOT_FOUND: "Nothing is here",
  NO_LOG: "There is no such log",
  METHOD_NOT_ALLOWED: "Not with this method",
  NOT_RUNNING: "Not running",
  ALREADY_STARTED: "Already started",
  STILL_RUNNING: "Still running",
  BAD_SIGNAL: "No such signal",
  INVALID_REQUEST: "The request does not fit its description",
  UNSUPPORTED_MEDIA_TYPE: "The body must be JSON",
  NOT_PERMITTED: "Your role does not allow it",
  CROSS_SITE: "Refused for your safety",
  NO_FILE: "No such file",
  NOT_EXECUTABLE: "Not executable",
  ABNORMAL_TERMINATION: "It ended too soon",
  SPAWN_ERROR: "It could not be started",
  CANT_REREAD: "The configuration cannot be read",
  SHUTDOWN_STATE: "The daemon is shutting down",
  TIMED_OUT: "It took too long",
  INTERNAL_ERROR: "An error of the daemon",
};

export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly errors: readonly InputError[];

  constructor(code: ProblemCode, detail: string, errors: readonly InputError[] = []) {
    super(detail);
    this.code = code;
    this.errors = errors;
  }
}

/** @throws ProblemError SHUTDOWN_STATE */
export function requireRunning({ state }: Daemon): void {
  if (state !== "RUNNING") throw new ProblemError("SHUTDOWN_STATE", "the daemon is shutting down");
}

export function problemResponse(
  { code, message, errors }: ProblemError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const status = STATUS[code] ?? 500;
  const problem = {
    type: `urn:supervisord:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: TITLES[code] ?? "The daemon refused",
    status,
    detail: message,
    code,
    ...(errors.length === 0 ? {} : { errors }),
  };
  return wholeResponse(`${JSON.stringify(problem)}\n`, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  }, status);
}

const NAMES: ReadonlyMap<number, FaultName> = new Map(
  (Object.keys(FAULT_CODES) as FaultName[]).map((name) => [FAULT_CODES[name], name]),
);

export function faultName(code: number): FaultName {
  return NAMES.get(code) ?? "FAILED";
}

/** A fault of the XML-RPC API in our words; its own `NAME: ` in front goes. */
export function problemOf(fault: Fault): ProblemError {
  const name = faultName(fault.code);
  return new ProblemError(name, faultWords(name, fault.message));
}

/** `BAD_NAME: web` -> a sentence. */
export function faultWords(name: FaultName, message: string): string {
  const detail = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : "";
  switch (name) {
    case "BAD_NAME":
      return `no such process or group: ${detail}`;
    case "NOT_RUNNING":
      return `not running: ${detail}`;
    case "ALREADY_STARTED":
      return `already started: ${detail}`;
    case "SPAWN_ERROR":
      return `could not be started: ${detail}`;
    case "ABNORMAL_TERMINATION":
      return `ended too soon after its start: ${detail}`;
    case "BAD_SIGNAL":
      return `no such signal: ${detail}`;
    case "SHUTDOWN_STATE":
      return "the daemon is shutting down";
    default:
      return detail === "" ? (TITLES[name] ?? name).toLowerCase() : detail;
  }
}
