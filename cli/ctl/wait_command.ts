/** The action "wait": until processes are ready, healthy, running, stopped, or have exited. */
import { splitWords } from "../../src/config/python_text.ts";
import { WAIT_CONDITIONS, type WaitCondition } from "../../src/process/wait_for.ts";
import { ApiError, getJson } from "./api.ts";
import { OptionError, readOptions, requireNames, sayMisuse, wholeSeconds } from "./options.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";
import { expandTargets } from "./targets.ts";

const DEFAULT_SECONDS = 60;

export async function wait(session: Session, rest: string): Promise<void> {
  let names: readonly string[];
  let condition: WaitCondition;
  let seconds: number;
  try {
    const read = readOptions(splitWords(rest), { "--for": true, "--timeout": true });
    names = read.words;
    condition = waitCondition(read.options.get("--for") ?? "ready");
    const given = read.options.get("--timeout");
    seconds = given === undefined ? DEFAULT_SECONDS : wholeSeconds("--timeout", given);
    requireNames("wait", names);
  } catch (error) {
    return sayMisuse(session, "wait", error);
  }
  const { targets, unknown } = await expandTargets(session, names);
  if (session.isJson) {
    for (const { namespec, error } of unknown) {
      session.output.line(JSON.stringify({ namespec, for: condition, ok: false, error }));
    }
  }
  await session.interrupts.during(async (signal) => {
    await Promise.all(targets.map(async ({ namespec }) => {
      const problem = await waitForOne(session, { namespec, condition, seconds, signal });
      if (problem !== null) session.exitStatus = EXIT.GENERIC;
      if (signal.aborted) return;
      if (session.isJson) {
        const failed = problem === null ? {} : { error: problem };
        const document = { namespec, for: condition, ok: problem === null, ...failed };
        session.output.line(JSON.stringify(document));
      } else {
        session.output.line(
          problem === null ? `${namespec}: ${condition}` : `${namespec}: ERROR (${problem})`,
        );
      }
    }));
  });
}

/** @throws OptionError */
export function waitCondition(word: string): WaitCondition {
  const condition = WAIT_CONDITIONS.find((known) => known === word);
  if (condition !== undefined) return condition;
  throw new OptionError(`${word} is none of ${WAIT_CONDITIONS.join(", ")}`);
}

export interface WaitRequest {
  readonly namespec: string;
  readonly condition: WaitCondition;
  readonly seconds: number;
  readonly failFast?: boolean;
  readonly signal: AbortSignal;
}

/** @returns null when it has come, or why not */
export async function waitForOne(session: Session, request: WaitRequest): Promise<string | null> {
  const { namespec, condition, seconds, failFast = false, signal } = request;
  const query = new URLSearchParams({
    for: condition,
    timeout: String(seconds),
    failFast: String(failFast),
  });
  try {
    await getJson(session, `${processPath(namespec)}/wait?${query}`, signal);
    return null;
  } catch (error) {
    if (signal.aborted) return "interrupted";
    if (!(error instanceof ApiError)) throw error;
    return error.message;
  }
}

export function processPath(namespec: string): string {
  return `/api/v1/processes/${encodeURIComponent(namespec).replaceAll("%3A", ":")}`;
}
