/**
 * The file operations of a rollover, done so that the log and its youngest backup are never missing:
 * whoever looks at them while they are rolled over finds a file there. Such a name is moved by a hard
 * link and a rename over its new place; the old one goes when the next file is put over it.
 */
import { basename, dirname, join } from "node:path";
import { errorCode, type LogFileSystem } from "./file_system.ts";
import type { Rename } from "./rotation.ts";

/** Names for the moment between two steps; hidden, so that no pattern of a reader catches them. */
export interface HiddenNames {
  /** Of a file that moves up. */
  readonly moving: string;
  /** Of the new file. */
  readonly next: string;
}

export function hiddenNames(path: string): HiddenNames {
  const hidden = join(dirname(path), `.${basename(path)}`);
  return { moving: `${hidden}.rolling`, next: `${hidden}.next` };
}

/**
 * Gives the file its new name; the old one stays until something is put there, if that is to
 * come and the file system has hard links. A file that is not there is no error: it was removed by
 * a clean-up job.
 *
 * @throws Error with `code` when it cannot be renamed
 */
export function moveUp(fs: LogFileSystem, rename: Rename, temporary: string): void {
  const { from, to, isReplaced } = rename;
  try {
    if (isReplaced && linkAs(fs, from, temporary)) fs.rename(temporary, to);
    else fs.rename(from, to);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/**
 * Opens a new, empty file, which is to take the place of the one that moves up: before anything is
 * moved, so that a file that cannot be had changes nothing, and the names are in order again soon.
 *
 * @throws Error with `code`
 */
export function openNext(fs: LogFileSystem, { next }: HiddenNames): number {
  removeIfThere(fs, next);
  return fs.openAppend(next);
}

/** It is not to take the place after all. */
export function discardNext(fs: LogFileSystem, { next }: HiddenNames, fd: number): void {
  fs.close(fd);
  removeIfThere(fs, next);
}

/** Takes the name away if it is a second one of the same file, which must not be kept as two. */
export function dropSecondName(fs: LogFileSystem, name: string, file: string): void {
  let isSecond: boolean;
  try {
    isSecond = fs.isSameFile(name, file);
  } catch {
    // A directory that cannot be searched: nothing was renamed there either.
    return;
  }
  if (isSecond) removeIfThere(fs, name);
}

/** @returns false where there are no hard links, or not of this file */
function linkAs(fs: LogFileSystem, from: string, temporary: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      fs.link(from, temporary);
      return true;
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT") throw error;
      if (code !== "EEXIST") return false;
      // Left behind by a daemon that was killed here, or by a rename onto the same file.
      removeIfThere(fs, temporary);
    }
  }
  return false;
}

function removeIfThere(fs: LogFileSystem, path: string): void {
  try {
    fs.remove(path);
  } catch {
    // Not there, or not ours to remove: what needs the name says so itself.
  }
}
