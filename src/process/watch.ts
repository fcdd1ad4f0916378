/** Which files a program watches, and what is done when one has changed: rules without a file system. */
import type { Millis } from "./machine_types.ts";

/** What is done when a watched file has changed. */
export type WatchAction =
  | { readonly kind: "restart" }
  | { readonly kind: "reload-program" }
  | { readonly kind: "signal"; readonly signal: number };

/** Which files a program watches. */
export interface WatchPolicy {
  /** Absolute. */
  readonly globs: readonly string[];
  /** Absolute, or a pattern for names at any depth. */
  readonly ignore: readonly string[];
  /** Nothing may have changed for so long before it is acted upon. */
  readonly debounceMs: Millis;
  /** What is done when one has changed. */
  readonly action: WatchAction;
}

/** What has to be looked at for a pattern: the directory before its first wildcard. */
export interface WatchPlace {
  readonly directory: string;
  readonly isRecursive: boolean;
}

const WILDCARD = /[*?[]/;

/** @param isDirectory asked for a pattern without wildcards: all below a directory is meant */
export function placeOf(glob: string, isDirectory: (path: string) => boolean): WatchPlace {
  const parts = glob.split("/");
  const first = parts.findIndex((part) => WILDCARD.test(part));
  if (first === -1 && isDirectory(glob)) return { directory: glob, isRecursive: true };
  const count = first === -1 ? parts.length - 1 : first;
  return {
    directory: parts.slice(0, count).join("/") || "/",
    isRecursive: first !== -1 && (first < parts.length - 1 || parts[first] === "**"),
  };
}

/** Whether the program wants to know of this path. */
export function watchFilter({ globs, ignore }: WatchPolicy): (path: string) => boolean {
  const wanted = globs.map((glob) => globPattern(glob));
  const unwanted = ignore.map((glob) => globPattern(glob.startsWith("/") ? glob : `/**/${glob}`));
  return (path) =>
    wanted.some((pattern) => pattern.test(path)) && !unwanted.some((one) => one.test(path));
}

/** `*` and `?` stay in one directory, `**` does not; what is below a match matches as well. */
export function globPattern(glob: string): RegExp {
  const source = glob.replace(/\/+$/, "").replace(
    /\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|[^*?[]+|\[/g,
    (token) => {
      if (token === "**/") return "(?:[^/]+/)*";
      if (token === "**") return ".*";
      if (token === "*") return "[^/]*";
      if (token === "?") return "[^/]";
      if (token.length > 1 && token.startsWith("[")) {
        return `[${token.slice(1, -1).replace(/^!/, "^").replaceAll("\\", "\\\\")}]`;
      }
      return token.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&");
    },
  );
  return new RegExp(`^${source}(?:/.*)?$`, "s");
}
