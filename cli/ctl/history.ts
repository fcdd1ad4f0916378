/** The lines typed before, kept in a file that GNU readline's own programs read as well. */
import { readFileSync, writeFileSync } from "node:fs";

/** First line of a file written by libedit (Python on macOS). */
const LIBEDIT_HEADER = "_HiStOrY_V2_";

/** Who may read a new history file: the user alone. */
const FILE_MODE = 0o600;

export class History {
  /** Oldest first, as in the file. */
  readonly #lines: string[];

  constructor(lines: readonly string[] = []) {
    this.#lines = [...lines];
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  newestFirst(): string[] {
    return this.#lines.toReversed();
  }

  /** Remembers a line, unless it is empty or the same as the one before it. */
  add(line: string): void {
    if (line !== "" && line !== this.#lines.at(-1)) this.#lines.push(line);
  }

  /** A file that cannot be read is an empty history. */
  static load(path: string): History {
    try {
      return new History(parseHistory(readFileSync(path, "utf8")));
    } catch {
      // Most often it does not exist yet, and the shell is of use without it.
      return new History();
    }
  }

  /** What cannot be saved is lost without a word: the user is on the way out. */
  save(path: string): void {
    try {
      writeFileSync(path, formatHistory(this.#lines), { mode: FILE_MODE });
    } catch {
      // See above.
    }
  }
}

/** Lines of a history file, libedit's escapes (`\040` for a blank) undone. */
export function parseHistory(text: string): string[] {
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines[0] !== LIBEDIT_HEADER) return lines;
  return lines.slice(1).map((line) =>
    line.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
  );
}

export function formatHistory(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
