/** The action "reload-program": a process reads its own configuration again. */
import { askForAction } from "./action_results.ts";
import type { Session } from "./session.ts";

export async function reloadProgram(session: Session, rest: string): Promise<void> {
  await askForAction(session, { command: "reload-program", action: "reload", rest });
}
