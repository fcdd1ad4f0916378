/** What the command lines of supervisord and supervisorctl have in common. */
import { ValueError } from "../src/config/errors.ts";
import { repr } from "../src/config/python_text.ts";
import type { Kind, ValueHost } from "../src/config/values.ts";
import { type Found, type OptionSpec, UsageError } from "./getopt.ts";

export interface Row extends OptionSpec {
  /** Checks the argument as the key of the same name in the file is checked. */
  readonly kind?: Pick<Kind<unknown>, "convert">;
}

export const CONFIGURATION: Row = {
  name: "configuration",
  short: "c",
  long: "configuration",
  argument: "FILENAME",
  help: "configuration file path (searches if not given)",
};

export const QUESTION_MARK: Row = { name: "help", short: "?" };

/** What follows an error on stderr. */
export function usageErrorText(message: string, invokedAs: string): string {
  return `Error: ${message}\nFor help, use ${invokedAs} -h\n`;
}

/**
 * Goes through the options in order: each is checked, and none may be given twice. A help or
 * version option ends it there and then, whatever follows.
 * @returns the first of the options that are acted on at once, or what all of them set
 */
export function collect(
  options: readonly Found<Row>[],
  immediate: readonly string[],
  host: ValueHost,
): { readonly stop: string } | { readonly values: ReadonlyMap<string, string | true> } {
  const values = new Map<string, string | true>();
  for (const { row, typed, argument } of options) {
    if (immediate.includes(row.name)) return { stop: row.name };
    try {
      row.kind?.convert(argument, host);
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

export function textOf(value: string | true | undefined): string | null {
  return typeof value === "string" ? value : null;
}
