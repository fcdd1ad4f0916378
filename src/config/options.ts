/**
 * Every option of every section in one table: its kind, its default, what it does. The
 * readers, the command line, `--check`, the option reference and the sample's test all go by it.
 */
import { anonymous, role, scryptHash } from "./access_values.ts";
import {
  backoffFactor,
  backoffShape,
  jitter,
  oneOf,
  restartLimit,
  startRetries,
} from "./restart_kinds.ts";
import {
  autorestart,
  boolean,
  byteSize,
  environmentList,
  existingDirectory,
  exitCodes,
  inetAddress,
  integer,
  type Kind,
  list,
  logLevel,
  octal,
  owner,
  pathInDirectory,
  programLog,
  seconds,
  signal,
  text,
  user,
  type ValueHost,
  words,
} from "./values.ts";
import { killMode } from "./kill_mode.ts";
import { stopSignal, stopSignals } from "./stop_signals.ts";
import { duration, longDuration, positiveDuration } from "./duration.ts";
import { secretFiles } from "./secrets.ts";
import { FACILITIES, SEVERITIES } from "../process/log_settings.ts";
import { syslogTag, syslogTarget } from "./syslog_settings.ts";
import { lineFormat, rotationTimes } from "./log_settings.ts";
import {
  capabilities,
  cpuList,
  cpuShare,
  ioPriority,
  memoryMax,
  niceness,
  oomAdjustment,
  pidsMax,
  resourceLimit,
} from "./limit_kinds.ts";
import { watchAction } from "./watch_kinds.ts";
import { cronExpression, timeZone } from "./cron_expression.ts";
import { atLeastOne, healthCheck, onUnhealthy, readinessCheck } from "./health_check.ts";

export interface Option<T> {
  readonly key: string;
  readonly kind: Kind<unknown>;
  /** As it would be written; null when absence has its own meaning. */
  readonly default: string | null;
  /** What is used when the key is absent, in words, where `default` cannot say it. */
  readonly absent: string;
  readonly doc: string;
  readonly convert: (text: string, host: ValueHost) => T;
}

/** An option that has a value in any case. */
function option<T>(key: string, kind: Kind<T>, fallback: string, doc: string): Option<T> {
  return { key, kind, default: fallback, absent: fallback, doc, convert: kind.convert };
}

/** An option that may be absent. */
function optional<T>(key: string, kind: Kind<T>, absent: string, doc: string): Option<T | null> {
  return { key, kind, default: null, absent, doc, convert: kind.convert };
}

export const SUPERVISORD = {
  logfile: option("logfile", pathInDirectory, "supervisord.log", "Main log, or syslog."),
  logfile_maxbytes: option(
    "logfile_maxbytes",
    byteSize,
    "50MB",
    "Size at which the main log is rotated; 0: never.",
  ),
  logfile_backups: option("logfile_backups", integer, "10", "Rotated main logs to keep."),
  loglevel: option("loglevel", logLevel, "info", "What goes to the main log."),
  pidfile: option("pidfile", pathInDirectory, "supervisord.pid", "Where the daemon's pid is put."),
  umask: option("umask", octal, "022", "umask of the daemon, set when it goes to the background."),
  nodaemon: option("nodaemon", boolean, "false", "Stay in the foreground."),
  silent: option("silent", boolean, "false", "In the foreground: do not copy the log to stdout."),
  minfds: option("minfds", integer, "1024", "File descriptors that must be available at start."),
  minprocs: option("minprocs", integer, "200", "Processes that must be available at start."),
  nocleanup: option("nocleanup", boolean, "false", "Keep automatic child logs of earlier runs."),
  childlogdir: optional(
    "childlogdir",
    existingDirectory,
    "the system's temporary directory",
    "Directory of automatic child logs.",
  ),
  user: optional("user", text, "stay as started", "User the daemon becomes when started as root."),
  directory: optional(
    "directory",
    existingDirectory,
    "stay",
    "Working directory, changed to when going to the background.",
  ),
  strip_ansi: option("strip_ansi", boolean, "false", "Remove ANSI escapes from child logs."),
  environment: option(
    "environment",
    environmentList,
    "",
    "Environment of every program, under its own environment=.",
  ),
  identifier: option("identifier", text, "supervisor", "Name of this daemon in events and RPC."),
  audit_log: optional("audit_log", pathInDirectory, "none", "Log of who did what, and from where."),
  audit_log_maxbytes: option(
    "audit_log_maxbytes",
    byteSize,
    "10MB",
    "Size at which the audit log is rotated; 0: never.",
  ),
  audit_log_backups: option("audit_log_backups", integer, "5", "Rotated audit logs to keep."),
  state_file: optional(
    "state_file",
    pathInDirectory,
    "the pidfile's name with .state instead of .pid",
    "Where `disable` and `scale` are noted, so that they outlive the daemon.",
  ),
  exit_when: option(
    "exit_when",
    oneOf(["never", "all_stopped"]),
    "never",
    "all_stopped: the daemon ends when the last program has ended by itself.",
  ),
  on_orphans: optional(
    "on_orphans",
    oneOf(["adopt", "stop", "ignore"]),
    "as Supervisor: nobody looks for them",
    "Children that a killed supervisord has left: go on with them, end them first, or report them.",
  ),
  children_file: optional(
    "children_file",
    pathInDirectory,
    "pidfile with .children in place of .pid",
    "Where on_orphans keeps account of the children.",
  ),
} as const;

