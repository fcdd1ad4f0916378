/** The keys of a program about its restarts. */
import { duration } from "../duration.ts";
import { backoffFactor, backoffShape, jitter, restartLimit } from "../restart_kinds.ts";
import { boolean } from "../values.ts";
import { option, optional } from "./option.ts";

export const RESTARTS = {
  startretries_unlimited: option(
    "startretries_unlimited",
    boolean,
    "false",
    "Never give up starting: startretries=unlimited for files that Supervisor reads as well.",
  ),
  restart_delay: optional(
    "restart_delay",
    duration,
    "at once after a run; 1, 2, 3 … seconds after failed starts",
    "Time from an end to the restart; the first one where restart_backoff makes it grow.",
  ),
  restart_backoff: optional(
    "restart_backoff",
    backoffShape,
    "constant with restart_delay",
    "How the delay grows from restart to restart: constant, linear or exponential.",
  ),
  restart_backoff_factor: option(
    "restart_backoff_factor",
    backoffFactor,
    "2",
    "What each exponential delay is multiplied with.",
  ),
  restart_backoff_max: optional(
    "restart_backoff_max",
    duration,
    "5m where the delay grows",
    "The longest delay.",
  ),
  restart_backoff_jitter: option(
    "restart_backoff_jitter",
    jitter,
    "0",
    "How far delays may be off by chance, so that not all come at once: 0.2 is 20 percent.",
  ),
  restart_backoff_reset: option(
    "restart_backoff_reset",
    duration,
    "60",
    "A run of this length makes the delays begin from the first again.",
  ),
  restart_limit: optional(
    "restart_limit",
    restartLimit,
    "no limit",
    "Most restarts within a time, also after RUNNING: 5/60s; one more is FATAL.",
  ),
} as const;
