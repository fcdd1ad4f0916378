/**
 * What the server said about one process -> the line printed and what it does to the exit
 * status. Pure.
 */
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { makeNamespec } from "./names.ts";

/** The exit statuses of supervisorctl: those the LSB gives to init scripts. */
export const EXIT = {
  SUCCESS: 0,
  GENERIC: 1,
  INVALID_ARGS: 2,
  UNIMPLEMENTED_FEATURE: 3,
  INSUFFICIENT_PRIVILEGES: 4,
  NOT_INSTALLED: 5,
  NOT_RUNNING: 7,
} as const;

/** The same for the action "status". */
export const STATUS_EXIT = { NOT_RUNNING: 3, UNKNOWN: 4 } as const;

export interface Outcome {
  readonly group: string;
  /** null: the group was meant. */
  readonly name: string | null;
  /** A fault code, or 80 for success. */
  readonly status: number;
  readonly description: string;
}

export interface Report {
  readonly line: string;
  /** The exit status from now on; null: as it was. */
  readonly exit: number | null;
}

/** The verbs that are reported one process at a time. */
export type Verb = "start" | "stop" | "signal" | "clear";

interface Wording {
  /** Behind the name when it worked. */
  readonly success: string;
  /** In brackets behind `ERROR`. */
  readonly reasons: Readonly<Record<number, string>>;
  /** A failure that says all by itself and is printed as it came. */
  readonly verbatim?: number;
  /** Already as wanted: reported, but no failure. */
  readonly harmless?: number;
}

const NO_SUCH_PROCESS = { [FAULT_CODES.BAD_NAME]: "no such process" };

const SIGNAL_REASONS = {
  ...NO_SUCH_PROCESS,
  [FAULT_CODES.BAD_SIGNAL]: "bad signal name",
  [FAULT_CODES.NOT_RUNNING]: "not running",
};

const WORDINGS: Readonly<Record<Verb, Wording>> = {
  start: {
    success: "started",
    reasons: {
      ...NO_SUCH_PROCESS,
      [FAULT_CODES.NO_FILE]: "no such file",
      [FAULT_CODES.NOT_EXECUTABLE]: "file is not executable",
      [FAULT_CODES.ALREADY_STARTED]: "already started",
      [FAULT_CODES.SPAWN_ERROR]: "spawn error",
      [FAULT_CODES.ABNORMAL_TERMINATION]: "abnormal termination",
    },
    harmless: FAULT_CODES.ALREADY_STARTED,
  },
  stop: {
    success: "stopped",
    reasons: SIGNAL_REASONS,
    verbatim: FAULT_CODES.FAILED,
    harmless: FAULT_CODES.NOT_RUNNING,
  },
  signal: { success: "signalled", reasons: SIGNAL_REASONS, verbatim: FAULT_CODES.FAILED },
  clear: { success: "cleared", reasons: { ...NO_SUCH_PROCESS, [FAULT_CODES.FAILED]: "failed" } },
};

/** The process was meant to be up and is not. */
const DEAD_PROGRAM_CODES: ReadonlySet<number> = new Set([
  FAULT_CODES.SPAWN_ERROR,
  FAULT_CODES.ABNORMAL_TERMINATION,
  FAULT_CODES.NOT_RUNNING,
]);

/** Why it did not work, in the words of the line; null for a code that has none. */
export function reasonFor(verb: Verb, code: number): string | null {
  return WORDINGS[verb].reasons[code] ?? null;
}

/** @throws Error with the text of Supervisor for a code that means nothing for this verb */
export function report(verb: Verb, outcome: Outcome): Report {
  const { status } = outcome;
  const wording = WORDINGS[verb];
  const name = makeNamespec(outcome.group, outcome.name);
  if (status === FAULT_CODES.SUCCESS) return { line: `${name}: ${wording.success}`, exit: null };
  const exit = exitOf(status, wording.harmless);
  if (status === wording.verbatim) return { line: outcome.description, exit };
  if (status === FAULT_CODES.NOT_PERMITTED) {
    const refusal = outcome.description.replace(/^NOT_PERMITTED: /, "");
    return { line: `${name}: ERROR (not permitted: ${refusal})`, exit };
  }
  const reason = wording.reasons[status];
  if (reason === undefined) throw new Error(`Unknown result code ${status} for ${name}`);
  return { line: `${name}: ERROR (${reason})`, exit };
}

function exitOf(status: number, harmless: number | undefined): number | null {
  if (status === harmless) return null;
  return DEAD_PROGRAM_CODES.has(status) ? EXIT.NOT_RUNNING : EXIT.GENERIC;
}