const CREDENTIALS = {
  username: optional("username", text, "no authentication", "User name for HTTP authentication."),
  password: optional(
    "password",
    text,
    "no authentication",
    "Password: $scrypt$… from `supervisord hash-password`, {SHA} and 40 hex digits, or in clear.",
  ),
  anonymous: optional(
    "anonymous",
    anonymous,
    "admin, or none where a password is set (on an inet server also where tokens are)",
    "What those may do who show no credentials: none, view, operate or admin.",
  ),
} as const;

export const TOKEN = {
  hash: optional("hash", scryptHash, "required", "From `supervisord hash-password --token NAME`."),
  role: option("role", role, "view", "What its bearer may do: view, operate or admin."),
  groups: optional("groups", list, "all", "With role=operate: the groups that may be operated."),
} as const;

export const UNIX_SERVER = {
  file: optional("file", text, "required", "Path of the socket."),
  chmod: option("chmod", octal, "0700", "Mode of the socket file."),
  chown: optional("chown", owner, "unchanged", "Owner of the socket file."),
  ...CREDENTIALS,
} as const;

export const INET_SERVER = {
  port: optional("port", inetAddress, "required", "Address to listen on; *:port for every one."),
  certificate: optional("certificate", text, "no TLS", "PEM file: certificate and its chain."),
  private_key: optional("private_key", text, "in certificate", "PEM file: its private key."),
  client_ca: optional(
    "client_ca",
    text,
    "none is asked for",
    "PEM file: clients must have a certificate that one of these has signed.",
  ),
  ...CREDENTIALS,
} as const;

export const SUPERVISORCTL = {
  serverurl: option("serverurl", text, "http://localhost:9001", "Where supervisord listens."),
  username: optional("username", text, "none", "User name for authentication."),
  password: optional("password", text, "none", "Password for authentication."),
  prompt: option("prompt", text, "supervisor", "Prompt of the interactive shell."),
  history_file: optional("history_file", text, "none", "Where the shell keeps its history."),
  token: optional("token", text, "none", "Token to show instead of user name and password."),
  ca_file: optional(
    "ca_file",
    text,
    "Mozilla's list",
    "Who may have signed the certificate of an https server.",
  ),
  client_certificate: optional(
    "client_certificate",
    text,
    "none",
    "PEM file: shown to the server.",
  ),
  client_key: optional("client_key", text, "in client_certificate", "PEM file: its private key."),
  insecure: option("insecure", boolean, "false", "Do not check who an https server is."),
  token_file: optional("token_file", text, "none", "File whose first line is the token."),
} as const;

export const RPC_INTERFACE = {
  factory: optional(
    "supervisor.rpcinterface_factory",
    text,
    "required",
    "supervisor.rpcinterface:make_main_rpcinterface; nothing else can be loaded.",
  ),
} as const;

