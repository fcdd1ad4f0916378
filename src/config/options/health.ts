/** The keys of a program about its being ready and well. */
import { duration, positiveDuration } from "../duration.ts";
import { atLeastOne, healthCheck, onUnhealthy, readinessCheck } from "../health_check.ts";
import { text } from "../values.ts";
import { option, optional } from "./option.ts";

export const HEALTH = {
  readiness: optional(
    "readiness",
    readinessCheck,
    "ready when the health check says so",
    "How it is known that the process can do its work.",
  ),
  readiness_timeout: option(
    "readiness_timeout",
    duration,
    "0",
    "Time to become ready; after it the process is unhealthy. 0: no limit.",
  ),
  healthcheck: optional(
    "healthcheck",
    healthCheck,
    "not checked",
    "How it is known, again and again, that the process is well.",
  ),
  healthcheck_interval: option(
    "healthcheck_interval",
    positiveDuration,
    "10",
    "Time between two checks; with notify and log, how often there must be a sign of life.",
  ),
  healthcheck_timeout: option(
    "healthcheck_timeout",
    positiveDuration,
    "5",
    "Time after which a check has failed.",
  ),
  healthcheck_retries: option(
    "healthcheck_retries",
    atLeastOne,
    "3",
    "Failures in a row that make the process unhealthy.",
  ),
  healthcheck_start_period: option(
    "healthcheck_start_period",
    duration,
    "10",
    "Time in which failures do not count, until the first success.",
  ),
  on_unhealthy: option(
    "on_unhealthy",
    onUnhealthy,
    "restart",
    "What is done when the process becomes unhealthy: restart, stop, event or none.",
  ),
  drain_command: optional(
    "drain_command",
    text,
    "none",
    "Command run before a rolling restart stops the process.",
  ),
  drain_timeout: option(
    "drain_timeout",
    positiveDuration,
    "30",
    "Time after which drain_command is killed.",
  ),
} as const;
