/** The keys of a program. What it says is in channels.ts, since there are two of each. */
import { killMode } from "../kill_mode.ts";
import { oneOf, startRetries } from "../restart_kinds.ts";
import { stopSignal, stopSignals } from "../stop_signals.ts";
import {
  autorestart,
  boolean,
  exitCodes,
  integer,
  list,
  octal,
  text,
  user,
  words,
} from "../values.ts";
import { DEPENDENCIES } from "./dependencies.ts";
import { ENVIRONMENT } from "./environment.ts";
import { HEALTH } from "./health.ts";
import { HOOKS } from "./hooks.ts";
import { LIMITS } from "./limits.ts";
import { option, optional } from "./option.ts";
import { RESTARTS } from "./restarts.ts";
import { SCHEDULE } from "./schedule.ts";
import { WATCH } from "./watch.ts";

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
  ...ENVIRONMENT,
  use: option("use", words, "", "Sections [template:x] that give keys to this one."),
  tags: option("tags", list, "", "Words that supervisorctl can select programs by."),
  ...HOOKS,
  ...HEALTH,
  ...RESTARTS,
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
  ...DEPENDENCIES,
  ...SCHEDULE,
  ...WATCH,
  ...LIMITS,
} as const;
