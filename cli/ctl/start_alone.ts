/** `start --no-deps`: processes are started at once, whatever they depend on. */
import { splitWords } from "../../src/config/python_text.ts";
import { ApiError, postJson } from "./api.ts";
import { findCommand } from "./commands.ts";
import { OptionError, readOptions } from "./options.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

interface Result {
  readonly namespec: string;
  readonly ok: boolean;
  readonly text: string;
}

export async function startAlone(session: Session, rest: string): Promise<void> {
  try {
    const { words: targets } = readOptions(splitWords(rest), { "--no-deps": false });
    if (targets.length === 0) throw new OptionError("start requires a process name");
    const body = { action: "start", targets, dependencies: false };
    const answer = await postJson(session, "/api/v1/actions", body);
    for (const { namespec, ok, text } of (answer as { results: readonly Result[] }).results) {
      session.output.line(`${namespec}: ${ok ? text : `ERROR (${text})`}`);
      if (!ok) session.exitStatus = EXIT.GENERIC;
    }
  } catch (error) {
    if (error instanceof OptionError) {
      const message = `Error: ${error.message}`;
      return session.usageError(message, findCommand("start"), EXIT.INVALID_ARGS);
    }
    if (!(error instanceof ApiError)) throw error;
    session.output.line(`ERROR: ${error.message}`);
    session.exitStatus = EXIT.GENERIC;
  }
}
