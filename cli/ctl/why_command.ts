/** The action "why": why processes are in their states, and what they wait for. */
import { splitWords } from "../../src/config/python_text.ts";
import { ApiError, getJson } from "./api.ts";
import { findCommand } from "./commands.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";
import { expandTargets } from "./targets.ts";

interface Answer {
  readonly state: string;
  readonly reasons: readonly string[];
}

export async function why(session: Session, rest: string): Promise<void> {
  const names = splitWords(rest);
  if (names.length === 0) {
    const message = "Error: why requires a process name";
    return session.usageError(message, findCommand("why"), EXIT.INVALID_ARGS);
  }
  const { targets } = await expandTargets(session, names);
  for (const { namespec } of targets) {
    try {
      const path = `/api/v1/processes/${encodeURIComponent(namespec)}/why`;
      const { state, reasons } = await getJson(session, path) as Answer;
      session.output.line(`${namespec}: ${state}`);
      for (const reason of reasons) session.output.line(`    ${reason}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      session.output.line(`${namespec}: ERROR (${error.message})`);
      session.exitStatus = EXIT.GENERIC;
    }
  }
}
