/** The keys of [supervisord]. */
import { oneOf } from "../restart_kinds.ts";
import {
  boolean,
  byteSize,
  environmentList,
  existingDirectory,
  integer,
  logLevel,
  octal,
  pathInDirectory,
  text,
} from "../values.ts";
import { option, optional } from "./option.ts";

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
