/** The keys of a program about files whose changes concern it. */
import { duration } from "../duration.ts";
import { list } from "../values.ts";
import { watchAction } from "../watch_kinds.ts";
import { option } from "./option.ts";

export const WATCH = {
  watch: option("watch", list, "", "Files, directories and patterns; a change is acted upon."),
  watch_ignore: option("watch_ignore", list, "", "Patterns of files that do not matter."),
  watch_debounce: option(
    "watch_debounce",
    duration,
    "500ms",
    "Time without a change before it is acted upon.",
  ),
  watch_action: option(
    "watch_action",
    watchAction,
    "restart",
    "What is done: restart, reload-program, or signal:HUP.",
  ),
} as const;
