/**
 * The command line of supervisord: one table, which the parser and `--help` both go by. Nothing is
 * read here but what the values themselves ask for (whether a directory exists).
 */
import { SUPERVISORD } from "../src/config/options/supervisord.ts";
import { repr } from "../src/config/python_text.ts";
import type { CommandLineOptions } from "../src/config/types.ts";
import { list, type ValueHost } from "../src/config/values.ts";
import { getopt, helpLines, UsageError } from "./getopt.ts";
import { collect, CONFIGURATION, QUESTION_MARK, type Row, textOf } from "./given_options.ts";

export const SUPERVISORD_ROWS: readonly Row[] = [
  CONFIGURATION,
  {
    name: "nodaemon",
    short: "n",
    long: "nodaemon",
    help: "run in the foreground (same as 'nodaemon=true' in config file)",
  },
  {
    name: "silent",
    short: "s",
    long: "silent",
    help: "no logs to stdout (maps to 'silent=true' in config file)",
  },
  { name: "help", short: "h", long: "help", help: "print this usage message and exit" },
  QUESTION_MARK,
  {
    name: "version",
    short: "v",
    long: "version",
    help: "print supervisord version number and exit",
  },
  {
    name: "user",
    short: "u",
    long: "user",
    argument: "USER",
    // Looked up only after the file has been read, as the reference does.
    help: "run supervisord as this user (or numeric uid)",
  },
  {
    name: "umask",
    short: "m",
    long: "umask",
    argument: "UMASK",
    help: "use this umask for daemon subprocess (default is 022)",
    kind: SUPERVISORD.umask,
  },
  {
    name: "directory",
    short: "d",
    long: "directory",
    argument: "DIRECTORY",
    help: "directory to chdir to when daemonized",
    kind: SUPERVISORD.directory,
  },
  {
    name: "logfile",
    short: "l",
    long: "logfile",
    argument: "FILENAME",
    help: "use FILENAME as logfile path",
    kind: SUPERVISORD.logfile,
  },
  {
    name: "logfile_maxbytes",
    short: "y",
    long: "logfile_maxbytes",
    argument: "BYTES",
    help: "use BYTES to limit the max size of logfile",
    kind: SUPERVISORD.logfile_maxbytes,
  },
  {
    name: "logfile_backups",
    short: "z",
    long: "logfile_backups",
    argument: "NUM",
    help: "number of backups to keep when max bytes reached",
    kind: SUPERVISORD.logfile_backups,
  },
  {
    name: "loglevel",
    short: "e",
    long: "loglevel",
    argument: "LEVEL",
    help: "use LEVEL as log level (debug,info,warn,error,critical)",
    kind: SUPERVISORD.loglevel,
  },
  {
    name: "pidfile",
    short: "j",
    long: "pidfile",
    argument: "FILENAME",
    help: "write a pid file for the daemon process to FILENAME",
    kind: SUPERVISORD.pidfile,
  },
  {
    name: "identifier",
    short: "i",
    long: "identifier",
    argument: "STR",
    help: "identifier used for this instance of supervisord",
  },
  {
    name: "childlogdir",
    short: "q",
    long: "childlogdir",
    argument: "DIRECTORY",
    help: "the log directory for child process logs",
    kind: SUPERVISORD.childlogdir,
  },
  {
    name: "nocleanup",
    short: "k",
    long: "nocleanup",
    help: "do not remove automatic child log files of earlier runs at startup",
  },
  {
    name: "minfds",
    short: "a",
    long: "minfds",
    argument: "NUM",
    help: "the minimum number of file descriptors for start success",
    kind: SUPERVISORD.minfds,
  },
  {
    name: "strip_ansi",
    short: "t",
    long: "strip_ansi",
    help: "strip ansi escape codes from process output",
  },
  {
    name: "minprocs",
    long: "minprocs",
    // Two spaces in the help, as the reference has it: people compare these lines.
    argument: "NUM ",
    help: "the minimum number of processes available for start success",
    kind: SUPERVISORD.minprocs,
  },
  {
    name: "profile_options",
    long: "profile_options",
    argument: "OPTIONS",
    help: "accepted and ignored: there is no Python profiler here",
    kind: list,
  },
  {
    name: "check",
    long: "check",
    help: "report every problem of the configuration and exit",
    own: true,
  },
  {
    name: "strict",
    long: "strict",
    help: "with --check: exit with status 1 when there are warnings",
    own: true,
  },
  {
    name: "explain",
    long: "explain",
    help: "with --check: tell what becomes of each line: honoured, changed or unsupported",
    own: true,
  },
  {
    name: "json",
    long: "json",
    help: "with --check: print one JSON document instead of text",
    own: true,
  },
  {
    name: "build-info",
    long: "build-info",
    help: "print this program's own version, build and runtime and exit",
    own: true,
  },
  {
    name: "demo",
    long: "demo",
    help: "run a demonstration in the foreground; needs no configuration",
    own: true,
  },
];

/** The help text of supervisord, ready for stdout. */
export function supervisordHelp(invokedAs: string): string {
  return `supervisord -- run a set of applications as daemons.

Usage: ${invokedAs} [options]

Options:
${helpLines(SUPERVISORD_ROWS)}
`;
}

export interface RunArgs {
  /** null: look on the search path. */
  readonly configFile: string | null;
  readonly options: CommandLineOptions;
}

export type SupervisordArgs =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "build-info" }
  | ({ readonly kind: "run" } & RunArgs)
  | ({ readonly kind: "demo" } & RunArgs)
  | ({ readonly kind: "check" } & CheckArgs & RunArgs);

/** How the findings of --check are told. */
export interface CheckArgs {
  readonly strict: boolean;
  readonly explain: boolean;
  readonly json: boolean;
}

/** Options that only say how --check is done. */
const CHECK_OPTIONS = ["strict", "explain", "json"] as const;

/**
 * Reads supervisord's command line. Values of options are checked but stay as typed.
 * @throws UsageError
 */
export function parseSupervisordArgs(argv: readonly string[], host: ValueHost): SupervisordArgs {
  const { options, words } = getopt(argv, SUPERVISORD_ROWS);
  if (words.length > 0) {
    const shown = words.map(repr).join(", ");
    throw new UsageError(`positional arguments are not supported: [${shown}]`);
  }
  const found = collect(options, ["help", "version", "build-info"], host);
  if ("stop" in found) return { kind: found.stop as "help" | "version" | "build-info" };
  const given = new Map(found.values);
  const [strict, explain, json] = CHECK_OPTIONS.map((name) => given.delete(name));
  const { configuration, check, demo, profile_options: _, ...keys } = Object.fromEntries(given);
  const run: RunArgs = { configFile: textOf(configuration), options: keys };
  if (check !== undefined) {
    const how = { strict: strict === true, explain: explain === true, json: json === true };
    return { kind: "check", ...how, ...run };
  }
  const stray = CHECK_OPTIONS.find((name) => found.values.has(name));
  if (stray !== undefined) throw new UsageError(`option --${stray} is only for --check`);
  return demo === undefined ? { kind: "run", ...run } : { kind: "demo", ...run };
}
