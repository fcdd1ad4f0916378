/**
 * Command lines by the rules of Python's getopt, not GNU's: options end at the first word that
 * is none, short flags cluster, long options may be cut to what is unique.
 */

/** A command line that cannot be used; the message goes after `Error: `. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** One option of a program: what is typed, and its line in the help. */
export interface OptionSpec {
  /** What the option sets; two rows may set the same thing. */
  readonly name: string;
  readonly short?: string;
  readonly long?: string;
  /** Shown for the argument in the help; absent for flags. */
  readonly argument?: string;
  /** Continuation lines are indented as they stand. Rows without help are not shown. */
  readonly help?: string;
  /** What it does, for the manual page, where the help has no line of it. */
  readonly manual?: string;
  /**
   * True for options that Supervisor does not have. An abbreviation means one of these only
   * if it means none of Supervisor's, so that no script changes its meaning.
   */
  readonly own?: boolean;
}

/** An option as found, in the order found. */
export interface Found<Row> {
  readonly row: Row;
  /** As errors name it: `-c`, `--configuration`. */
  readonly typed: string;
  /** "" for flags. */
  readonly argument: string;
}

export interface Parsed<Row> {
  readonly options: readonly Found<Row>[];
  readonly words: readonly string[];
}

function matchLong<Row extends OptionSpec>(written: string, rows: readonly Row[]): Row {
  for (const own of [false, true]) {
    const candidates = rows.filter((row) => (row.own ?? false) === own);
    const exact = candidates.find((row) => row.long === written);
    if (exact !== undefined) return exact;
    const starting = candidates.filter((row) => row.long?.startsWith(written));
    if (starting.length > 1) throw new UsageError(`option --${written} not a unique prefix`);
    if (starting[0] !== undefined) return starting[0];
  }
  throw new UsageError(`option --${written} not recognized`);
}

/**
 * Splits a command line into options and words.
 * @throws UsageError
 */
export function getopt<Row extends OptionSpec>(
  argv: readonly string[],
  rows: readonly Row[],
): Parsed<Row> {
  const options: Found<Row>[] = [];
  const rest = [...argv];

  const argumentOf = (typed: string): string => {
    const argument = rest.shift();
    if (argument === undefined) throw new UsageError(`option ${typed} requires argument`);
    return argument;
  };

  const long = (text: string): void => {
    const equals = text.indexOf("=");
    const row = matchLong(equals === -1 ? text : text.slice(0, equals), rows);
    const typed = `--${row.long}`;
    if (row.argument === undefined) {
      if (equals !== -1) throw new UsageError(`option ${typed} must not have an argument`);
      options.push({ row, typed, argument: "" });
      return;
    }
    const argument = equals === -1 ? argumentOf(typed) : text.slice(equals + 1);
    options.push({ row, typed, argument });
  };

  const cluster = (text: string): void => {
    for (let letters = [...text]; letters.length > 0;) {
      const letter = letters.shift()!;
      const typed = `-${letter}`;
      const row = rows.find((candidate) => candidate.short === letter);
      if (row === undefined) throw new UsageError(`option ${typed} not recognized`);
      if (row.argument === undefined) {
        options.push({ row, typed, argument: "" });
        continue;
      }
      const argument = letters.length > 0 ? letters.join("") : argumentOf(typed);
      letters = [];
      options.push({ row, typed, argument });
    }
  };

  while (rest[0]?.startsWith("-") === true && rest[0] !== "-") {
    const text = rest.shift()!;
    if (text === "--") break;
    if (text.startsWith("--")) long(text.slice(2));
    else cluster(text.slice(1));
  }
  return { options, words: rest };
}

function helpLine({ short, long, argument, help }: OptionSpec): string {
  const names = [short === undefined ? [] : [`-${short}`], long === undefined ? [] : [`--${long}`]];
  const shown = names.flat().join("/");
  return `${shown}${argument === undefined || argument === "" ? "" : ` ${argument}`} -- ${help}`;
}

/** The option lines of a help text. */
export function helpLines(rows: readonly OptionSpec[]): string {
  return rows.filter((row) => row.help !== undefined).map((row) => `${helpLine(row)}\n`).join("");
}
