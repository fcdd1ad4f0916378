/** Options behind an action of ours: `--name value`, `--name=value`, `--flag`, anywhere. */
import { splitWords } from "../../src/config/python_text.ts";
import { findCommand } from "./commands.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

/** What was typed does not fit; the message is a sentence without a full stop. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

export interface ReadOptions {
  /** By name, with dashes; "" for a flag. */
  readonly options: ReadonlyMap<string, string>;
  /** All other words, in order. */
  readonly words: readonly string[];
}

/**
 * @param known names, with whether a value follows
 * @throws OptionError
 */
export function readOptions(
  words: readonly string[],
  known: Readonly<Record<string, boolean>>,
): ReadOptions {
  const options = new Map<string, string>();
  const others: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (!word.startsWith("--")) {
      others.push(word);
      continue;
    }
    const [name = "", given] = word.split(/=(.*)/s);
    const takesValue = Object.hasOwn(known, name) ? known[name] : undefined;
    if (takesValue === undefined) throw new OptionError(`unknown option ${name}`);
    if (!takesValue && given !== undefined) throw new OptionError(`${name} takes no value`);
    const value = takesValue ? given ?? words[++i] : "";
    if (value === undefined) throw new OptionError(`${name} needs a value`);
    options.set(name, value);
  }
  return { options, words: others };
}

/** The same for what stands behind an action, with the blanks in it as they were given. */
export function readRest(
  session: Session,
  rest: string,
  known: Readonly<Record<string, boolean>>,
): ReadOptions {
  return readOptions(session.givenWords ?? splitWords(rest), known);
}

/** @throws OptionError when there are none */
export function requireNames(action: string, names: readonly string[]): void {
  if (names.length === 0) throw new OptionError(`${action} requires a process name`);
}

/** Says what is wrong with what was typed. What is no OptionError is thrown on. */
export function sayMisuse(session: Session, action: string, error: unknown): void {
  if (!(error instanceof OptionError)) throw error;
  session.usageError(`Error: ${error.message}`, findCommand(action), EXIT.INVALID_ARGS);
}

const MAX_SECONDS = 86_400;

/** @throws OptionError */
export function wholeSeconds(name: string, text: string): number {
  return wholeNumber(name, text.replace(/s$/, ""), { least: 0, most: MAX_SECONDS });
}

/** @throws OptionError */
export function wholeNumber(
  name: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new OptionError(`${name} takes a whole number from ${least} to ${most}, not ${text}`);
}
