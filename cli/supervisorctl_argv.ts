/** The command line of supervisorctl: one table, which the parser and `--help` both go by. */
import { serverUrl } from "../src/config/server_url.ts";
import type { ValueHost } from "../src/config/values.ts";
import { getopt, helpLines } from "./getopt.ts";
import { collect, CONFIGURATION, QUESTION_MARK, type Row, textOf } from "./given_options.ts";

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
