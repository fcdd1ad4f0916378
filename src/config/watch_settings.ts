/** The keys about files that a program watches. */
import type { WatchPolicy } from "../process/watch.ts";
import { ValueError } from "./errors.ts";
import { PROGRAM } from "./options/program.ts";
import { repr } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";

export interface WatchSettings {
  readonly watch?: WatchPolicy;
}

const NOTHING: WatchSettings = {};

/** @throws ConfigError, or notes it */
export function readWatch(reader: SectionReader): WatchSettings {
  if (reader.entry(PROGRAM.watch.key) === undefined) return NOTHING;
  const globs = reader.read(PROGRAM.watch).filter((glob) => glob !== "");
  const watch: WatchPolicy = {
    globs: globs.map((glob) => glob.replace(/(.)\/+$/, "$1")),
    ignore: reader.read(PROGRAM.watch_ignore).filter((glob) => glob !== ""),
    debounceMs: reader.read(PROGRAM.watch_debounce),
    action: reader.read(PROGRAM.watch_action),
  };
  reader.rule(PROGRAM.watch.key, () => {
    const relative = globs.find((glob) => !glob.startsWith("/"));
    if (relative === undefined) return;
    throw new ValueError(`not an absolute path: ${repr(relative)}`, "absolute paths or patterns");
  }, () => {});
  return globs.length === 0 ? NOTHING : { watch };
}
