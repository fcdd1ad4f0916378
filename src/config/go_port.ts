/**
 * Keys of the port to Go that neither Supervisor nor we read, and what to write instead.
 *
 * @see https://github.com/ochinchina/supervisord
 */

export interface ForeignKey {
  readonly key: string;
  /** Ours that does it, in the order of preference. */
  readonly ours: readonly string[];
  /** What to do, where we have the key. */
  readonly advice: string;
}

const WATCH = "watch = PATTERN, …; watch_action says what is done then";

const row = (key: string, ours: string, advice: string): ForeignKey => ({
  key,
  ours: ours === "" ? [] : [ours],
  advice,
});

/** Keys as our reader sees them, in lower case. */
export const GO_PORT_KEYS: readonly ForeignKey[] = [
  row("restartpause", "restart_delay", "restart_delay = SECONDS"),
  row("killwaitsecs", "stop_signals", "stop_signals = TERM:10, KILL"),
  row("cron", "schedule", "schedule = the same five or six fields"),
  row("envfiles", "environment_files", "environment_files = FILE, …"),
  row("restart_when_binary_changed", "watch", "watch = the path of the command"),
  row("restart_cmd_when_binary_changed", "watch_action", WATCH),
  row("restart_signal_when_binary_changed", "watch_action", WATCH),
  row("restart_directory_monitor", "watch", WATCH),
  row("restart_file_pattern", "watch", WATCH),
  row("restart_cmd_when_file_changed", "watch_action", WATCH),
  row("restart_signal_when_file_changed", "watch_action", WATCH),
];

/** @param known the keys that the section can have here */
export function adviceForGoPort(key: string, known: readonly string[]): string | null {
  const found = GO_PORT_KEYS.find((candidate) => candidate.key === key);
  if (found === undefined) return null;
  return found.ours.every((name) => known.includes(name))
    ? `a key of the port to Go; write ${found.advice}`
    : "a key of the port to Go that nothing here corresponds to: take it out";
}
