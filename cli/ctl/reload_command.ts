/** The action "reload-program": a process reads its own configuration again. */
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

export async function reloadProgram(session: Session, rest: string): Promise<void> {
  const targets = splitWords(rest);
  if (targets.length === 0) {
    const message = "Error: reload-program requires a process name";
    return session.usageError(message, findCommand("reload-program"), EXIT.INVALID_ARGS);
  }
  let results: readonly Result[];
  try {
    const answer = await postJson(session, "/api/v1/actions", { action: "reload", targets });
    ({ results } = answer as { readonly results: readonly Result[] });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.output.line(`ERROR: ${error.message}`);
    session.exitStatus = EXIT.GENERIC;
    return;
  }
  for (const { namespec, ok, text } of results) {
    session.output.line(ok ? `${namespec}: reloaded` : `${namespec}: ERROR (${text})`);
    if (!ok) session.exitStatus = EXIT.GENERIC;
  }
}
