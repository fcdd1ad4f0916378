/** The action "complete": what a shell's completion asks. It never complains: nobody would see it. */
import { readProcessInfos } from "../../src/client/answers.ts";
import { suggest } from "./completion.ts";
import type { Session } from "./session.ts";

/**
 * Prints one candidate per line for the last word of what was typed behind the options.
 *
 * @param typed the action and its arguments so far; a blank at the end begins a new word
 */
export async function complete(session: Session, typed: string): Promise<void> {
  const names = async () => {
    try {
      return readProcessInfos(await session.call("getAllProcessInfo"));
    } catch {
      // No daemon, no permission: there are no names to suggest.
      return [];
    }
  };
  const { matches } = await suggest(typed, names, { withUnlisted: true });
  for (const match of matches) session.output.line(match.trimEnd());
}
