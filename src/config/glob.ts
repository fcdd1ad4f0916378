/**
 * The globs of `[include] files`: `*`, `?`, `[abc]`, `[!abc]` in each part of a path. `**` is
 * just `*`; wildcards do not match a leading dot; no `~`, no braces, no escapes.
 *
 * @see Python docs, glob and fnmatch
 */
import { directoryOf, joinPath } from "./paths.ts";
import { compareText } from "./python_text.ts";
import type { LoadEnvironment } from "./types.ts";

const MAGIC = /[*?[]/;

/** One bracket expression, as fnmatch reads it; null when the bracket is never closed. */
function bracket(pattern: string, start: number): { source: string; end: number } | null {
  const negated = pattern.charAt(start + 1) === "!";
  const first = start + (negated ? 2 : 1);
  // A `]` right at the start is a member.
  const close = pattern.indexOf("]", first + 1);
  if (close === -1) return null;
  const members = pattern.slice(first, close);
  let source = "";
  for (let i = 0; i < members.length; i++) {
    const low = members.charAt(i);
    const high = members.charAt(i + 2);
    if (members.charAt(i + 1) !== "-" || high === "") {
      source += low.replace(/[\\\]^-]/, "\\$&");
      continue;
    }
    i += 2;
    // A range that runs backwards is empty.
    if (low <= high) {
      source += `${low.replace(/[\\\]^-]/, "\\$&")}-${high.replace(/[\\\]^-]/, "\\$&")}`;
    }
  }
  if (source === "") return { source: negated ? "[^]" : "[]", end: close };
  return { source: negated ? `[^${source}]` : `[${source}]`, end: close };
}

/**
 * A pattern for a whole name, as fnmatch has it.
 *
 * What stands between two asterisks is taken where it first fits, once and for all (a lookahead is
 * not gone back into): any later place leaves less for the rest. With plain `.*` a dozen asterisks
 * would try every way to share out the name among them.
 */
export function globPattern(pattern: string): RegExp {
  const [first = "", ...others] = partsOf(pattern);
  const last = others.pop();
  if (last === undefined) return new RegExp(`^${first}$`, "u");
  const between = others.filter((part) => part !== "")
    .map((part, i) => `(?=(?<g${i}>[^]*?${part}))\\k<g${i}>`);
  return new RegExp(`^${first}${between.join("")}[^]*${last}$`, "u");
}

/** The sources of what the asterisks separate. */
function partsOf(pattern: string): string[] {
  const parts: string[] = [];
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    const set = character === "[" ? bracket(pattern, i) : null;
    if (character === "*") {
      parts.push(source);
      source = "";
    } else if (character === "?") source += "[^]";
    else if (set !== null) {
      source += set.source;
      i = set.end;
    } else source += character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
  }
  return [...parts, source];
}

export type GlobEnvironment = Pick<LoadEnvironment, "stat" | "listDirectory">;

function isDirectory(path: string, environment: GlobEnvironment): boolean {
  return environment.stat(path === "" ? "." : path)?.isDirectory === true;
}

function matchesIn(directory: string, pattern: string, environment: GlobEnvironment): string[] {
  const matcher = globPattern(pattern);
  const hidden = pattern.startsWith(".");
  return environment.listDirectory(directory === "" ? "." : directory)
    .filter((name) => (hidden || !name.startsWith(".")) && matcher.test(name));
}

function expandPattern(pattern: string, environment: GlobEnvironment): string[] {
  const directory = directoryOf(pattern);
  const last = pattern.slice(pattern.lastIndexOf("/") + 1);
  if (!MAGIC.test(pattern)) {
    if (last === "") return isDirectory(directory, environment) ? [pattern] : [];
    return environment.stat(pattern) === null ? [] : [pattern];
  }
  const directories = MAGIC.test(directory) && directory !== pattern
    ? expandPattern(directory, environment).filter((path) => isDirectory(path, environment))
    : [directory];
  const found: string[] = [];
  for (const parent of directories) {
    if (MAGIC.test(last)) {
      for (const name of matchesIn(parent, last, environment)) found.push(joinPath(parent, name));
    } else if (last === "" || environment.stat(joinPath(parent, last)) !== null) {
      found.push(last === "" ? `${parent}/` : joinPath(parent, last));
    }
  }
  return found;
}

/** Paths that match, bytewise sorted. */
export function glob(pattern: string, environment: GlobEnvironment): string[] {
  return expandPattern(pattern, environment).sort(compareText);
}
