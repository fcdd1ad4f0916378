/** A [program:x] as text, and what has to be done by hand. */

export interface Conversion {
  /** Keys and values in order, as they are to be written; a value is escaped when it is. */
  readonly program: string;
  readonly keys: ReadonlyMap<string, string>;
  /** Sentences: what could not be taken over, and what to look at. */
  readonly notes: readonly string[];
}

/** Collects the keys of a program; the order is that of the calls. */
export class ProgramWriter {
  readonly #program: string;
  readonly #keys = new Map<string, string>();
  readonly #notes: string[] = [];

  constructor(program: string) {
    this.#program = program;
  }

  set(key: string, value: string): void {
    this.#keys.set(key, value);
    // There is no way to write it otherwise: the reader knows no quotes.
    if (/\s[;#]/.test(value)) {
      this.note(`${key} has a ; or # after a blank, where a comment begins: put it into a script`);
    }
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  finish(): Conversion {
    return { program: this.#program, keys: this.#keys, notes: this.#notes };
  }
}

/** Ready for a file of its own: `%` doubled, what is left to do as comments in front. */
export function programSection({ program, keys, notes }: Conversion): string {
  const width = Math.max(...[...keys.keys()].map((key) => key.length));
  return [
    ...notes.map((note) => `; ${note.replaceAll("\n", " ")}\n`),
    `[program:${program}]\n`,
    ...[...keys].map(([key, value]) => `${key.padEnd(width)} = ${escape(value)}\n`),
  ].join("");
}

/** `%(here)s` stays what it is. */
function escape(value: string): string {
  return value.replaceAll(/%(?!\(here\)s)/g, "%%").replaceAll(/\s*\n\s*/g, " ");
}

/** Words as one word of a command line. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** Whether only a shell understands it. */
export function needsShell(command: string): boolean {
  return /[|&;<>()$`*?[\]{}~!\n]|^\s*\w+=/.test(command.replaceAll(/'[^']*'/g, "''"));
}

/** A shell in front, which is replaced by the command where that is a single one. */
export function throughShell(command: string): string {
  const isSingle = !/[|&;<>\n]|^\s*\w+=/.test(command);
  return `sh -c ${quoted(isSingle ? `exec ${command}` : command)}`;
}

/** `KEY="value",…` as environment= takes it. */
export function environmentValue(variables: ReadonlyMap<string, string>): string {
  const escaped = (value: string) => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return [...variables].map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
}

/** Letters that a program's name may have everywhere it is used. */
export function programName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.-]+/g, "-").replaceAll(/^-+|-+$/g, "") || "program";
}
