/** The action "rotate": the logs of a process begin anew, and the old ones become backups. */
import { askForAction } from "./action_results.ts";
import type { Session } from "./session.ts";

export async function rotate(session: Session, rest: string): Promise<void> {
  await askForAction(session, { command: "rotate", action: "rotate", rest });
}
