/** Actions that only the JSON API has: asks for one, and prints a line for each process. */
import { ApiError, postJson } from "./api.ts";
import { sayDocument } from "./document.ts";
import { readRest, requireNames, sayMisuse } from "./options.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

/** What has come of an action for one process. */
export interface ActionResult {
  readonly namespec: string;
  readonly ok: boolean;
  readonly code: string;
  readonly text: string;
}

/** @throws ApiError, and what RpcClient.follow throws */
export async function postAction(
  session: Session,
  request: {
    readonly action: string;
    readonly targets: readonly string[];
    readonly dependencies?: boolean;
  },
): Promise<readonly ActionResult[]> {
  const answer = await postJson(session, "/api/v1/actions", request);
  return (answer as { readonly results: readonly ActionResult[] }).results;
}

/** A line for each process, or the document of the command. */
export function tellResults(
  session: Session,
  command: string,
  { results, isJson }: {
    readonly results: readonly ActionResult[];
    readonly isJson: boolean;
  },
): void {
  if (results.some(({ ok }) => !ok)) session.exitStatus = EXIT.GENERIC;
  if (isJson) return sayDocument(session, command, { results });
  for (const { namespec, ok, text } of results) {
    session.output.line(ok ? `${namespec}: ${text}` : `${namespec}: ERROR (${text})`);
  }
}

export async function askForAction(
  session: Session,
  { command, action, rest }: {
    readonly command: string;
    readonly action: "reload" | "rotate";
    readonly rest: string;
  },
): Promise<void> {
  let targets: readonly string[];
  let isJson = session.isJson;
  try {
    const read = readRest(session, rest, { "--json": false });
    targets = read.words;
    isJson ||= read.options.has("--json");
    requireNames(command, targets);
  } catch (error) {
    return sayMisuse(session, command, error);
  }
  let results: readonly ActionResult[];
  try {
    results = await postAction(session, { action, targets });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.exitStatus = EXIT.GENERIC;
    if (isJson) sayDocument(session, command, { error: error.message });
    else session.output.line(`ERROR: ${error.message}`);
    return;
  }
  tellResults(session, command, { results, isJson });
}
