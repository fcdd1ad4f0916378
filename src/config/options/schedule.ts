/** The keys of a program that runs by the calendar. */
import { cronExpression, timeZone } from "../cron_expression.ts";
import { duration } from "../duration.ts";
import { oneOf } from "../restart_kinds.ts";
import { option, optional } from "./option.ts";

export const SCHEDULE = {
  schedule: optional(
    "schedule",
    cronExpression,
    "starts as autostart and autorestart say",
    "When the program runs: a cron expression, with a sixth field in front for the second.",
  ),
  schedule_timezone: optional(
    "schedule_timezone",
    timeZone,
    "the daemon's",
    "Time zone of the schedule, such as Europe/Berlin.",
  ),
  schedule_jitter: option(
    "schedule_jitter",
    duration,
    "0",
    "Each run comes up to so much later, by chance.",
  ),
  schedule_concurrency: option(
    "schedule_concurrency",
    oneOf(["skip", "queue", "replace"]),
    "skip",
    "A run that is due while the one before goes on is left out, waits, or takes its place.",
  ),
  schedule_timeout: option(
    "schedule_timeout",
    duration,
    "0",
    "A run that takes longer is stopped. 0: no limit.",
  ),
} as const;
