/** The interactive shell: a prompt, a line, its action, again. */
import { type ProcessInfo, readProcessInfos } from "../../src/client/answers.ts";
import { suggest } from "./completion.ts";
import { Interrupted, interruptible } from "./interrupts.ts";
import type { Session } from "./session.ts";

/** What is run first, and what the end of input stands for. */
const FIRST_LINE = "status";
const LAST_LINE = "EOF";

/**
 * Runs until `quit`, the end of input or Ctrl-C.
 *
 * @param prompt the name in front of `> `
 */
export async function runShell(session: Session, prompt: string): Promise<void> {
  const input = await session.input;
  try {
    await session.interrupts.during(async (signal) => {
      let isOver = await interruptible(signal, session.run(FIRST_LINE));
      while (!isOver && !session.output.isClosed) {
        const line = await input.readLine(`${prompt}> `, {
          signal,
          complete: completerFor(session),
        });
        isOver = await interruptible(signal, session.run(line ?? LAST_LINE));
      }
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    session.output.line("");
  }
}

/** Completion for one command line: the list of processes is fetched once at most. */
function completerFor(session: Session) {
  let list: Promise<ProcessInfo[]> | null = null;
  const fetchList = async () => {
    try {
      return readProcessInfos(await session.call("getAllProcessInfo"));
    } finally {
      session.client.close();
    }
  };
  return (typed: string) => suggest(typed, () => list ??= fetchList());
}
