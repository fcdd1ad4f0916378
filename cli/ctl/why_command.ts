/** The action "why": why processes are in their states, and what they wait for. */
import { ApiError, getJson } from "./api.ts";
import { sayDocument } from "./document.ts";
import { readRest, requireNames, sayMisuse } from "./options.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";
import { expandTargets } from "./targets.ts";

/** More is in it, and goes into the document as it comes. */
interface Explanation {
  readonly namespec: string;
  readonly state: string;
  readonly reasons: readonly string[];
}

interface Failure {
  readonly namespec: string;
  readonly error: string;
}

export async function why(session: Session, rest: string): Promise<void> {
  let names: readonly string[];
  let isJson = session.isJson;
  try {
    const read = readRest(session, rest, { "--json": false });
    names = read.words;
    isJson ||= read.options.has("--json");
    requireNames("why", names);
  } catch (error) {
    return sayMisuse(session, "why", error);
  }
  const { targets, unknown } = await expandTargets(session, names, { isQuiet: isJson });
  const processes: (Explanation | Failure)[] = [...unknown];
  for (const { namespec } of targets) {
    const answer = await explanationOf(session, namespec);
    processes.push(answer);
    if (!isJson) print(session, answer);
  }
  if (isJson) sayDocument(session, "why", { processes });
}

async function explanationOf(session: Session, namespec: string): Promise<Explanation | Failure> {
  try {
    const path = `/api/v1/processes/${encodeURIComponent(namespec)}/why`;
    return await getJson(session, path) as Explanation;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.exitStatus = EXIT.GENERIC;
    return { namespec, error: error.message };
  }
}

function print({ output }: Session, answer: Explanation | Failure): void {
  if ("error" in answer) return output.line(`${answer.namespec}: ERROR (${answer.error})`);
  output.line(`${answer.namespec}: ${answer.state}`);
  for (const reason of answer.reasons) output.line(`    ${reason}`);
}
