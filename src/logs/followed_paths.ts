/**
 * Who follows which file, so that a log that this process writes can say at once when it
 * changed. Process-wide, like the files themselves: it says nothing about any daemon.
 * Costs one comparison per write while nobody follows anything.
 */
import { resolve } from "node:path";

/** What a writer tells a follower; all of it synchronously. */
export interface FileFollower {
  /** Bytes were appended. */
  changed(): void;
  /** Another file took over the path (rotation, clear, reopen); the old one got its last byte. */
  switched(): void;
  /** The content is about to be removed from the file in place. */
  truncating(): void;
}

const followers = new Map<string, Set<FileFollower>>();

/** Names the file as both sides spell it; relative paths depend on the directory of the moment. */
export function followKey(path: string): string {
  return resolve(path);
}

/** Returns what ends it. */
export function registerFollower(key: string, follower: FileFollower): () => void {
  const set = followers.get(key) ?? new Set();
  followers.set(key, set.add(follower));
  return () => {
    set.delete(follower);
    if (set.size === 0 && followers.get(key) === set) followers.delete(key);
  };
}

export function announce(key: string, what: keyof FileFollower): void {
  if (followers.size === 0) return;
  const set = followers.get(key);
  if (set === undefined) return;
  for (const follower of [...set]) {
    try {
      follower[what]();
    } catch {
      // A follower that cannot read finds out by itself; the child's output is not its concern.
    }
  }
}
