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

/**
 * Each directory once, recursively if anybody wants it so. A path without wildcards is looked for in
 * its directory, and below itself once it is a directory.
 */
export function placesOf(
  globs: readonly string[],
  isDirectory: (path: string) => boolean,
): WatchPlace[] {
  const places = new Map<string, WatchPlace>();
  for (const glob of globs) {
    const place = placeOf(glob, isDirectory);
    if (places.get(place.directory)?.isRecursive !== true) places.set(place.directory, place);
  }
  return [...places.values()];
}

/** What is watched until a directory is there. */
export interface StandIn {
  /** The directory itself, or the nearest above it that is there. */
  readonly directory: string;
  /** What must come up in it first; null: it is the directory itself. */
  readonly awaited: string | null;
}

/** @param path absolute */
export function standIn(path: string, isDirectory: (path: string) => boolean): StandIn {
  let awaited: string | null = null;
  let directory = path;
  while (directory !== "/" && !isDirectory(directory)) {
    awaited = directory;
    directory = directory.slice(0, directory.lastIndexOf("/")) || "/";
  }
  return { directory, awaited };
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
