/** What `status` prints. */
import type { ProcessInfo } from "../../src/client/answers.ts";
import type { ProcessState } from "../../src/process/states.ts";
import { paintState } from "./colour.ts";
import { countCharacters, padEnd } from "./names.ts";

const NAME_WIDTH = 30;
const STATE_WIDTH = 10;

/**
 * A line for each process.
 *
 * The loops call nothing but the engine itself for a process like most others: a function of ours
 * that is called a thousand times would be compiled first, which for this one table takes longer
 * than it saves, and 7 MiB.
 */
export function formatStatus(infos: readonly ProcessInfo[]): string[] {
  const names: string[] = [];
  let longest = NAME_WIDTH;
  for (const { group, name } of infos) {
    const shown = group === name ? name : `${group}:${name}`;
    names.push(shown);
    if (shown.length > longest) longest = shown.length;
  }
  const all = names.join("");
  const isPlain = countCharacters(all) === all.length;
  if (!isPlain) longest = Math.max(NAME_WIDTH, ...names.map(countCharacters));
  const width = longest + 3;
  const spaces = " ".repeat(width);
  const states = new Map<string, string>();
  const lines: string[] = [];
  for (const { stateName, description } of infos) {
    const name = names[lines.length] as string;
    const padded = isPlain ? (name + spaces).slice(0, width) : padEnd(name, width);
    let state = states.get(stateName);
    if (state === undefined) {
      state = paintState(stateName as ProcessState, padEnd(stateName, STATE_WIDTH));
      states.set(stateName, state);
    }
    lines.push(padded + state + description);
  }
  return lines;
}
