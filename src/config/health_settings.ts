/** The keys about readiness and health of one process, together. */
import type { HealthPolicy } from "../process/health.ts";
import { ValueError } from "./errors.ts";
import { PROGRAM } from "./options/program.ts";
import { repr } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import { splitCommand } from "./shell_words.ts";
import type { DrainSpec } from "./types.ts";

/** Absent is what is not configured, so that a program without it is the same as ever. */
export interface HealthSettings {
  readonly health?: HealthPolicy;
  readonly drain?: DrainSpec;
}

const KEYS: readonly string[] = [
  PROGRAM.readiness,
  PROGRAM.readiness_timeout,
  PROGRAM.healthcheck,
  PROGRAM.healthcheck_interval,
  PROGRAM.healthcheck_timeout,
  PROGRAM.healthcheck_retries,
  PROGRAM.healthcheck_start_period,
  PROGRAM.on_unhealthy,
  PROGRAM.drain_command,
  PROGRAM.drain_timeout,
].map(({ key }) => key);

const NOTHING: HealthSettings = {};

/** @throws ConfigError, or notes it */
export function readHealthSettings(reader: SectionReader): HealthSettings {
  // Nearly every program: there may be thousands, and defaults need not be read to be dropped.
  if (!KEYS.some((key) => reader.entry(key) !== undefined)) return NOTHING;
  const readiness = reader.read(PROGRAM.readiness);
  const readinessTimeoutMs = reader.read(PROGRAM.readiness_timeout);
  const healthcheck = reader.read(PROGRAM.healthcheck);
  const policy: HealthPolicy = {
    readiness,
    readinessTimeoutMs: readinessTimeoutMs === 0 ? null : readinessTimeoutMs,
    healthcheck,
    intervalMs: reader.read(PROGRAM.healthcheck_interval),
    timeoutMs: reader.read(PROGRAM.healthcheck_timeout),
    retries: reader.read(PROGRAM.healthcheck_retries),
    startPeriodMs: reader.read(PROGRAM.healthcheck_start_period),
    onUnhealthy: reader.read(PROGRAM.on_unhealthy),
  };
  const drain = readDrain(reader);
  return {
    ...(readiness === null && healthcheck === null ? {} : { health: policy }),
    ...(drain === null ? {} : { drain }),
  };
}

function readDrain(reader: SectionReader): DrainSpec | null {
  const command = reader.read(PROGRAM.drain_command);
  const timeoutMs = reader.read(PROGRAM.drain_timeout);
  if (command === null) return null;
  reader.rule(PROGRAM.drain_command.key, () => {
    const split = splitCommand(command);
    const reason = split.ok ? (split.words.length === 0 ? "it is empty" : null) : split.reason;
    if (reason === null) return;
    throw new ValueError(`can't parse command ${repr(command)}: ${reason}`, "a command");
  }, () => {});
  return { command, timeoutMs };
}
