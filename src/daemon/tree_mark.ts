/** How an orphan is known to belong to a program with killmode = tree. */

/** In the environment of such a program, and so of all that descends from it. */
export const TREE_VARIABLE = "SUPERVISOR_TREE";

/** One value for each process of each daemon: an older daemon's orphans are not ours to end. */
export function treeMark(daemonPid: number, group: string, name: string): string {
  return `${daemonPid}:${group}:${name}`;
}
