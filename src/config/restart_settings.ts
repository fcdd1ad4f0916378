/**
 * The keys about restarts and about ends that end the daemon. What is not configured is not in
 * the result, so that a program without any of it is the very object it was.
 */
import type { EndingPolicy } from "../process/endings.ts";
import type { RestartDelay, RestartPolicy } from "../process/restart_policy.ts";
import { ValueError } from "./errors.ts";
import { PROGRAM } from "./options/program.ts";
import type { SectionReader } from "./section_reader.ts";

export interface RestartSettings {
  readonly restart?: RestartPolicy;
  readonly ending?: EndingPolicy;
}

/** Supervisor's first delay, and what it adds for each further one. */
const REFERENCE_STEP_MS = 1000;

/** @throws ConfigError, or notes it */
export function readRestartSettings(reader: SectionReader): RestartSettings {
  const delay = readDelay(reader);
  const limit = reader.read(PROGRAM.restart_limit);
  const ending = readEnding(reader);
  return {
    ...(delay === null && limit === null ? {} : { restart: { delay, limit } }),
    ...(ending === null ? {} : { ending }),
  };
}

function readDelay(reader: SectionReader): RestartDelay | null {
  const baseMs = reader.read(PROGRAM.restart_delay);
  const shape = reader.read(PROGRAM.restart_backoff);
  const factor = reader.read(PROGRAM.restart_backoff_factor);
  const maxMs = reader.read(PROGRAM.restart_backoff_max);
  const jitter = reader.read(PROGRAM.restart_backoff_jitter);
  const resetMs = reader.read(PROGRAM.restart_backoff_reset);
  if (baseMs === null && shape === null && maxMs === null && jitter === 0) return null;
  const afterRun = baseMs !== null || shape !== null;
  reader.rule(PROGRAM.restart_backoff_max.key, () => {
    if (maxMs === null || baseMs === null || maxMs >= baseMs) return;
    throw new ValueError(
      `restart_backoff_max is less than restart_delay, the first delay`,
      `at least ${baseMs / 1000} seconds`,
    );
  }, () => {});
  return {
    // Without a word about delays after a run it is Supervisor's growth that is capped or shaken.
    shape: shape ?? (baseMs === null ? "linear" : "constant"),
    baseMs: baseMs ?? REFERENCE_STEP_MS,
    factor,
    maxMs: maxMs ?? defaultCap(shape, baseMs),
    jitter,
    resetMs,
    afterRun,
  };
}

const FIVE_MINUTES_MS = 300_000;

/** Growth without end would come to mean never; a constant delay is what was asked for. */
function defaultCap(shape: RestartDelay["shape"] | null, baseMs: number | null): number {
  if (shape === null || shape === "constant") return Infinity;
  return Math.max(FIVE_MINUTES_MS, baseMs ?? 0);
}

function readEnding(reader: SectionReader): EndingPolicy | null {
  const essential = reader.read(PROGRAM.essential);
  const onExit = essential || reader.read(PROGRAM.on_exit) === "shutdown";
  const onFatal = essential || isShutdown(reader.read(PROGRAM.on_fatal));
  return onExit || onFatal ? { onExit, onFatal } : null;
}

/** `on_fatal` is one word of ours, or else a command. */
function isShutdown(onFatal: string | null): boolean {
  return onFatal?.trim().toLowerCase() === "shutdown";
}
