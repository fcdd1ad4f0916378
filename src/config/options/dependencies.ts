/** The keys of a program about those it needs. */
import { oneOf } from "../restart_kinds.ts";
import { list } from "../values.ts";
import { option } from "./option.ts";

export const DEPENDENCIES = {
  depends_on: option(
    "depends_on",
    list,
    "",
    "What must be there before this starts: db:healthy, migrate:completed, cache.",
  ),
  on_dependency_failure: option(
    "on_dependency_failure",
    oneOf(["wait", "fail", "ignore"]),
    "wait",
    "When one of those has failed: wait for it to be mended, become FATAL, or start without it.",
  ),
  on_dependency_restart: option(
    "on_dependency_restart",
    oneOf(["ignore", "restart", "stop"]),
    "ignore",
    "When one of those ends while this runs: go on, stop and start with it again, or stop.",
  ),
} as const;
