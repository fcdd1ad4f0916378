/** Paths as Python's os.path sees them: purely by text, except for the home directories. */
import type { LoadEnvironment } from "./types.ts";

/** `os.path.dirname()`: everything before the last slash. */
export function directoryOf(path: string): string {
  const head = path.slice(0, path.lastIndexOf("/") + 1);
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, "");
}

/** `os.path.join()` of two: an absolute second part wins. */
export function joinPath(first: string, second: string): string {
  if (second.startsWith("/") || first === "") return second;
  return first.endsWith("/") ? first + second : `${first}/${second}`;
}

/** `os.path.normpath()` of an absolute path. Two leading slashes stay, as POSIX has it. */
function normalize(path: string): string {
  const root = path.startsWith("//") && !path.startsWith("///") ? "//" : "/";
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return root + parts.join("/");
}

/** `os.path.abspath()`. */
export function absolutePath(path: string, cwd: string): string {
  return normalize(joinPath(cwd, path));
}

export type Homes = Pick<LoadEnvironment, "home" | "users">;

/** `os.path.expanduser()`: `~/x` and `~name/x`; unknown users stay as they are. */
export function expandHome(path: string, { home, users }: Homes): string {
  if (!path.startsWith("~")) return path;
  const slash = path.indexOf("/");
  const end = slash === -1 ? path.length : slash;
  const directory = end === 1 ? home : users.userByName(path.slice(1, end))?.home;
  if (directory === undefined) return path;
  return directory.replace(/\/+$/, "") + path.slice(end) || "/";
}

/** `~` expanded, absolute, without `.` and `..`. */
export function normalizePath(path: string, environment: Homes & { readonly cwd: string }): string {
  return absolutePath(expandHome(path, environment), environment.cwd);
}
