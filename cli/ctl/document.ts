/** One JSON document for an action, as `--json` wants it. */
import type { Session } from "./session.ts";

/** @param facts `ok` follows the exit status unless they say it themselves */
export function sayDocument(session: Session, action: string, facts: object): void {
  session.output.line(JSON.stringify({ action, ok: session.exitStatus === 0, ...facts }));
}
