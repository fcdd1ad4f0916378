/**
 * Files of environment variables, as many programs read them: `KEY=value`, one a line.
 *
 * - `export ` in front, blank lines, and comments from `#` (in a value: after a blank) are passed over.
 * - In single quotes everything stands for itself; in double quotes `\n`, `\r`, `\t`, `\"`, `\\` and
 *   `\$` do not. Both may go over several lines.
 * - Nothing is expanded: a `$` is a dollar sign.
 */

/** Lines and columns count from 1. The message has nothing of the file in it: that may be secret. */
export class DotenvError extends Error {
  readonly line: number;
  readonly column: number;
  readonly wanted: string;

  constructor(message: string, place: { line: number; column: number }, wanted: string) {
    super(message);
    this.name = "DotenvError";
    this.line = place.line;
    this.column = place.column;
    this.wanted = wanted;
  }
}

const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/y;
const PASSED_OVER = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const BARE = /[^\n]*/y;
const SINGLE = /'([^']*)'/y;
const DOUBLE = /"((?:[^"\\]|\\[^])*)"/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** @throws DotenvError */
export function parseDotenv(written: string): Record<string, string> {
  const text = written.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const pairs = new Map<string, string>();
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const fail = (message: string, wanted: string, where = at): never => {
    const before = text.slice(0, where).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new DotenvError(message, { line: before.length, column }, wanted);
  };
  while (at < text.length) {
    if (take(PASSED_OVER) !== null) continue;
    const key = take(ASSIGNMENT)?.[1];
    if (key === undefined) return fail("not an assignment", "KEY=value, or a comment after #");
    pairs.set(key, takeValue(take, fail, text, at));
  }
  return Object.fromEntries(pairs);
}

function takeValue(
  take: (pattern: RegExp) => RegExpExecArray | null,
  fail: (message: string, wanted: string, where?: number) => never,
  text: string,
  start: number,
): string {
  const mark = text[start];
  if (mark !== "'" && mark !== '"') {
    return (take(BARE)?.[0] ?? "").replace(/(?:^|[ \t]+)#.*$/, "").trimEnd();
  }
  const quoted = take(mark === "'" ? SINGLE : DOUBLE)?.[1];
  if (quoted === undefined) return fail("this quotation has no end", mark, start);
  if (take(PASSED_OVER) === null) {
    fail("something stands behind the quotation", "the end of the line");
  }
  if (mark === "'") return quoted;
  return quoted.replace(/\\([nrt"\\$])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}
