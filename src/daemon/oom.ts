/**
 * Whether the kernel has killed somebody in the daemon's control group for want of memory: its own
 * count of that, read when a process was killed and compared with what it was before.
 *
 * @see cgroup-v2.rst, "memory.events"; for version 1 cgroup-v1/memory.rst, "memory.oom_control"
 */
import { readFileSync } from "node:fs";

const ROOT = "/sys/fs/cgroup";

export type ReadText = (path: string) => string;

export class OomCounter {
  readonly #read: ReadText;
  /** null: there is none that we may read. */
  readonly #file: string | null;
  #known: number;

  /** Takes the count as it is now as the one to compare with. */
  constructor(read: ReadText = (path) => readFileSync(path, "latin1")) {
    this.#read = read;
    const found = countFiles(read).map((file) => ({ file, count: countIn(read, file) }))
      .find(({ count }) => count !== null);
    this.#file = found?.file ?? null;
    this.#known = found?.count ?? 0;
  }

  /**
   * How many were killed since the last question; null when that cannot be known. The count is of
   * all processes in the group, whoever they are.
   */
  take(): number | null {
    const count = this.#file === null ? null : countIn(this.#read, this.#file);
    if (count === null) return null;
    const more = Math.max(0, count - this.#known);
    this.#known = count;
    return more;
  }
}

/** Where the count may be. Inside a container the group's own path may not be visible. */
function countFiles(read: ReadText): string[] {
  let lines: string[];
  try {
    lines = read("/proc/self/cgroup").split("\n");
  } catch {
    return []; // not Linux, or no /proc
  }
  return lines.flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const here = path === "/" ? "" : path;
    if (path !== "" && controllers === "") {
      return [`${ROOT}${here}/memory.events`, `${ROOT}/memory.events`];
    }
    if (controllers.split(",").includes("memory")) {
      return [`${ROOT}/memory${here}/memory.oom_control`, `${ROOT}/memory/memory.oom_control`];
    }
    return [];
  });
}

function countIn(read: ReadText, file: string): number | null {
  try {
    const digits = /^oom_kill (\d+)$/m.exec(read(file))?.[1];
    return digits === undefined ? null : Number(digits);
  } catch {
    return null;
  }
}

/**
 * The verdicts for processes that were killed with SIGKILL at about the same time.
 *
 * @param killed how many of ours were; @param counted what the kernel counted, null: unknown
 */
export function oomVerdict(killed: number, counted: number | null): boolean | null {
  if (counted === null) return null;
  if (counted === 0) return false;
  // Fewer than were killed: which of them it was, nobody can tell.
  return counted >= killed ? true : null;
}
