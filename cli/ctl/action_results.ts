/** Actions that only the JSON API has: asks for one, and prints a line for each process. */
import { splitWords } from "../../src/config/python_text.ts";
import { ApiError, postJson } from "./api.ts";
import { findCommand } from "./commands.ts";
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
  const targets = splitWords(rest);
  if (targets.length === 0) {
    const message = `Error: ${command} requires a process name`;
    return session.usageError(message, findCommand(command), EXIT.INVALID_ARGS);
  }
  let results: readonly Result[];
  try {
    const answer = await postJson(session, "/api/v1/actions", { action, targets });
    ({ results } = answer as { readonly results: readonly Result[] });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.output.line(`ERROR: ${error.message}`);
    session.exitStatus = EXIT.GENERIC;
    return;
  }
  for (const { namespec, ok, text } of results) {
    session.output.line(ok ? `${namespec}: ${text}` : `${namespec}: ERROR (${text})`);
    if (!ok) session.exitStatus = EXIT.GENERIC;
  }
}