export const CTL_PLUGIN = {
  factory: optional(
    "supervisor.ctl_factory",
    text,
    "required",
    "Accepted for old files; plugins in Python cannot be loaded.",
  ),
} as const;

export const INCLUDE = {
  files: optional("files", text, "required", "Patterns of files to read, separated by spaces."),
} as const;

export const GROUP = {
  programs: option("programs", list, "", "Programs that make up the group."),
  priority: option("priority", integer, "999", "Lower starts earlier and stops later."),
} as const;

/** The keys of one output channel, under its prefix. */
function channel<C extends "stdout" | "stderr">(name: C) {
  return {
    logfile: option(`${name}_logfile`, programLog, "AUTO", `Log of ${name}: path, AUTO or NONE.`),
    logfile_maxbytes: option(
      `${name}_logfile_maxbytes`,
      byteSize,
      "50MB",
      `Size at which the ${name} log is rotated; 0: never.`,
    ),
    logfile_backups: option(
      `${name}_logfile_backups`,
      integer,
      "10",
      `Rotated ${name} logs to keep.`,
    ),
    capture_maxbytes: option(
      `${name}_capture_maxbytes`,
      byteSize,
      "0",
      `Bytes kept of what ${name} says between the capture marks; 0: no capture.`,
    ),
    events_enabled: option(
      `${name}_events_enabled`,
      boolean,
      "false",
      `Send PROCESS_LOG events for what ${name} says.`,
    ),
    syslog: option(`${name}_syslog`, boolean, "false", `Send ${name} to syslog as well.`),
    log_format: option(
      `${name}_log_format`,
      lineFormat,
      "plain",
      `Lines of the ${name} log: plain, json, or text such as {time} [{name}] {message}.`,
    ),
    log_policy: option(
      `${name}_log_policy`,
      oneOf(["drop", "block"]),
      "drop",
      `When the ${name} log can take no more: drop the oldest lines, or block the program.`,
    ),
    syslog_target: option(
      `${name}_syslog_target`,
      syslogTarget,
      "local",
      `Where syslog gets ${name}: local, udp://host:514, tcp://host:514 or unix:///path.`,
    ),
    syslog_tag: optional(
      `${name}_syslog_tag`,
      syslogTag,
      "the name of the process",
      `Name of the sender of ${name} in syslog.`,
    ),
    syslog_facility: option(
      `${name}_syslog_facility`,
      oneOf(FACILITIES),
      "user",
      `Facility of ${name} in syslog.`,
    ),
    syslog_severity: option(
      `${name}_syslog_severity`,
      oneOf(SEVERITIES),
      "info",
      `Severity of ${name} in syslog.`,
    ),
    journald: option(`${name}_journald`, boolean, "false", `Send ${name} to the journal as well.`),
    logfile_rotate: option(
      `${name}_logfile_rotate`,
      rotationTimes,
      "never",
      `Rotate the ${name} log by time as well: hourly, daily, weekly, monthly, daily@03:30.`,
    ),
    logfile_maxage: option(
      `${name}_logfile_maxage`,
      longDuration,
      "0",
      `Age at which rotated ${name} logs are deleted, such as 30d; 0: never.`,
    ),
    logfile_compress: option(
      `${name}_logfile_compress`,
      oneOf(["none", "gzip", "zstd"]),
      "none",
      `Compress rotated ${name} logs: gzip or zstd.`,
    ),
    logfile_owner: optional(
      `${name}_logfile_owner`,
      owner,
      "the daemon's user",
      `Owner of the ${name} log and of its rotated files.`,
    ),
    logfile_mode: optional(
      `${name}_logfile_mode`,
      octal,
      "as the daemon's umask says",
      `Mode of the ${name} log and of its rotated files.`,
    ),
  } as const;
}

export const CHANNELS = { stdout: channel("stdout"), stderr: channel("stderr") } as const;

function rlimit(name: string, what: string) {
  const doc = `${what}: soft limit, or soft:hard; unlimited.`;
  return optional(`rlimit_${name}`, resourceLimit, "the daemon's", doc);
}

