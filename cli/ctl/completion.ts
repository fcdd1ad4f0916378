/** What Tab suggests in the shell. Pure, but for the list of processes it is handed. */
import { splitWords } from "../../src/config/python_text.ts";
import { allCommands, findCommand, listedCommands } from "./commands.ts";

/** A process as far as completion cares. */
export interface ProcessName {
  readonly name: string;
  readonly group: string;
}

export interface Suggestions {
  /** Each followed by a blank. */
  readonly matches: string[];
  /** The end of what is typed that they replace. */
  readonly word: string;
}

/**
 * What separates words besides blanks: the set of Python's readline without `:`, `*` and `-`,
 * which are parts of names.
 */
const DELIMITERS = /[\s`~!@#$%^&()=+[{\]}\\|;'",<>/?]/;

/**
 * Suggests actions for the first word, then what the action takes.
 *
 * @param typed the line up to the cursor
 * @param processes fetches the list, when it is needed
 * @param options.withUnlisted also the actions that `help` does not list, as Supervisor has none
 *   of them
 */
export async function suggest(
  typed: string,
  processes: () => Promise<readonly ProcessName[]>,
  { withUnlisted = false }: { readonly withUnlisted?: boolean } = {},
): Promise<Suggestions> {
  const words = candidateWords(typed);
  const actions = withUnlisted ? namedActions() : actionNames();
  for (const word of words) {
    const matches = (await candidatesFor(typed, word, processes, actions))
      .filter((candidate) => candidate.startsWith(word));
    if (matches.length > 0) return { matches: matches.map((match) => `${match} `), word };
  }
  return { matches: [], word: words[0] ?? "" };
}

/**
 * The word the cursor is at: up to the last blank (a process may be called `web@1`), else up
 * to the last delimiter (`?st` is a question about `st`).
 */
function candidateWords(typed: string): string[] {
  const byBlank = typed.slice(typed.search(/\S*$/));
  let start = byBlank.length;
  while (start > 0 && !DELIMITERS.test(byBlank[start - 1] ?? "")) start--;
  return start === 0 ? [byBlank] : [byBlank, byBlank.slice(start)];
}

async function candidatesFor(
  typed: string,
  word: string,
  processes: () => Promise<readonly ProcessName[]>,
  actions: string[],
): Promise<string[]> {
  const [action, ...rest] = splitWords(typed);
  if (action === undefined || (rest.length === 0 && !typed.endsWith(" "))) return actions;
  switch (findCommand(action)?.completion) {
    case "actions":
      return actions;
    case "groups":
      return [...new Set((await processes()).map((process) => process.group))];
    case "processes":
      return processNames(await processes(), word);
    default:
      return [];
  }
}

function actionNames(): string[] {
  return ["help", ...listedCommands()];
}

function namedActions(): string[] {
  return allCommands().filter(({ help }) => help.length > 0).map(({ name }) => name).sort();
}

/** `name` where that is enough and no colon has been typed, else `group:name` and `group:*`. */
function processNames(processes: readonly ProcessName[], word: string): string[] {
  const names = new Set<string>();
  for (const { group, name } of processes) {
    if (group === name && !word.includes(":")) {
      names.add(name);
    } else {
      names.add(`${group}:${name}`);
      names.add(`${group}:*`);
    }
  }
  return [...names];
}
