/**
 * The keys that Supervisor 4 itself reads. It ignores all others, so a file with settings of ours
 * serves both; the option reference and `--check --explain` tell the two apart by this list.
 *
 * @see Supervisor docs, configuration.rst
 */

const CREDENTIALS = ["username", "password"];

const PROGRAM = [
  "command process_name numprocs numprocs_start priority autostart autorestart startsecs",
  "startretries exitcodes stopsignal stopwaitsecs stopasgroup killasgroup user umask directory",
  "redirect_stderr environment serverurl",
  ...["stdout", "stderr"].map((name) =>
    [
      "logfile",
      "logfile_maxbytes",
      "logfile_backups",
      "capture_maxbytes",
      "events_enabled",
      "syslog",
    ]
      .map((key) => `${name}_${key}`).join(" ")
  ),
].flatMap((line) => line.split(" "));

/** By the section of a row of SECTION_TABLES: `supervisord`, `program:`. */
export const SUPERVISOR_KEYS: Readonly<Record<string, readonly string[]>> = {
  supervisord: ("logfile logfile_maxbytes logfile_backups loglevel pidfile umask nodaemon silent " +
    "minfds minprocs nocleanup childlogdir user directory strip_ansi environment identifier")
    .split(" "),
  unix_http_server: ["file", "chmod", "chown", ...CREDENTIALS],
  inet_http_server: ["port", ...CREDENTIALS],
  supervisorctl: ["serverurl", ...CREDENTIALS, "prompt", "history_file"],
  include: ["files"],
  "program:": PROGRAM,
  "group:": ["programs", "priority"],
  "eventlistener:": [...PROGRAM, "events", "buffer_size", "result_handler"],
  "fcgi-program:": [...PROGRAM, "socket", "socket_owner", "socket_mode", "socket_backlog"],
  "rpcinterface:": ["supervisor.rpcinterface_factory"],
  "ctlplugin:": ["supervisor.ctl_factory"],
};

export function isSupervisorKey(section: string, key: string): boolean {
  return SUPERVISOR_KEYS[section]?.includes(key) ?? false;
}

/** Whether Supervisor reads sections of this name at all. */
export function isSupervisorSection(section: string): boolean {
  return Object.hasOwn(SUPERVISOR_KEYS, section);
}
