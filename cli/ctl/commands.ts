/**
 * Finds an action by its name. Actions are loaded when they are run: a `status` must not wait for
 * the shell's code.
 */
import type { Command, CommandRow } from "./command.ts";
import { MORE_COMMANDS } from "./more_commands.ts";
import { SUPERVISOR_COMMANDS } from "./supervisor_commands.ts";

const ROWS: Readonly<Record<string, CommandRow>> = { ...SUPERVISOR_COMMANDS, ...MORE_COMMANDS };

function command(name: string, row: CommandRow): Command {
  return { completion: "none", acceptsArguments: true, needsServer: false, ...row, name };
}

/** null for a word that is no action. */
export function findCommand(name: string): Command | null {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  return row === undefined ? null : command(name, row);
}

/** Every action there is, in the order of the tables. */
export function allCommands(): Command[] {
  return Object.entries(ROWS).map(([name, row]) => command(name, row));
}

/** Names of the actions that `help` lists and the shell completes, in order. */
export function listedCommands(): string[] {
  return Object.keys(SUPERVISOR_COMMANDS);
}