export const PROGRAM = {
  command: optional("command", text, "required", "Command to run; PATH is searched, no shell."),
  process_name: option(
    "process_name",
    text,
    "%(program_name)s",
    "Name of each process; needs %(process_num) when numprocs is above 1.",
  ),
  numprocs: option("numprocs", integer, "1", "How many processes to run."),
  numprocs_start: option("numprocs_start", integer, "0", "First value of %(process_num)."),
  priority: option("priority", integer, "999", "Lower starts earlier and stops later."),
  autostart: option("autostart", boolean, "true", "Start together with the daemon."),
  autorestart: option("autorestart", autorestart, "unexpected", "Restart after an exit."),
  startsecs: option("startsecs", integer, "1", "Seconds to stay up to count as started."),
  startretries: option("startretries", startRetries, "3", "Failed starts before giving up."),
  exitcodes: option("exitcodes", exitCodes, "0", "Exit codes that are expected."),
  stopsignal: option("stopsignal", stopSignal, "TERM", "Signal that asks for the end."),
  stop_signals: optional(
    "stop_signals",
    stopSignals,
    "stopsignal alone",
    "Signals that ask for the end, one after the other, with seconds: TERM:10, INT:5, KILL.",
  ),
  stopwaitsecs: option("stopwaitsecs", integer, "10", "Seconds before SIGKILL follows."),
  stopasgroup: option("stopasgroup", boolean, "false", "Send the stop signal to the whole group."),
  killasgroup: optional(
    "killasgroup",
    boolean,
    "as stopasgroup",
    "Send SIGKILL to the whole process group.",
  ),
  killmode: optional(
    "killmode",
    killMode,
    "as stopasgroup and killasgroup say",
    "What ends with the process: itself, its group, all it has started, its control group.",
  ),
  user: optional("user", user, "the daemon's", "User to run as."),
  umask: optional("umask", octal, "the daemon's", "umask of the process."),
  directory: optional("directory", text, "the daemon's", "Working directory of the process."),
  redirect_stderr: option("redirect_stderr", boolean, "false", "Send stderr where stdout goes."),
  environment: option("environment", environmentList, "", "Environment added for the process."),
  serverurl: optional("serverurl", text, "AUTO", "SUPERVISOR_SERVER_URL of the process."),
  environment_files: option(
    "environment_files",
    words,
    "",
    "Files of KEY=value lines, under environment=; a dash in front: need not be there.",
  ),
  set_home: option(
    "set_home",
    boolean,
    "false",
    "Set HOME, USER, LOGNAME and SHELL to those of the user it runs as.",
  ),
  secret_files: option(
    "secret_files",
    secretFiles,
    "",
    "Variables whose values are files, read at each start: DB_PASSWORD:/run/secrets/db.",
  ),
  secret_command: optional(
    "secret_command",
    text,
    "none",
    "Command run before each start that prints variables as KEY=value lines.",
  ),
  use: option("use", words, "", "Sections [template:x] that give keys to this one."),
  tags: option("tags", list, "", "Words that supervisorctl can select programs by."),
  pre_start: optional("pre_start", text, "none", "Command run before each start; must succeed."),
  post_start: optional("post_start", text, "none", "Command run when the process is RUNNING."),
  pre_stop: optional("pre_stop", text, "none", "Command run before the process is asked to end."),
  post_stop: optional("post_stop", text, "none", "Command run after each end of the process."),
  on_fatal: optional(
    "on_fatal",
    text,
    "none",
    "Command run when the process becomes FATAL; shutdown: the daemon ends instead.",
  ),
  stop_command: optional(
    "stop_command",
    text,
    "the stop signal",
    "Command that asks for the end; the signals follow if it fails or is not enough.",
  ),
  reload_command: optional(
    "reload_command",
    text,
    "reload_signal",
    "Command that makes the process read its configuration again.",
  ),
  reload_signal: optional(
    "reload_signal",
    signal,
    "none",
    "Signal that makes the process read its configuration again.",
  ),
  hook_timeout: option("hook_timeout", seconds, "30", "Seconds until a hook is killed."),
  pid_file: optional(
    "pid_file",
    text,
    "the command stays in the foreground",
    "The command goes into the background and writes its pid here: that process is followed.",
  ),
  readiness: optional(
    "readiness",
    readinessCheck,
    "ready when the health check says so",
    "How it is known that the process can do its work.",
  ),
  readiness_timeout: option(
    "readiness_timeout",
    duration,
    "0",
    "Time to become ready; after it the process is unhealthy. 0: no limit.",
  ),
  healthcheck: optional(
    "healthcheck",
    healthCheck,
    "not checked",
    "How it is known, again and again, that the process is well.",
  ),
  healthcheck_interval: option(
    "healthcheck_interval",
    positiveDuration,
    "10",
    "Time between two checks; with notify and log, how often there must be a sign of life.",
  ),
  healthcheck_timeout: option(
    "healthcheck_timeout",
    positiveDuration,
    "5",
    "Time after which a check has failed.",
  ),
  healthcheck_retries: option(
    "healthcheck_retries",
    atLeastOne,
    "3",
    "Failures in a row that make the process unhealthy.",
  ),
  healthcheck_start_period: option(
    "healthcheck_start_period",
    duration,
    "10",
    "Time in which failures do not count, until the first success.",
  ),
  on_unhealthy: option(
    "on_unhealthy",
    onUnhealthy,
    "restart",
    "What is done when the process becomes unhealthy: restart, stop, event or none.",
  ),
  drain_command: optional(
    "drain_command",
    text,
    "none",
    "Command run before a rolling restart stops the process.",
  ),
  drain_timeout: option(
    "drain_timeout",
    positiveDuration,
    "30",
    "Time after which drain_command is killed.",
  ),
  startretries_unlimited: option(
    "startretries_unlimited",
    boolean,
    "false",
    "Never give up starting: startretries=unlimited for files that Supervisor reads as well.",
  ),
  restart_delay: optional(
    "restart_delay",
    duration,
    "at once after a run; 1, 2, 3 … seconds after failed starts",
    "Time from an end to the restart; the first one where restart_backoff makes it grow.",
  ),
  restart_backoff: optional(
    "restart_backoff",
    backoffShape,
    "constant with restart_delay",
    "How the delay grows from restart to restart: constant, linear or exponential.",
  ),
  restart_backoff_factor: option(
    "restart_backoff_factor",
    backoffFactor,
    "2",
    "What each exponential delay is multiplied with.",
  ),
  restart_backoff_max: optional(
    "restart_backoff_max",
    duration,
    "5m where the delay grows",
    "The longest delay.",
  ),
  restart_backoff_jitter: option(
    "restart_backoff_jitter",
    jitter,
    "0",
    "How far delays may be off by chance, so that not all come at once: 0.2 is 20 percent.",
  ),
  restart_backoff_reset: option(
    "restart_backoff_reset",
    duration,
    "60",
    "A run of this length makes the delays begin from the first again.",
  ),
  restart_limit: optional(
    "restart_limit",
    restartLimit,
    "no limit",
    "Most restarts within a time, also after RUNNING: 5/60s; one more is FATAL.",
  ),
  essential: option(
    "essential",
    boolean,
    "false",
    "The daemon ends with this program, and with its exit status.",
  ),
  on_exit: option(
    "on_exit",
    oneOf(["none", "shutdown"]),
    "none",
    "shutdown: the daemon ends when the program exits and is not started again.",
  ),
  depends_on: option(
    "depends_on",
    list,
    "",
    "What must be there before this starts: db:healthy, migrate:completed, cache.",
  ),
  on_dependency_failure: option(
    "on_dependency_failure",
    oneOf(["wait", "fail", "ignore"]),
    "wait",
    "When one of those has failed: wait for it to be mended, become FATAL, or start without it.",
  ),
  on_dependency_restart: option(
    "on_dependency_restart",
    oneOf(["ignore", "restart", "stop"]),
    "ignore",
    "When one of those ends while this runs: go on, stop and start with it again, or stop.",
  ),
  schedule: optional(
    "schedule",
    cronExpression,
    "starts as autostart and autorestart say",
    "When the program runs: a cron expression, with a sixth field in front for the second.",
  ),
  schedule_timezone: optional(
    "schedule_timezone",
    timeZone,
    "the daemon's",
    "Time zone of the schedule, such as Europe/Berlin.",
  ),
  schedule_jitter: option(
    "schedule_jitter",
    duration,
    "0",
    "Each run comes up to so much later, by chance.",
  ),
  schedule_concurrency: option(
    "schedule_concurrency",
    oneOf(["skip", "queue", "replace"]),
    "skip",
    "A run that is due while the one before goes on is left out, waits, or takes its place.",
  ),
  schedule_timeout: option(
    "schedule_timeout",
    duration,
    "0",
    "A run that takes longer is stopped. 0: no limit.",
  ),
  watch: option("watch", list, "", "Files, directories and patterns; a change is acted upon."),
  watch_ignore: option("watch_ignore", list, "", "Patterns of files that do not matter."),
  watch_debounce: option(
    "watch_debounce",
    duration,
    "500ms",
    "Time without a change before it is acted upon.",
  ),
  watch_action: option(
    "watch_action",
    watchAction,
    "restart",
    "What is done: restart, reload-program, or signal:HUP.",
  ),
  rlimit_nofile: rlimit("nofile", "Open descriptors"),
  rlimit_nproc: rlimit("nproc", "Processes of its user"),
  rlimit_core: rlimit("core", "Size of a core dump"),
  rlimit_fsize: rlimit("fsize", "Size of a file that it writes"),
  rlimit_data: rlimit("data", "Size of its data segment"),
  rlimit_stack: rlimit("stack", "Size of its stack"),
  rlimit_as: rlimit("as", "Size of its address space"),
  rlimit_memlock: rlimit("memlock", "Memory that it locks"),
  rlimit_cpu: rlimit("cpu", "Seconds of CPU time"),
  nice: optional("nice", niceness, "the daemon's", "From -20 to 19: the more, the less CPU."),
  ionice: optional(
    "ionice",
    ioPriority,
    "the daemon's",
    "idle, best-effort or realtime, the last two with a level from 0 to 7: best-effort:7.",
  ),
  oom_score_adj: optional(
    "oom_score_adj",
    oomAdjustment,
    "the daemon's",
    "From -1000 to 1000: the more, the sooner it is killed for want of memory.",
  ),
  cpu_affinity: optional("cpu_affinity", cpuList, "all", "Processors that it may use: 0-3,6."),
  no_new_privs: option(
    "no_new_privs",
    boolean,
    "false",
    "No command that it runs gets more rights than it has (set-user-id, for example).",
  ),
  capabilities: optional(
    "capabilities",
    capabilities,
    "as its user has them",
    "Capabilities that it keeps, such as CAP_NET_BIND_SERVICE; none: no one.",
  ),
  chroot: optional("chroot", text, "/", "Directory that is its root; absolute."),
  private_tmp: option("private_tmp", boolean, "false", "An empty /tmp and /var/tmp of its own."),
  cgroup_memory_max: optional(
    "cgroup_memory_max",
    memoryMax,
    "no limit",
    "Memory of its control group.",
  ),
  cgroup_cpu_max: optional(
    "cgroup_cpu_max",
    cpuShare,
    "no limit",
    "CPU of its control group, 1.5 for one and a half processors.",
  ),
  cgroup_pids_max: optional(
    "cgroup_pids_max",
    pidsMax,
    "no limit",
    "Processes and threads of its control group.",
  ),
  memory_limit: optional(
    "memory_limit",
    memoryMax,
    "no limit",
    "Resident memory of the process and its descendants; it is restarted when they have more.",
  ),
  memory_limit_interval: option(
    "memory_limit_interval",
    positiveDuration,
    "15",
    "Time between two looks at it.",
  ),
} as const;

