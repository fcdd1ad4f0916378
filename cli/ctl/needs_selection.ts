/** Whether a line has patterns or filters: looked at for every action, so it is small. */

const FILTER = /(?:^|\s)--(?:state|tag|dry-run)(?:[\s=]|$)/;
const MAGIC = /[*?[]/;

/**
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
