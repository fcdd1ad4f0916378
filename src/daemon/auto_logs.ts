/** Names and clean-up of the log files that stdout_logfile=AUTO makes in childlogdir. */
import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Channel } from "./types.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789_";
const SUFFIX_LENGTH = 8;

/**
 * Creates an empty private file for one channel and returns its path.
 *
 * @throws Error with `code` when the directory cannot be written
 */
export function createAutoLog(o: {
  directory: string;
  process: string;
  channel: Channel;
  identifier: string;
}): string {
  for (;;) {
    const name = `${o.process}-${o.channel}---${o.identifier}-${randomSuffix()}.log`;
    const path = join(o.directory, name);
    try {
      closeSync(openSync(path, "wx", 0o600));
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Not through node:crypto: it takes longer to load than everything else that is done here. */
function randomSuffix(): string {
  const random = crypto.getRandomValues(new Uint32Array(SUFFIX_LENGTH));
  return Array.from(random, (number) => ALPHABET[number % ALPHABET.length]).join("");
}

/** Whether a file name is an AUTO log (or a rotated one) of a daemon with this identifier. */
export function isAutoLogName(name: string, identifier: string): boolean {
  const escaped = identifier.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^.+?---${escaped}-\\S+\\.log\\.?\\d{0,4}`).test(name);
}

/**
 * Deletes what an earlier run of the same identifier left behind.
 *
 * @param warn told about a directory that cannot be listed and files that cannot be deleted
 */
export function removeOldAutoLogs(
  directory: string,
  identifier: string,
  warn: (text: string) => void,
): void {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    warn("Could not clear childlog dir");
    return;
  }
  for (const name of names) {
    if (!isAutoLogName(name, identifier)) continue;
    const path = join(directory, name);
    try {
      rmSync(path);
    } catch {
      warn(`Failed to clean up '${path}'`);
    }
  }
}
