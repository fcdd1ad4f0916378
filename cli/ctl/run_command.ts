/** The action "run": programs run once, now; with --wait their end is this command's. */
import { splitWords } from "../../src/config/python_text.ts";
import { signalNumber } from "../../src/process/signals.ts";
import { ApiError, postJson } from "./api.ts";
import { readOptions, requireNames, sayMisuse } from "./options.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";
import { expandTargets } from "./targets.ts";
import { processPath } from "./wait_command.ts";

interface Run {
  readonly exit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly text: string;
  } | null;
  readonly spawnError: string | null;
  readonly seconds: number | null;
}

export async function run(session: Session, rest: string): Promise<void> {
  let names: readonly string[];
  let wait: boolean;
  try {
    const read = readOptions(splitWords(rest), { "--wait": false });
    names = read.words;
    wait = read.options.has("--wait");
    requireNames("run", names);
  } catch (error) {
    return sayMisuse(session, "run", error);
  }
  const { targets, unknown } = await expandTargets(session, names);
  if (unknown.length > 0) {
    if (session.isJson) {
      for (const { namespec, error: text } of unknown) {
        session.output.line(JSON.stringify({ namespec, ok: false, text }));
      }
    }
    return;
  }
  await Promise.all(targets.map(async ({ namespec }) => {
    const { ok, text, status, facts } = await runOne(session, namespec, wait);
    // The first that did not end well is what is told.
    if (session.exitStatus === EXIT.SUCCESS) session.exitStatus = status;
    session.output.line(
      session.isJson ? JSON.stringify({ namespec, ok, text, ...facts }) : `${namespec}: ${text}`,
    );
  }));
}

interface Outcome {
  readonly ok: boolean;
  readonly text: string;
  /** What supervisorctl is to end with. */
  readonly status: number;
  readonly facts?: Partial<Run>;
}

async function runOne(session: Session, namespec: string, wait: boolean): Promise<Outcome> {
  let facts: Run;
  try {
    facts = await postJson(session, `${processPath(namespec)}/run`, { wait }) as Run;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ok: false, text: `ERROR (${error.message})`, status: EXIT.GENERIC };
  }
  const { exit, spawnError, seconds } = facts;
  if (exit !== null) {
    const status = statusOf(exit);
    const text = seconds === null ? exit.text : `${exit.text} after ${seconds} s`;
    return { ok: status === 0, text, status, facts };
  }
  if (spawnError !== null) {
    return { ok: false, text: `ERROR (${spawnError})`, status: EXIT.GENERIC, facts };
  }
  return { ok: true, text: "started", status: EXIT.SUCCESS };
}

/** As a shell has it: 128 and its number for a signal. */
function statusOf({ code, signal }: NonNullable<Run["exit"]>): number {
  if (code !== null) return code;
  const number = signal === null ? undefined : signalNumber(signal);
  return number === undefined ? EXIT.GENERIC : 128 + number;
}
