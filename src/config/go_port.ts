/**
 * What the port to Go reads and neither Supervisor nor we do: its keys, its spellings of values
 * under keys that all three have, and what to write instead.
 *
 * @see https://github.com/ochinchina/supervisord (README.md, process/process.go)
 */

export interface ForeignKey {
  readonly key: string;
  /** Ours that does it; null: nothing here corresponds to it. */
  readonly ours: string | null;
  /** What to do. */
  readonly advice: string;
}

const row = (key: string, ours: string | null, advice: string): ForeignKey => ({
  key,
  ours,
  advice: ours === null ? `take it out: ${advice}` : `write ${advice}`,
});

const ON_CHANGE = "watch_action = reload-program with reload_command = COMMAND";
const SIGNAL_ON_CHANGE = "watch_action = signal:NAME";

/** Keys as our reader sees them, in lower case. */
export const GO_PORT_KEYS: readonly ForeignKey[] = [
  row("nodename", null, "the page is that of one daemon; identifier= in [supervisord] names it"),
  row("remotes", null, "the page is that of one daemon; /metrics and the API serve an overview"),
  row("restartpause", "restart_delay", "restart_delay = SECONDS"),
  row("killwaitsecs", null, "after SIGKILL a stop waits for the end of the process, however long"),
  row("cron", "schedule", "schedule = the same six fields, the second in front; five are minutes"),
  row("envfiles", "environment_files", "environment_files = FILE, …"),
  row("pre_start_hook", "pre_start", "pre_start = COMMAND; it must succeed here"),
  row("pre_stop_hook", "pre_stop", "pre_stop = COMMAND"),
  row("restart_when_binary_changed", "watch", "watch = the absolute path of the command"),
  row("restart_cmd_when_binary_changed", "watch_action", ON_CHANGE),
  row("restart_signal_when_binary_changed", "watch_action", SIGNAL_ON_CHANGE),
  row("restart_directory_monitor", "watch", "watch = DIRECTORY/**/PATTERN"),
  row("restart_file_pattern", "watch", "watch = DIRECTORY/**/PATTERN"),
  row("restart_cmd_when_file_changed", "watch_action", ON_CHANGE),
  row("restart_signal_when_file_changed", "watch_action", SIGNAL_ON_CHANGE),
  row(
    "liveness_check_script",
    "healthcheck",
    "healthcheck = http://…, tcp://HOST:PORT or exec:COMMAND",
  ),
  row(
    "liveness_check_initial_delay",
    "healthcheck_start_period",
    "healthcheck_start_period = SECONDS",
  ),
  row("liveness_check_period", "healthcheck_interval", "healthcheck_interval = SECONDS"),
  row("liveness_check_timeout", "healthcheck_timeout", "healthcheck_timeout = SECONDS"),
  row("liveness_check_success_threshold", null, "one success means healthy again"),
  row("liveness_check_success_action", null, "a listener of PROCESS_HEALTH_HEALTHY can do it"),
  row("liveness_check_failure_threshold", "healthcheck_retries", "healthcheck_retries = NUMBER"),
  row(
    "liveness_check_failure_action",
    "on_unhealthy",
    "on_unhealthy = restart, stop or event; a listener of PROCESS_HEALTH_UNHEALTHY does the rest",
  ),
  row(
    "syslog_facility",
    "stdout_syslog_facility",
    "stdout_syslog_facility and stderr_syslog_facility",
  ),
  row("syslog_tag", "stdout_syslog_tag", "stdout_syslog_tag and stderr_syslog_tag"),
  row("syslog_stdout_priority", "stdout_syslog_severity", "stdout_syslog_severity"),
  row("syslog_stderr_priority", "stderr_syslog_severity", "stderr_syslog_severity"),
];

/** @param known the keys that the section can have here */
export function adviceForGoPort(key: string, known: readonly string[]): string | null {
  const found = GO_PORT_KEYS.find((candidate) => candidate.key === key);
  if (found === undefined) return null;
  return found.ours === null || known.includes(found.ours)
    ? `a key of the port to Go; ${found.advice}`
    : "a key of the port to Go that nothing here corresponds to: take it out";
}

/** What it means there, and what to write here; null: an ordinary value, as far as this knows. */
export function adviceForGoValue(key: string, value: string): string | null {
  const advice = adviceFor(key, value.trim());
  return advice === null ? null : `a value of the port to Go; write ${advice}`;
}

function adviceFor(key: string, value: string): string | null {
  const channel = /^(stdout|stderr)_logfile$/.exec(key)?.[1];
  if (channel !== undefined) {
    const [, protocol = "udp", host, port] =
      /^syslog @(?:(tcp|udp):)?([^:\s]+)(?::(\d+))?$/.exec(value) ?? [];
    if (host !== undefined) {
      const usual = protocol === "tcp" ? "6514" : "514";
      return `${channel}_syslog = true and ` +
        `${channel}_syslog_target = ${protocol}://${host}:${port ?? usual}`;
    }
    return /,\s*\S/.test(value)
      ? `one file here, and ${channel}_syslog = true for syslog in addition`
      : null;
  }
  if (key === "user") {
    const account = /^([^:\s]+):\S+$/.exec(value)?.[1];
    return account === undefined ? null : `user = ${account}; a program has its user's groups`;
  }
  if (key === "stopsignal") {
    const names = value.split(/\s+/);
    if (names.length < 2 || !names.every((name) => /^[A-Z0-9]+$/.test(name))) return null;
    return `stop_signals = ${names.map((name) => `${name}:SECONDS`).join(", ")}, KILL`;
  }
  return null;
}
