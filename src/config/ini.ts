/**
 * Supervisor's INI dialect: Python's ConfigParser, not strict, with `;` and `#` as inline
 * comments, without interpolation. Every key remembers where it stands.
 *
 * @see Python docs, configparser, "Supported INI File Structure"
 */
import type { Place } from "./errors.ts";
import { firstNonSpace, isSpace, repr, strip, stripEnd } from "./python_text.ts";

/** One key of a section, and where it stands. */
export interface IniEntry extends Place {
  /** As looked up: without blanks around it. */
  readonly key: string;
  /** With its continuation lines. */
  readonly value: string;
}

/** One section, whatever the number of its headers. */
export interface IniSection {
  /** As in the header, without the brackets. */
  readonly name: string;
  /** Where its first header stands; later headers of the same name merge into it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** By key, in order of appearance. */
  readonly entries: Map<string, IniEntry>;
}

/** A line that is neither header, key, comment nor continuation. */
export interface IniProblem {
  readonly kind: "no-header" | "unparsable";
  readonly line: number;
  /** As it stands in the file, line end included. */
  readonly text: string;
}

const DEFAULT_SECTION = "DEFAULT";
/** To the last bracket: `[a]b]` is the section `a]b`. */
const HEADER = /^\[([^\n]+)\]/;
const COMMENT_MARKS = ["#", ";"] as const;

/** What was read from one file, or from several after another. */
export class IniDocument {
  readonly #sections = new Map<string, IniSection>();
  readonly #defaults = new Map<string, IniEntry>();
  /** The lines of each file read, to show them in messages. */
  readonly sources: Map<string, readonly string[]> = new Map();

