/** When a log is rolled over and which renames that takes; nothing here touches a file. */

export interface Rename {
  readonly from: string;
  readonly to: string;
  /** Another file is put under `from` right after, and the name must not be missing until then. */
  readonly isReplaced: boolean;
}

/**
 * A log is rolled over after the write that reached the limit: a chunk is never split, so
 * that files are a little longer than the limit.
 *
 * @param maxBytes 0 or less: never
 */
export function isFull(position: number, maxBytes: number): boolean {
  return maxBytes > 0 && position >= maxBytes;
}

/** `x.log.3` for the third youngest backup of `x.log`. */
export function backupPath(path: string, number: number): string {
  return `${path}.${number}`;
}

/**
 * The renames of one rollover, in the order they must be done: the oldest backup is
 * replaced, each other one moves up, the log itself becomes `.1`. None when no backups are
 * kept: the log is only emptied.
 *
 * @param exists whether a backup is there; gaps are moved up with the rest
 * @param suffixes what a backup's name may end in besides its number; "" first. A compressed one
 *   need not keep its name until another takes its place: nobody appends to it or follows it
 */
export function planRollover(
  path: string,
  backups: number,
  exists: (path: string) => boolean,
  suffixes: readonly string[] = [""],
): Rename[] {
  if (backups <= 0) return [];
  const renames: Rename[] = [];
  for (let i = backups - 1; i >= 1; i--) {
    for (const suffix of suffixes) {
      const from = backupPath(path, i) + suffix;
      if (!exists(from)) continue;
      // Only the youngest: while a name is kept, its file has two, and who adds the files up at that
      // moment counts it twice. Older ones are looked at by nobody who is in such a hurry.
      const isReplaced = suffix === "" && i === 1 && exists(path);
      renames.push({ from, to: backupPath(path, i + 1) + suffix, isReplaced });
    }
  }
  renames.push({ from: path, to: backupPath(path, 1), isReplaced: true });
  return renames;
}
