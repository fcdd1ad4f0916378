/**
 * The command lines of supervisord and supervisorctl: one table each, which the parser and
 * `--help` both go by. Nothing is read here but what the values themselves ask for (whether a
 * directory exists).
 */
import { ValueError } from "../src/config/errors.ts";
import { SUPERVISORD } from "../src/config/options.ts";
import { repr } from "../src/config/python_text.ts";
import type { CommandLineOptions } from "../src/config/types.ts";
import { type Kind, list, serverUrl, text, type ValueHost } from "../src/config/values.ts";
import { type Found, getopt, helpLines, type OptionSpec, UsageError } from "./getopt.ts";

export { UsageError } from "./getopt.ts";

interface Row extends OptionSpec {
  /** Checks the argument as the key of the same name in the file is checked. */
  readonly kind?: Pick<Kind<unknown>, "convert">;
}

const CONFIGURATION: Row = {
  name: "configuration",
  short: "c",
  long: "configuration",
  argument: "FILENAME",
  help: "configuration file path (searches if not given)",
};

const QUESTION_MARK: Row = { name: "help", short: "?" };

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

export const SUPERVISORCTL_ROWS: readonly Row[] = [
  CONFIGURATION,
  { name: "help", short: "h", long: "help", help: "print usage message and exit" },
  QUESTION_MARK,
  {
    name: "interactive",
    short: "i",
    long: "interactive",
    help: "start an interactive shell after executing commands",
  },
  {
    name: "serverurl",
    short: "s",
    long: "serverurl",
    argument: "URL",
    help: 'URL on which supervisord server is listening\n     (default "http://localhost:9001").',
    kind: serverUrl,
  },
  {
    name: "username",
    short: "u",
    long: "username",
    argument: "USERNAME",
    help: "username to use for authentication with server",
  },
  {
    name: "password",
    short: "p",
    long: "password",
    argument: "PASSWORD",
    help: "password to use for authentication with server",
  },
  {
    name: "history_file",
    short: "r",
    long: "history_file",
    argument: "FILENAME",
    manual: "Keep the history of the shell in this file.",
  },
  // The reference advertises this spelling, without an argument, and knows only the other one.
  // Both work here; the line stays, because people compare it.
  {
    name: "history_file",
    long: "history-file",
    argument: "FILENAME",
    own: true,
  },
  // Told by `help more`: the list of options is compared with the reference's.
  { name: "json", long: "json", own: true, manual: "Print one JSON document instead of text." },
];

const HISTORY_HELP = "-r/--history-file -- keep a readline history (if readline is available)\n";

/** The help text of supervisord, ready for stdout. */
export function supervisordHelp(invokedAs: string): string {
  return `supervisord -- run a set of applications as daemons.

Usage: ${invokedAs} [options]

Options:
${helpLines(SUPERVISORD_ROWS)}
`;
}

/** The help text of supervisorctl, ready for stdout. */
export function supervisorctlHelp(invokedAs: string): string {
  return `supervisorctl -- control applications run by supervisord from the cmd line.

Usage: ${invokedAs} [options] [action [arguments]]

Options:
${helpLines(SUPERVISORCTL_ROWS)}${HISTORY_HELP}
action [arguments] -- see below

An action is a command such as "status" or "restart web". Without one, or with -i, an
interactive shell takes them from the terminal; its action "help" lists them all.

`;
}

/** What follows an error on stderr. */
export function usageErrorText(message: string, invokedAs: string): string {
  return `Error: ${message}\nFor help, use ${invokedAs} -h\n`;
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
  | ({ readonly kind: "check"; readonly strict: boolean } & RunArgs);

/**
 * Goes through the options in order: each is checked, and none may be given twice. A help or
 * version option ends it there and then, whatever follows.
 * @returns the first of the options that are acted on at once, or what all of them set
 */
function collect(
  options: readonly Found<Row>[],
  immediate: readonly string[],
  host: ValueHost,
): { readonly stop: string } | { readonly values: ReadonlyMap<string, string | true> } {
  const values = new Map<string, string | true>();
  for (const { row, typed, argument } of options) {
    if (immediate.includes(row.name)) return { stop: row.name };
    try {
      (row.kind ?? text).convert(argument, host);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new UsageError(`invalid value for ${typed} ${repr(argument)}: ${error.message}`);
    }
    if (values.has(row.name)) {
      throw new UsageError(`conflicting command line option ${repr(typed)}`);
    }
    values.set(row.name, row.argument === undefined ? true : argument);
  }
  return { values };
}

function textOf(value: string | true | undefined): string | null {
  return typeof value === "string" ? value : null;
}

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
  const { configuration, check, strict, demo, profile_options: _, ...keys } = Object.fromEntries(
    found.values,
  );
  const run: RunArgs = { configFile: textOf(configuration), options: keys };
  if (check !== undefined) return { kind: "check", strict: strict !== undefined, ...run };
  if (strict !== undefined) throw new UsageError("option --strict is only for --check");
  return demo === undefined ? { kind: "run", ...run } : { kind: "demo", ...run };
}

export type SupervisorctlArgs =
  | { readonly kind: "help" }
  | {
    readonly kind: "run";
    /** null: look on the search path. */
    readonly configFile: string | null;
    /** null: from the configuration. */
    readonly serverUrl: string | null;
    readonly username: string | null;
    readonly password: string | null;
    readonly historyFile: string | null;
    /** -i, or no action. */
    readonly interactive: boolean;
    /** The action and its arguments. */
    readonly words: readonly string[];
    /** One JSON document instead of text. */
    readonly json?: true;
  };

/** No value of supervisorctl's command line looks at the outside world. */
const NO_HOST: ValueHost = {
  stat: () => null,
  home: "",
  users: {
    userByName: () => null,
    userById: () => null,
    groupByName: () => null,
    groupById: () => null,
  },
};

/**
 * Reads supervisorctl's command line.
 * @throws UsageError
 */
export function parseSupervisorctlArgs(argv: readonly string[]): SupervisorctlArgs {
  const { options, words } = getopt(argv, SUPERVISORCTL_ROWS);
  const found = collect(options, ["help"], NO_HOST);
  if ("stop" in found) return { kind: "help" };
  const value = (name: string) => textOf(found.values.get(name));
  return {
    kind: "run",
    configFile: value("configuration"),
    serverUrl: value("serverurl"),
    username: value("username"),
    password: value("password"),
    historyFile: value("history_file"),
    interactive: found.values.has("interactive") || words.length === 0,
    words,
    ...(found.values.has("json") ? { json: true } as const : {}),
  };
}