export const LISTENER = {
  events: option("events", list, "", "Events to be told about; required."),
  buffer_size: option("buffer_size", integer, "10", "Events kept while no listener is ready."),
  result_handler: option(
    "result_handler",
    text,
    "supervisor.dispatchers:default_handler",
    "What judges results; only the built-in one can be loaded.",
  ),
  // As listeners for Supervisor read text, `len` counts characters; ours alone is this choice.
  event_length: option(
    "event_length",
    text,
    "characters",
    "What `len` in the event header counts: characters or bytes.",
  ),
  priority: option("priority", integer, "-1", "Lower starts earlier and stops later."),
} as const;

export const FCGI = {
  socket: optional("socket", text, "required", "tcp://host:port or unix:///path to listen on."),
  socket_owner: optional("socket_owner", owner, "user= if given", "Owner of a unix socket."),
  socket_mode: optional("socket_mode", octal, "0700", "Mode of a unix socket."),
  socket_backlog: optional("socket_backlog", integer, "SOMAXCONN", "Listen backlog, 1 to 65535."),
} as const;

/** A key with any name, in sections whose keys are names of variables. */
export const ENVIRONMENT_VALUE = option("value", text, "", "Value of the variable.");

type AnyOption = Option<unknown>;

/** A section as the option reference and the check of unknown keys see it. */
export interface SectionTable {
  /** `supervisord`, or with a trailing colon a prefix: `program:`. */
  readonly section: string;
  /** For display: `program:x`. */
  readonly title: string;
  readonly options: readonly AnyOption[];
}

