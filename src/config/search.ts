/** Where a configuration is looked for without -c. */
import { ConfigError } from "./errors.ts";
import { absolutePath, directoryOf, joinPath } from "./paths.ts";
import type { LoadEnvironment } from "./types.ts";

/** What the search for a configuration needs of the outside world. */
export type SearchEnvironment = Pick<LoadEnvironment, "stat" | "cwd">;

/**
 * The places in their order, for programs and messages alike.
 * @param executable path of the program's file; its parent's parent is looked in first
 */
export function defaultSearchPaths(executable: string): string[] {
  const base = directoryOf(directoryOf(executable));
  return [
    joinPath(base, "etc/supervisord.conf"),
    joinPath(base, "supervisord.conf"),
    "supervisord.conf",
    "etc/supervisord.conf",
    "/etc/supervisord.conf",
    "/etc/supervisor/supervisord.conf",
  ];
}

/** The first of the paths at which there is anything. */
export function searchConfigFile(
  paths: readonly string[],
  { stat, cwd }: SearchEnvironment,
): string | undefined {
  return paths.find((path) => stat(absolutePath(path, cwd)) !== null);
}

/**
 * The first file on the search path.
 * @throws ConfigError when there is none
 */
export function findConfigFile(
  executable: string,
  environment: SearchEnvironment,
): { readonly path: string } {
  const paths = defaultSearchPaths(executable);
  const path = searchConfigFile(paths, environment);
  if (path !== undefined) return { path };
  throw new ConfigError(
    `No config file found at default paths (${paths.join(", ")}); use the -c option to specify ` +
      "a config file at a different path",
  );
}