  /** In order of first appearance; [DEFAULT] is not among them. */
  sections(): IniSection[] {
    return [...this.#sections.values()];
  }

  /** The keys of [DEFAULT]. */
  defaults(): IniEntry[] {
    return [...this.#defaults.values()];
  }

  /** The section of this name; undefined: there is none. */
  section(name: string): IniSection | undefined {
    return this.#sections.get(name);
  }

  /** A key of the section, else of [DEFAULT]; undefined for an unknown section. */
  entry(section: string, key: string): IniEntry | undefined {
    const own = this.#sections.get(section);
    return own === undefined ? undefined : own.entries.get(key) ?? this.#defaults.get(key);
  }

  /** Keys of the section, then those that [DEFAULT] adds. */
  keys(section: string): string[] {
    const own = this.#sections.get(section);
    return own === undefined ? [] : [...new Set([...own.entries.keys(), ...this.#defaults.keys()])];
  }

  /**
   * Replaces literal text in every value. A value that comes from [DEFAULT] becomes the
   * section's own by that, so each section keeps the replacement of the file it was read with.
   */
  replaceInValues(text: string, replacement: string): void {
    for (const section of this.#sections.values()) {
      for (const [key, entry] of [...this.#defaults, ...section.entries]) {
        const effective = section.entries.get(key) ?? entry;
        if (!effective.value.includes(text)) continue;
        const value = effective.value.replaceAll(text, () => replacement);
        section.entries.set(key, { ...effective, value });
      }
    }
  }

  /** The entries that a header opens. */
  open(name: string, file: string, line: number): Map<string, IniEntry> {
    if (name === DEFAULT_SECTION) return this.#defaults;
    let section = this.#sections.get(name);
    if (section === undefined) {
      section = { name, file, line, entries: new Map() };
      this.#sections.set(name, section);
    }
    return section.entries;
  }
}

/**
 * Where an inline comment starts, or -1. Both marks are looked for in step, occurrence by
 * occurrence, and the search ends with the first round that finds one after white space;
 * so with several of both on a line, the leftmost is not always the one that counts.
 */
function inlineCommentStart(line: string): number {
  const at = new Map<string, number>(COMMENT_MARKS.map((mark) => [mark, -1]));
  let start = -1;
  while (start === -1 && at.size > 0) {
    for (const [mark, previous] of at) {
      const index = line.indexOf(mark, previous + 1);
      if (index === -1) {
        at.delete(mark);
        continue;
      }
      at.set(mark, index);
      const opens = index === 0 || isSpace(line.charAt(index - 1));
      if (opens && (start === -1 || index < start)) start = index;
    }
  }
  return start;
}

function hasCommentMark(line: string): boolean {
  return line.includes(";") || line.includes("#");
}

/** The key being read: its parts are joined once it is complete. */
interface OpenEntry {
  readonly key: string;
  readonly line: number;
  readonly column: number;
  readonly parts: string[];
}

class IniReader {
  readonly problems: IniProblem[] = [];
  readonly #document: IniDocument;
  readonly #file: string;
  #entries: Map<string, IniEntry> | null = null;
  #entry: OpenEntry | null = null;
  #indent = 0;
  /** Names of environment variables are told apart by their case. */
  #keepsCase = false;

  constructor(document: IniDocument, file: string) {
    this.#document = document;
    this.#file = file;
  }

  line(line: string, number: number, end: string): void {
    const indent = firstNonSpace(line);
    let comment = -1;
    if (hasCommentMark(line)) {
      const first = line.charAt(indent);
      comment = first === "#" || first === ";" ? 0 : inlineCommentStart(line);
    }
    const value = strip(comment === -1 ? line : line.slice(0, comment));
    if (value === "") {
      // A blank line belongs to the value; a line with nothing but a comment does not.
      if (comment === -1) this.#entry?.parts.push("");
      return;
    }
    if (this.#entry !== null && indent > this.#indent) {
      this.#entry.parts.push(value);
      return;
    }
    this.#indent = indent;
    const header = value.startsWith("[") ? HEADER.exec(value) : null;
    if (header !== null) {
      this.finish();
      this.#keepsCase = header[1]!.startsWith("env:");
      this.#entries = this.#document.open(header[1]!, this.#file, number);
      return;
    }
    if (this.#entries === null) {
      this.problems.push({ kind: "no-header", line: number, text: line + end });
      return;
    }
    this.#key(value, indent, number, line + end);
  }

  #key(value: string, indent: number, number: number, line: string): void {
    const delimiter = value.search(/[=:]/);
    if (delimiter === -1) {
      this.problems.push({ kind: "unparsable", line: number, text: line });
      return;
    }
    this.finish();
    const written = stripEnd(value.slice(0, delimiter));
    const key = this.#keepsCase ? written : written.toLowerCase();
    if (key === "") {
      this.problems.push({ kind: "unparsable", line: number, text: line });
      return;
    }
    const rest = value.slice(delimiter + 1);
    const skipped = Math.max(firstNonSpace(rest), 0);
    const column = indent + delimiter + 2 + skipped;
    this.#entry = { key, line: number, column, parts: [strip(rest)] };
  }

  /** Closes the key that is open, if any. */
  finish(): void {
    const open = this.#entry;
    if (open === null || this.#entries === null) return;
    this.#entry = null;
    const { key, line, column } = open;
    const value = stripEnd(open.parts.join("\n"));
    this.#entries.set(key, { key, value, file: this.#file, line, column });
  }
}

/**
 * Reads one more file into the document; repeated sections merge, the last key wins.
 * @param text with `\n` as the only line end
 * @returns the lines that could not be read; the rest is in the document all the same
 */
export function readIni(document: IniDocument, text: string, file: string): IniProblem[] {
  const lines = text.split("\n");
  document.sources.set(file, lines);
  const last = lines.length - 1;
  const reader = new IniReader(document, file);
  // What follows the last line end is a line only when there is something.
  const count = lines[last] === "" ? last : lines.length;
  for (let i = 0; i < count; i++) reader.line(lines[i]!, i + 1, i < last ? "\n" : "");
  reader.finish();
  return reader.problems;
}

/** The reference's text for lines that could not be read. */
export function describeProblems(problems: readonly IniProblem[], file: string): string {
  const first = problems[0];
  if (first?.kind === "no-header") {
    return `File contains no section headers.\nfile: ${repr(file)}, line: ${first.line}\n${
      repr(first.text)
    }`;
  }
  const lines = problems.map((problem) =>
    `\n\t[line ${String(problem.line).padStart(2)}]: ${repr(problem.text)}`
  );
  return `Source contains parsing errors: ${repr(file)}${lines.join("")}`;
}