const PROGRAM_KEYS: readonly AnyOption[] = [
  ...Object.values(PROGRAM),
  ...Object.values(CHANNELS.stdout),
  ...Object.values(CHANNELS.stderr),
];

function without(options: readonly AnyOption[], keys: readonly string[]): AnyOption[] {
  return options.filter((row) => !keys.includes(row.key));
}

export const SECTION_TABLES: readonly SectionTable[] = [
  { section: "supervisord", title: "supervisord", options: Object.values(SUPERVISORD) },
  {
    section: "unix_http_server",
    title: "unix_http_server",
    options: Object.values(UNIX_SERVER),
  },
  {
    section: "inet_http_server",
    title: "inet_http_server",
    options: Object.values(INET_SERVER),
  },
  { section: "token:", title: "token:x", options: Object.values(TOKEN) },
  { section: "supervisorctl", title: "supervisorctl", options: Object.values(SUPERVISORCTL) },
  { section: "include", title: "include", options: Object.values(INCLUDE) },
  { section: "program:", title: "program:x", options: PROGRAM_KEYS },
  { section: "template:", title: "template:x", options: PROGRAM_KEYS },
  { section: "program-defaults", title: "program-defaults", options: PROGRAM_KEYS },
  // Their keys are names of variables.
  { section: "env:", title: "env:x", options: [] },
  { section: "variables", title: "variables", options: [] },
  { section: "group:", title: "group:x", options: Object.values(GROUP) },
  {
    section: "eventlistener:",
    title: "eventlistener:x",
    options: [...Object.values(LISTENER), ...without(PROGRAM_KEYS, ["priority"])],
  },
  {
    section: "fcgi-program:",
    title: "fcgi-program:x",
    options: [...Object.values(FCGI), ...PROGRAM_KEYS],
  },
  {
    section: "rpcinterface:",
    title: "rpcinterface:x",
    options: Object.values(RPC_INTERFACE),
  },
  { section: "ctlplugin:", title: "ctlplugin:x", options: Object.values(CTL_PLUGIN) },
];

/** Arguments of a plugin factory and variables can have any name. */
export function takesAnyKey(section: string): boolean {
  return /^(rpcinterface:|ctlplugin:|env:|variables$)/.test(section);
}

/** The table a section is read by; undefined for sections that nothing reads. */
export function tableFor(section: string): SectionTable | undefined {
  return SECTION_TABLES.find((table) => {
    // Whatever starts with these words is a server: `inet_http_server:two`.
    if (table.section.endsWith("_http_server") || table.section.endsWith(":")) {
      return section.startsWith(table.section);
    }
    return section === table.section;
  });
}
