/**
 * Without `on_orphans` the children of a killed daemon get second copies beside them, as with
 * Supervisor. That is at least said: a pid file whose process is gone is the sign that there may be
 * some, and what each child has in its environment tells whose it is.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Config } from "../../config/types.ts";
import type { TreeEntry } from "../../process/tree.ts";
import { parseStat } from "../proc_stats.ts";
import { startTimeOf } from "./identity.ts";

export interface Unclaimed {
  /** `group:name`. */
  readonly key: string;
  readonly pid: number;
}

/** Whether the daemon that wrote the file has ended without removing it. */
export function isStalePidFile(path: string, self: number, root = "/proc"): boolean {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch {
    return false; // None: it was shut down, or never ran.
  }
  const pid = /^\s*(\d+)\s*$/.exec(text)?.[1];
  return pid !== undefined && Number(pid) !== self && startTimeOf(Number(pid), root) === null;
}

/** Processes that were started as programs of this configuration; none where nothing tells. */
export function findUnclaimed(config: Config, root = "/proc"): Unclaimed[] {
  const urls = new Map<string, string | null>(
    config.groups.flatMap(({ processes }) => processes).map((spec) =>
      [`${spec.group}:${spec.name}`, spec.serverUrl ?? config.serverUrl] as const
    ),
  );
  const found = new Map<number, { readonly key: string; readonly entry: TreeEntry }>();
  for (const name of namesIn(root)) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const entry = parseStat(readFileSync(`${root}/${name}/stat`, "latin1"));
      if (entry === null || entry.isZombie || entry.group !== entry.pid) continue;
      const variables = readFileSync(`${root}/${name}/environ`, "utf8").split("\0");
      const valueOf = (variable: string) =>
        variables.find((one) => one.startsWith(`${variable}=`))?.slice(variable.length + 1);
      const group = valueOf("SUPERVISOR_GROUP_NAME");
      const key = `${group}:${valueOf("SUPERVISOR_PROCESS_NAME")}`;
      const url = urls.get(key);
      // The address is what tells two daemons with programs of the same name apart.
      if (url === undefined || url === null || valueOf("SUPERVISOR_SERVER_URL") !== url) continue;
      found.set(entry.pid, { key, entry });
    } catch {
      // Gone since the listing, or another user's.
    }
  }
  return [...found.values()]
    // Descendants have the same environment.
    .filter(({ entry }) => !found.has(entry.parent))
    .map(({ key, entry }) => ({ key, pid: entry.pid }));
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}
