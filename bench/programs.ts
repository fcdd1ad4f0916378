/** Programs that the metrics run, made of what every system has. */
import type { ProgramLines } from "./supervisor.ts";

const QUIET = ["stdout_logfile=NONE", "stderr_logfile=NONE"];

/** The name in /proc/PID/comm by which a sleeper is known to be in its own code. */
export const SLEEPER = "sleep";

export function sleepers(count: number, ...lines: readonly string[]): ProgramLines[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `p${String(index).padStart(4, "0")}`,
    lines: [
      "command=sleep 100000",
      "startsecs=0",
      "autorestart=true",
      "startretries=1000",
      ...QUIET,
      ...lines,
    ],
  }));
}

/** Copies a file to its standard output in writes of the given size when it is asked to start. */
export function copier(
  name: string,
  { source, size, lines }: { source: string; size: number; lines: readonly string[] },
): ProgramLines {
  return {
    name,
    lines: [
      `command=dd if=${source} bs=${size} status=none`,
      "autostart=false",
      "autorestart=false",
      "startsecs=0",
      "stderr_logfile=NONE",
      ...lines,
    ],
  };
}

/** Ends at once, having left one byte in a file. */
export function passersBy(count: number): ProgramLines[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `x${String(index).padStart(2, "0")}`,
    lines: [
      "command=sh -c 'printf x >>$DIR/starts'",
      "startsecs=0",
      "autorestart=true",
      ...QUIET,
    ],
  }));
}
