/** A line typed in the shell, or given as arguments, taken apart. */
import { strip } from "../../src/config/python_text.ts";

export interface ParsedLine {
  /** What the line is called in messages: without blanks around, `?` written out. */
  readonly line: string;
  /** The leading letters, digits and underscores; null for `!…`. */
  readonly action: string | null;
  /** Everything behind the action, without blanks around. */
  readonly rest: string;
}

/** Ours, with a dash in their names: before them, `reload` and its like would be recognised. */
const WITH_DASH = /^reload-program(?=\s|$)/;

/** The action ends where its letters end: `start-foo` is `start` with the argument `-foo`. */
export function parseLine(text: string): ParsedLine {
  let line = strip(text);
  if (line.startsWith("?")) line = `help ${line.slice(1)}`;
  else if (line.startsWith("!")) return { line, action: null, rest: "" };
  const action = WITH_DASH.exec(line)?.[0] ?? /^[A-Za-z0-9_]*/.exec(line)?.[0] ?? "";
  return { line, action, rest: strip(line.slice(action.length)) };
}
