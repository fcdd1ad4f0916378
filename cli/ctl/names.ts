/** How processes are named: in the output, and on the line that was typed. */

/** The shortest form that names the process; `group:*` for a whole group (null). */
export function makeNamespec(group: string, process: string | null): string {
  if (process === null) return `${group}:*`;
  return group === process ? process : `${group}:${process}`;
}

/** Pads to a width in characters (code points), as Python counts them. */
export function padEnd(text: string, width: number): string {
  const missing = width - countCharacters(text);
  return missing > 0 ? text + " ".repeat(missing) : text;
}

export function countCharacters(text: string): number {
  if (!BEYOND_16_BITS.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** What takes two units of a string, and is one character. */
const BEYOND_16_BITS = /[\ud800-\udbff]/;

const FILTER = /(?:^|\s)--(?:state|tag|dry-run)(?:[\s=]|$)/;
const MAGIC = /[*?[]/;

/**
 * Whether a line has patterns or filters, which is looked at for every action.
 *
 * `group:*` and names are Supervisor's own, and go to the action as they are; so does a bare `*`,
 * which is a name there. All processes are `all`.
 */
export function needsSelection(rest: string): boolean {
  if (FILTER.test(rest)) return true;
  if (!MAGIC.test(rest)) return false;
  return rest.split(/\s+/).some((word) =>
    word !== "*" && MAGIC.test(word.endsWith(":*") ? word.slice(0, -2) : word) &&
    !word.startsWith("-")
  );
}
