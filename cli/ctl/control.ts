/** supervisorctl with its options read: one action, or the shell. */
import type { CtlConfig } from "../../src/config/types.ts";
import { nativeDial } from "../../src/runtime/dial.ts";
import { shedText } from "../../src/runtime/shed_text.ts";
import { isTerminal } from "../is_terminal.ts";
import type { LineInput } from "./input.ts";
import type { Interrupts } from "./interrupts.ts";
import { Output } from "./output.ts";
import { Session } from "./session.ts";

export interface ControlOptions {
  readonly config: CtlConfig;
  /** -i: an action asks before it does what cannot be undone, and for a password. */
  readonly interactive: boolean;
  /** The action and its arguments; none: the shell. */
  readonly words: readonly string[];
  /** One JSON document instead of text. */
  readonly json?: boolean;
  /** Called when the server of an action could not be talked to, after that was said. */
  readonly onUnreachable?: (failure: Error) => Promise<void>;
}

/** @returns the exit status */
export async function control(options: ControlOptions): Promise<number> {
  const { config, words } = options;
  // What was needed to get here is not needed again, and so it is with each answer. It takes a
  // millisecond in all and makes 28 MiB of what would be 34 at the end.
  shedText();
  const output = new Output(1);
  const session = new Session({
    serverUrl: config.serverUrl,
    username: config.username,
    password: config.password,
    ...(config.token === undefined ? {} : { token: config.token }),
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    interactive: options.interactive || words.length === 0,
    output,
    dial: nativeDial(),
    onAnswer: shedText,
    openInput: (interrupts) => openInput(output, interrupts, words.length === 0 ? config : null),
  });
  try {
    if (options.json === true) {
      const { runJson } = await import("./json.ts");
      return await runJson(words, { ...config, dial: nativeDial(), output });
    }
    if (words.length > 0) {
      session.givenWords = words.slice(1);
      await session.run(words.join(" "));
      if (session.connectionFailure !== null) {
        await options.onUnreachable?.(session.connectionFailure);
      }
      return session.exitStatus;
    }
    const { runShell } = await import("./shell.ts");
    await runShell(session, config.prompt);
    return 0;
  } finally {
    await session.close();
  }
}

/**
 * Standard input as what it is. The history belongs to the shell alone (a config is given).
 */
async function openInput(
  output: Output,
  interrupts: Interrupts,
  shell: CtlConfig | null,
): Promise<LineInput> {
  if (!isTerminal(0) || !isTerminal(1)) {
    return new (await import("./input.ts")).PipeInput(output);
  }
  const { History } = await import("./history.ts");
  const { TerminalInput } = await import("./terminal.ts");
  const path = shell?.historyFile ?? null;
  const history = path === null ? new History() : History.load(path);
  return new TerminalInput({
    output,
    interrupts,
    history,
    onClose: () => {
      if (path !== null) history.save(path);
    },
  });
}
