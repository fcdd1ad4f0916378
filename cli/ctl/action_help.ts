/** The help of the actions, taken apart: for manual pages and completions. */
import { allCommands } from "./commands.ts";

export interface Usage {
  /** As typed: `start <gname>:*`. */
  readonly usage: string;
  readonly meaning: string;
}

export interface ActionHelp {
  readonly name: string;
  readonly usages: readonly Usage[];
}

/** Every action that has a help, listed or not, in the order of the table. */
export function actionHelp(): ActionHelp[] {
  return allCommands()
    .filter(({ help }) => help.length > 0)
    .map(({ name, help }) => ({ name, usages: usagesOf(help) }));
}

/** Tabs stand between what is typed and what it does; a line without goes on with the one above. */
export function usagesOf(lines: readonly string[]): Usage[] {
  const usages: Usage[] = [];
  for (const line of lines) {
    const [usage = "", ...meaning] = line.split(/\t+/).map((part) => part.trim());
    const text = meaning.join(" ").trim();
    const last = usages.at(-1);
    if (last === undefined || (usage !== "" && text !== "")) usages.push({ usage, meaning: text });
    else if (line !== "Ex:") {
      const added = `${usage} ${text}`.trim();
      usages[usages.length - 1] = { ...last, meaning: `${last.meaning} ${added}`.trim() };
    }
  }
  return usages;
}
