/**
 * Control groups (version 2) for single processes, under the one that this daemon is in, where
 * the system lets us make them.
 *
 * @see cgroups(7); the kernel's admin-guide/cgroup-v2
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The directory of the group we are in; null where there is no cgroup2 file system. */
export function ownControlGroup(): string | null {
  try {
    const path = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "latin1"))?.[1];
    const mounts = readFileSync("/proc/self/mountinfo", "latin1");
    // "… root mount-point options … - type source options"; blanks in paths are \040
    const line = mounts.split("\n").find((text) => / - cgroup2 /.test(text));
    const [, , , root = "/", mountPoint] = line?.split(" ") ?? [];
    if (path === undefined || mountPoint === undefined) return null;
    // In a container the mount may show only a part of the tree.
    const inside = root !== "/" && path.startsWith(root) ? path.slice(root.length) : path;
    return join(mountPoint.replaceAll("\\040", " "), inside);
  } catch {
    return null;
  }
}

/**
 * Makes a group of that name, or takes the one that is there.
 *
 * @returns its directory
 * @throws Error with `code` where it is not permitted
 */
export function makeControlGroup(parent: string, name: string): string {
  const directory = join(parent, name.replaceAll(/[^\w.@:-]/g, "_"));
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Moves a process; its future children are born there. @throws Error with `code` */
export function enterControlGroup(directory: string, pid: number): void {
  writeFileSync(join(directory, "cgroup.procs"), String(pid));
}

/** The processes in it, not below. @throws Error with `code` */
export function pidsDirectlyIn(directory: string): number[] {
  return readFileSync(join(directory, "cgroup.procs"), "latin1")
    .split("\n").filter((line) => line !== "").map(Number);
}

/** The processes in it and below. */
export function pidsIn(directory: string): number[] {
  try {
    const own = pidsDirectlyIn(directory);
    const below = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => pidsIn(join(directory, entry.name)));
    return [...own, ...below];
  } catch {
    return [];
  }
}

/** SIGKILL to all of them at once. Older kernels cannot: then nothing happens here. */
export function killControlGroup(directory: string): void {
  try {
    writeFileSync(join(directory, "cgroup.kill"), "1");
  } catch {
    // Whoever asks signals the processes one by one as well.
  }
}

/** Removes it and the groups that processes in it have made; what is not empty stays. */
export function removeControlGroup(directory: string): void {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeControlGroup(join(directory, entry.name));
    }
    rmdirSync(directory);
  } catch {
    // Somebody is still in it, or it is gone already.
  }
}
