/** What there is in a directory that a program watches. */
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import type { WatchPlace } from "../../process/watch.ts";

/** Looking through more would take longer than a restart that was not needed does harm. */
const MOST_ENTRIES = 10_000;

/**
 * The first file that is found; null: there is none.
 *
 * @returns the directory itself when there is too much to look through
 */
export async function findWantedFile(
  { directory, isRecursive }: WatchPlace,
  isWanted: (path: string) => boolean,
): Promise<string | null> {
  const toVisit = [directory];
  let seen = 0;
  for (let path = toVisit.pop(); path !== undefined; path = toVisit.pop()) {
    try {
      for await (const entry of await opendir(path)) {
        const found = join(path, entry.name);
        if (entry.isDirectory()) {
          if (isRecursive) toVisit.push(found);
        } else if (isWanted(found)) return found;
        if (++seen > MOST_ENTRIES) return directory;
      }
    } catch {
      // Gone again, or not for us to see: then there is nothing in it for the program either.
    }
  }
  return null;
}
