/** What names a process for good, and whether a program is still the same. Linux: from /proc. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ProcessSpec } from "../../config/types.ts";
import { parseStat } from "../proc_stats.ts";

/** With its pid and the boot it names a process for good. */
export type StartTime = number;

/** In clock ticks since the boot; null: no such process, or one that has ended. */
export function startTimeOf(pid: number, root = "/proc"): StartTime | null {
  try {
    const entry = parseStat(readFileSync(`${root}/${pid}/stat`, "latin1"));
    return entry === null || entry.isZombie ? null : entry.startTime;
  } catch {
    return null;
  }
}

export function isSameProcess(pid: number, startTime: StartTime, root = "/proc"): boolean {
  return startTimeOf(pid, root) === startTime;
}

/** "" where the system does not tell: then no process of another run is ever known again. */
export function bootId(root = "/proc"): string {
  try {
    return readFileSync(`${root}/sys/kernel/random/boot_id`, "latin1").trim();
  } catch {
    return "";
  }
}

/** What a process is given at its start and keeps. All else may change under it. */
export function programIdentity(spec: ProcessSpec): string {
  const { command, directory, umask, uid, environment, redirectStderr } = spec;
  const variables = Object.entries(environment).sort(([a], [b]) => a < b ? -1 : 1);
  const text = JSON.stringify([command, directory, umask, uid, variables, redirectStderr]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
