/** Which settings of the daemon itself a reread may change, and what is said of the others. */
import type { Config } from "./types.ts";

const LIVE_SETTINGS = [
  "identifier",
  "stripAnsi",
  "childlogdir",
  "environment",
  "exitWhen",
] as const;

/** What was read, with the daemon's own settings as they are in force under a running daemon. */
export function withSettingsInForce(old: Config, read: Config): Config {
  const live = LIVE_SETTINGS.map((key) => [key, read.daemon[key]] as const);
  return { ...read, daemon: { ...old.daemon, ...Object.fromEntries(live) } };
}

/** @returns a sentence for each change that has to wait */
export function ineffectiveEdits(old: Config, read: Config): string[] {
  const live = new Set<string>(LIVE_SETTINGS);
  const changed = (Object.keys(read.daemon) as (keyof Config["daemon"])[]).filter((key) =>
    !live.has(key) && JSON.stringify(read.daemon[key]) !== JSON.stringify(old.daemon[key])
  ).map((key) => `[supervisord] ${key.toLowerCase()} has changed`);
  // The tokens themselves are looked up at each login; only the first of them closes a door.
  const isFirstToken = old.tokens === undefined && read.tokens !== undefined;
  if (isFirstToken || JSON.stringify(read.servers) !== JSON.stringify(old.servers)) {
    changed.push("the HTTP servers have changed");
  }
  return changed.map((what) => `${what}: this takes effect at the next restart`);
}
