/** Actions that only the JSON API has: asks for one, and prints a line for each process. */
import { splitWords } from "../../src/config/python_text.ts";
import { ApiError, postJson } from "./api.ts";
import { findCommand } from "./commands.ts";
import { sayDocument } from "./document.ts";
import { OptionError, readOptions } from "./options.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

interface Result {
  readonly namespec: string;
  readonly ok: boolean;
  readonly text: string;
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
    const read = readOptions(session.givenWords ?? splitWords(rest), { "--json": false });
    targets = read.words;
    isJson ||= read.options.has("--json");
    if (targets.length === 0) throw new OptionError(`${command} requires a process name`);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return session.usageError(`Error: ${error.message}`, findCommand(command), EXIT.INVALID_ARGS);
  }
  let results: readonly Result[];
  try {
    const answer = await postJson(session, "/api/v1/actions", { action, targets });
    ({ results } = answer as { readonly results: readonly Result[] });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.exitStatus = EXIT.GENERIC;
    if (isJson) sayDocument(session, command, { error: error.message });
    else session.output.line(`ERROR: ${error.message}`);
    return;
  }
  if (results.some(({ ok }) => !ok)) session.exitStatus = EXIT.GENERIC;
  if (isJson) return sayDocument(session, command, { results });
  for (const { namespec, ok, text } of results) {
    session.output.line(ok ? `${namespec}: ${text}` : `${namespec}: ERROR (${text})`);
  }
}
