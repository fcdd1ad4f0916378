/** The pipes of a process that another daemon has started, opened again through /proc. */
import { closeSync, constants, openSync, readdirSync, readlinkSync } from "node:fs";
import type { PipeEnds } from "./births.ts";
import type { PipeInodes } from "./journal.ts";

/**
 * Finds the process's ends by the inodes of the pipes and opens ours. A pipe that it has closed is
 * not opened.
 *
 * @returns a sentence when its descriptors may not be looked at
 */
export function openPipesOf(pid: number, pipes: PipeInodes, root = "/proc"): PipeEnds | string {
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  const opened: number[] = [];
  try {
    const held = pipesHeldBy(pid, root);
    const open = (inode: number, direction: number): number => {
      const path = held.get(inode);
      if (path === undefined) return -1;
      const fd = openSync(path, direction | O_NONBLOCK);
      opened.push(fd);
      return fd;
    };
    return {
      stdin: open(pipes.stdin, O_WRONLY),
      stdout: open(pipes.stdout, O_RDONLY),
      stderr: open(pipes.stderr, O_RDONLY),
    };
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return `its pipes cannot be opened: ${code}`;
  }
}

/** @returns paths to open them by, by inode */
function pipesHeldBy(pid: number, root: string): Map<number, string> {
  const held = new Map<number, string>();
  const directory = `${root}/${pid}/fd`;
  for (const name of readdirSync(directory)) {
    const path = `${directory}/${name}`;
    const inode = pipeInode(path);
    if (inode !== 0) held.set(inode, path);
  }
  return held;
}

/**
 * Not by fstat(2): a runtime may know of no descriptor but its own.
 *
 * @param path of a descriptor in /proc
 * @returns 0 for one that is no pipe, or was closed meanwhile
 * @throws Error EACCES
 */
export function pipeInode(path: string): number {
  try {
    return Number(/^pipe:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
