/**
 * The manual pages, made of the very tables that the programs go by: no option and no action can
 * be missing in them.
 */
import { buildInfo } from "../../src/build_info.ts";
import { SECTION_TABLES } from "../../src/config/options.ts";
import type { Option } from "../../src/config/options/option.ts";
import { SUPERVISORD_ROWS } from "../argv.ts";
import { actionHelp } from "../ctl/action_help.ts";
import type { OptionSpec } from "../getopt.ts";
import { ManualPage } from "./roff.ts";
import { SUBCOMMANDS } from "./subcommands.ts";
import { SUPERVISORCTL_ROWS } from "../supervisorctl_argv.ts";

const SOURCE = `supervisord ${buildInfo.version}`;

/** Where a configuration is looked for without -c, in order. */
const SEARCH_PATH = [
  "../etc/supervisord.conf and ../supervisord.conf, seen from the executable",
  "supervisord.conf and etc/supervisord.conf in the current directory",
  "/etc/supervisord.conf",
  "/etc/supervisor/supervisord.conf",
] as const;

const SIGNALS = [
  ["SIGTERM, SIGINT, SIGQUIT", "Stop all processes, then exit."],
  ["SIGHUP", "Stop all processes, read the configuration again and start over."],
  ["SIGUSR2", "Reopen the main log and the logs of the processes."],
  ["SIGCHLD", "A process has ended: the daemon collects it."],
] as const;

export interface ManualEntry {
  readonly name: string;
  readonly section: number;
  readonly summary: string;
  readonly write: (page: ManualPage) => void;
}

