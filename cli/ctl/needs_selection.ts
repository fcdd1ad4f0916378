/** Whether a line has patterns or filters: looked at for every action, so it is small. */

const FILTER = /(?:^|\s)--(?:state|tag|dry-run)(?:[\s=]|$)/;
const MAGIC = /[*?[]/;

/** `group:*` and names are Supervisor's own, and go to the action as they are. */
export function needsSelection(rest: string): boolean {
  if (FILTER.test(rest)) return true;
  if (!MAGIC.test(rest)) return false;
  return rest.split(/\s+/).some((word) =>
    MAGIC.test(word.endsWith(":*") ? word.slice(0, -2) : word) && !word.startsWith("-")
  );
}
