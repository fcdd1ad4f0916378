/** What /proc knows about a process and its threads. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** Processor time of all threads, in milliseconds. */
  readonly cpuMs: number;
  /** How often any thread went to sleep by itself: each is a wake-up. */
  readonly wakeUps: number;
}

/** The same of each thread, by its id. */
export type ThreadUsage = ReadonlyMap<string, Usage>;

export function usage(pid: number): ThreadUsage {
  const threads = new Map<string, Usage>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const directory = `/proc/${pid}/task/${thread}`;
    try {
      const nanoseconds = Number(readFileSync(`${directory}/schedstat`, "utf8").split(" ")[0]);
      const status = readFileSync(`${directory}/status`, "utf8");
      const wakeUps = Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      threads.set(thread, { cpuMs: nanoseconds / 1e6, wakeUps });
    } catch {
      // the thread ended between the listing and the look
    }
  }
  return threads;
}

/** What was used between two looks. What a thread that has ended used before it did is not known. */
export function used(before: ThreadUsage, after: ThreadUsage): Usage {
  const sum = { cpuMs: 0, wakeUps: 0 };
  for (const [thread, { cpuMs, wakeUps }] of after) {
    const earlier = before.get(thread);
    sum.cpuMs += cpuMs - (earlier?.cpuMs ?? 0);
    sum.wakeUps += wakeUps - (earlier?.wakeUps ?? 0);
  }
  return sum;
}

/** Memory with shared pages divided among those who share them, in MiB. */
export function proportionalMemory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? NaN) / 1024;
}

export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter((word) => word.trim() !== "").map(Number);
  } catch {
    return [];
  }
}

export function onlyChildOf(pid: number): number | undefined {
  return childrenOf(pid)[0];
}

/** Not yet a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Whether the child is the program already, and not what the supervisor forked. */
export function runs(pid: number, program: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8") === `${program}\n`;
  } catch {
    return false;
  }
}
