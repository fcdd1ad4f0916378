/**
 * Control groups with limits. Limits need controllers, and those are handed down only by groups
 * without processes of their own; so this daemon moves into a leaf of the group that it was
 * started in, where that is its own to divide (systemd's Delegate=yes, or a container).
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CgroupLimits } from "../../config/types.ts";
import {
  enterControlGroup,
  makeControlGroup,
  ownControlGroup,
  pidsDirectlyIn,
} from "../control_groups.ts";

const LEAF = "supervisord-daemon";

/** The group that the daemon was started in, found once: it leaves it itself. */
let started: string | null | undefined;

export type LimitedGroup = { readonly directory: string } | { readonly problem: string };

/**
 * @param name of the process in its group
 * @param base default: the group that the daemon was started in
 */
export function makeLimitedGroup(
  daemonPid: number,
  name: string,
  limits: CgroupLimits,
  base: string | null = started ??= withoutLeaf(ownControlGroup()),
): LimitedGroup {
  const keys = Object.keys(limits) as (keyof CgroupLimits)[];
  const what = `couldn't set ${keys.join(", ")} of a control group`;
  if (base === null) return { problem: `${what}: there is no cgroup2 file system` };
  const controllers = [...new Set(keys.map((key) => `+${key.split(".")[0]}`))].join(" ");
  try {
    handDown(base, controllers);
    const own = makeControlGroup(base, `supervisord-${daemonPid}`);
    handDown(own, controllers);
    const directory = makeControlGroup(own, name);
    for (const key of keys) writeFileSync(join(directory, key), limits[key] ?? "max");
    return { directory };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `${what} (is it delegated to supervisord?): ${reason}` };
  }
}

function withoutLeaf(directory: string | null): string | null {
  return directory === null ? null : directory.replace(new RegExp(`/${LEAF}$`), "");
}

/** @throws Error with `code` */
function handDown(directory: string, controllers: string): void {
  const file = join(directory, "cgroup.subtree_control");
  try {
    appendFileSync(file, controllers);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    const leaf = makeControlGroup(directory, LEAF);
    for (const pid of pidsDirectlyIn(directory)) enterControlGroup(leaf, pid);
    appendFileSync(file, controllers);
  }
}
