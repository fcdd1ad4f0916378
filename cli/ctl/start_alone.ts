/** `start --no-deps`: processes are started at once, whatever they depend on. */
import { splitWords } from "../../src/config/python_text.ts";
import { postAction, tellResults } from "./action_results.ts";
import { sayRefusal } from "./api.ts";
import { readOptions, requireNames, sayMisuse } from "./options.ts";
import type { Session } from "./session.ts";

export async function startAlone(session: Session, rest: string): Promise<void> {
  let targets: readonly string[];
  try {
    ({ words: targets } = readOptions(splitWords(rest), { "--no-deps": false }));
    requireNames("start", targets);
  } catch (error) {
    return sayMisuse(session, "start", error);
  }
  try {
    const results = await postAction(session, { action: "start", targets, dependencies: false });
    tellResults(session, "start", { results, isJson: false });
  } catch (error) {
    sayRefusal(session, error);
  }
}