export const MANUAL: readonly ManualEntry[] = [
  {
    name: "supervisord",
    section: 8,
    summary: "run and watch over a set of programs",
    write(page) {
      page.section("SYNOPSIS").synopsis("supervisord", "[options]");
      for (const { name, usage } of SUBCOMMANDS) page.synopsis("supervisord", `${name} ${usage}`);
      page.section("DESCRIPTION").paragraph(
        "supervisord starts the programs of its configuration, restarts them by their rules when " +
          "they end, keeps their output in logs that rotate, and answers to supervisorctl(1), to " +
          "a browser and to programs, over a unix socket or TCP.",
      );
      page.paragraph(
        "Without an option it reads its configuration, checks it, and goes into the background. " +
          "When it returns, the daemon is up, or the exit status says that it is not.",
      );
      for (const { description } of SUBCOMMANDS) page.paragraph(description);
      options(page, SUPERVISORD_ROWS);
      page.section("SIGNALS");
      for (const [signals, meaning] of SIGNALS) page.item(signals, meaning);
      page.section("EXIT STATUS")
        .item("0", "The daemon ended, or went into the background and is up.")
        .item("1", "It could not start for a reason outside the configuration.")
        .item("2", "The command line or the configuration is wrong; the reason is on stderr.");
      files(page);
      page.section("SEE ALSO").paragraph(
        "supervisorctl(1), supervisord.conf(5), echo_supervisord_conf(1), pidproxy(1)",
      );
    },
  },
  {
    name: "supervisorctl",
    section: 1,
    summary: "control the programs that supervisord runs",
    write(page) {
      page.section("SYNOPSIS").synopsis("supervisorctl", "[options] [action [arguments]]");
      page.section("DESCRIPTION").paragraph(
        "supervisorctl asks a running supervisord(8) for state and logs and tells it what to do. " +
          "With an action it carries that out and exits; without one it is a shell, with history " +
          "and completion.",
      );
      page.paragraph(
        "A process is named as group:process, or by its own name where group and process are " +
          "called the same. group:* means every process of a group, all means every process.",
      );
      options(page, SUPERVISORCTL_ROWS);
      page.section("ACTIONS");
      for (const { name, usages } of actionHelp()) {
        page.subsection(name);
        for (const { usage, meaning } of usages) page.item(usage, meaning);
      }
      page.section("EXIT STATUS")
        .item("0", "The action was carried out; for status: every process asked for is RUNNING.")
        .item("1", "It was not, or not for every process.")
        .item("2", "The command line or the configuration is wrong.")
        .item("3", "status: a process asked for is not running.")
        .item("4", "status: no such process, or no connection.");
      page.section("ENVIRONMENT")
        .item(
          "SUPERVISOR_TOKEN",
          "Token to show, before token and token_file of the configuration.",
        );
      files(page);
      page.section("SEE ALSO").paragraph("supervisord(8), supervisord.conf(5)");
    },
  },
  {
    name: "supervisord.conf",
    section: 5,
    summary: "configuration of supervisord and supervisorctl",
    write(page) {
      page.section("DESCRIPTION").paragraph(
        "A text file of [sections] with lines key = value. An indented line continues the value " +
          "above it. Lines that begin with a semicolon or a hash sign are comments; behind a " +
          "value a comment needs a blank before its semicolon.",
      );
      page.paragraph(
        "%(here)s is the directory of the file, %(ENV_X)s the environment variable X, and in " +
          "sections of programs %(program_name)s, %(process_num)d, %(group_name)s and " +
          "%(host_node_name)s are known. A percent sign is written %%.",
      );
      page.example("[program:web]\ncommand = /usr/local/bin/web --port 8080\nuser = www-data\n");
      for (const { title, options: rows } of SECTION_TABLES) {
        page.section(`[${title}]`);
        for (const row of rows) page.item(row.key, row.doc, describeValue(row));
      }
      files(page);
      page.section("SEE ALSO").paragraph(
        "supervisord(8), supervisorctl(1); supervisord --check reports every problem of a file.",
      );
    },
  },
  {
    name: "echo_supervisord_conf",
    section: 1,
    summary: "print a sample configuration for supervisord",
    write(page) {
      page.section("SYNOPSIS").synopsis("echo_supervisord_conf", "> supervisord.conf");
      page.section("DESCRIPTION").paragraph(
        "Prints a commented supervisord.conf(5) that a daemon can be started with. Arguments " +
          "are ignored.",
      );
      page.section("SEE ALSO").paragraph("supervisord(8), supervisord.conf(5)");
    },
  },
  {
    name: "pidproxy",
    section: 1,
    summary: "run a program that goes into the background, and pass signals on to it",
    write(page) {
      page.section("SYNOPSIS").synopsis("pidproxy", "PIDFILE COMMAND [ARGUMENT ...]");
      page.section("DESCRIPTION").paragraph(
        "Runs COMMAND, which writes its process id to PIDFILE, and sends the signals it gets " +
          "(SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGQUIT) to the process that PIDFILE " +
          "names at that moment. It lets supervisord(8) stop a program that cannot stay in the " +
          "foreground.",
      );
      page.section("SEE ALSO").paragraph("supervisord(8)");
    },
  },
];

/** The page as roff. @returns null for a name that has none */
export function manualPage(name: string): string | null {
  const entry = MANUAL.find((candidate) => candidate.name === name);
  if (entry === undefined) return null;
  const page = new ManualPage({ ...entry, source: SOURCE, manual: "Supervisor" });
  entry.write(page);
  return page.toString();
}

function options(page: ManualPage, rows: readonly OptionSpec[]): void {
  page.section("OPTIONS");
  for (const row of rows) {
    if (row.help === undefined && row.manual === undefined) continue;
    const names = [
      ...row.short === undefined ? [] : [`-${row.short}`],
      ...row.long === undefined ? [] : [`--${row.long}`],
    ].join(", ");
    const value = row.argument === undefined ? "" : ` ${row.argument.trim()}`;
    page.item(`${names}${value}`, (row.help ?? row.manual ?? "").replaceAll(/\s+/g, " "));
  }
}

function files(page: ManualPage): void {
  page.section("FILES").paragraph("Without -c the first of these that exists is read:");
  for (const place of SEARCH_PATH) page.item("*", place);
}

function describeValue({ kind, absent }: Option<unknown>): string {
  return `Value: ${kind.name}. Default: ${absent === "" ? "empty" : absent}.`;
}
