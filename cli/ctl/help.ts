/** The action "help". */
import { findCommand, listedCommands } from "./commands.ts";
import { countCharacters, padEnd } from "./names.ts";
import type { Session } from "./session.ts";

/** Width of a terminal line that the list of actions is laid out for. */
const LINE_WIDTH = 80;

/** What Supervisor does not have. Its own list stays as it is, for scripts that read it. */
const MORE = [
  "events\tFollow what happens, as it happens",
  "logs\tSeveral logs merged by time, with --since, --grep and -f",
  "status -v <name>\tWhat else there is to say of a process, and why it failed",
  "run\tRun a program once, now; --wait: and end as it does",
  "wait\tUntil processes are ready, healthy, running or stopped",
  "restart --rolling\tOne after the other, each ready before the next one stops",
  "why\tWhy a process is in its state, and what it waits for",
  "start --no-deps\tWithout waiting for what the process depends on",
  "reload --keep\tRead [supervisord] and the servers again; processes run on",
  "upgrade\tReplace supervisord by another executable; processes run on",
  "rotate\tBegin new log files, keeping the old ones as backups",
  "reload-program\tMake a process read its configuration again",
  "update --plan\tWhat an update would do, process by process, and why",
  "update --minimal\tOnly processes that have changed, not their whole groups",
  "scale <program>=<n>\tAnother number of processes than numprocs says",
  "enable, disable\tWhether processes start with supervisord",
  "healthcheck\tFor containers: exit status 1 when something is not well, and what",
  "doctor\tFrom the command line: what stands in the way of supervisorctl",
  "supervisorctl --json <action>\tOne JSON document instead of text, for every action above",
];

/** `help` lists the actions, `help ACTION` explains one. */
// deno-lint-ignore require-await -- commands are asynchronous
export async function help(session: Session, topic: string): Promise<void> {
  if (topic === "") {
    const header = "default commands (type help <topic>):";
    session.output.line(
      ["", header, "=".repeat(header.length), ...columnize(listedCommands(), LINE_WIDTH - 1), ""]
        .join("\n"),
    );
    return;
  }
  if (topic === "more") {
    session.output.line(MORE.join("\n"));
    return;
  }
  const command = findCommand(topic);
  if (command === null || command.help.length === 0) {
    session.output.line(`*** No help on ${topic}`);
  } else {
    session.printHelp(command);
  }
}

/**
 * Lays words out in as few rows as fit, columns filled from top to bottom, two blanks between
 * them, the last padded as well: the layout of Python's cmd module.
 */
export function columnize(words: readonly string[], width: number): string[] {
  for (let rows = 1; rows < words.length; rows++) {
    const columns = columnsOf(words, rows);
    const widths = columns.map((column) => Math.max(...column.map(countCharacters)));
    const total = widths.reduce((sum, columnWidth) => sum + columnWidth + 2, -2);
    if (total <= width) {
      return Array.from({ length: rows }, (_, row) =>
        columns
          .flatMap((column, i) =>
            row < column.length ? [padEnd(column[row] ?? "", widths[i] ?? 0)] : []
          )
          .join("  "));
    }
  }
  return [...words];
}

function columnsOf(words: readonly string[], rows: number): string[][] {
  const columns: string[][] = [];
  for (let i = 0; i < words.length; i += rows) columns.push(words.slice(i, i + rows));
  return columns;
}
