/** What this build is: its own version, and what the compiler was told about it. */

/** Set by `compile.sh` through --define; absent when the program runs from source. */
declare const SUPERVISORD_BUILD_COMMIT: string | undefined;
declare const SUPERVISORD_BUILD_TARGET: string | undefined;

export interface BuildInfo {
  /** This project's own version; the compatibility level that clients see is another matter. */
  readonly version: string;
  /** Full commit id, or "unknown". */
  readonly commit: string;
  /** `bun-linux-x64` and the like, "native" for a build for the building machine, or "source". */
  readonly target: string;
}

// The version is written here and not read from package.json, so that a compiled program carries
// one string instead of a file; a test keeps the two equal.
export const buildInfo: BuildInfo = {
  version: "0.1.0",
  commit: typeof SUPERVISORD_BUILD_COMMIT === "string" && SUPERVISORD_BUILD_COMMIT !== ""
    ? SUPERVISORD_BUILD_COMMIT
    : "unknown",
  target: typeof SUPERVISORD_BUILD_TARGET === "string" ? SUPERVISORD_BUILD_TARGET : "source",
};
