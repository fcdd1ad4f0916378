/** What is watched over time, and how it is kept. */
import { readdirSync, readFileSync } from "node:fs";
import { proportionalMemory, usage, used } from "../processes.ts";

export interface Sample {
  /** Since the start of the daemon. */
  readonly seconds: number;
  /** Memory with shared pages divided among those who share them. */
  readonly pssMiB: number;
  /** Memory of its own, what a leak makes grow. */
  readonly anonymousMiB: number;
  readonly rssMiB: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Time until getState is answered, the median and the worst of a few calls. */
  readonly lagMs: number;
  readonly worstLagMs: number;
  /** Processor time used so far. */
  readonly cpuSeconds: number;
  /** Actions carried out so far. */
  readonly actions: number;
}

/** Columns of the CSV, in order. */
export const COLUMNS = [
  "seconds",
  "pssMiB",
  "anonymousMiB",
  "rssMiB",
  "descriptors",
  "threads",
  "lagMs",
  "worstLagMs",
  "cpuSeconds",
  "actions",
] as const satisfies readonly (keyof Sample)[];

const LAG_CALLS = 5;

/** @param ask a call that does no work in the daemon but be answered */
export async function takeSample(
  pid: number,
  startedAt: number,
  actions: number,
  ask: () => Promise<unknown>,
): Promise<Sample> {
  const lags: number[] = [];
  for (let i = 0; i < LAG_CALLS; i++) {
    const at = performance.now();
    await ask();
    lags.push(performance.now() - at);
  }
  lags.sort((a, b) => a - b);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    seconds: (performance.now() - startedAt) / 1000,
    pssMiB: proportionalMemory(pid),
    anonymousMiB: field("RssAnon") / 1024,
    rssMiB: field("VmRSS") / 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: field("Threads"),
    lagMs: lags[lags.length >> 1] as number,
    worstLagMs: lags.at(-1) as number,
    cpuSeconds: used(new Map(), usage(pid)).cpuMs / 1000,
    actions,
  };
}

const shown = (value: number) => Number.isInteger(value) ? String(value) : value.toFixed(3);

export function csvLine(sample: Sample): string {
  return COLUMNS.map((column) => shown(sample[column])).join(",");
}

/** Reads what csvLine() has written, header included. @throws Error for other text */
export function parseCsv(text: string): Sample[] {
  const [header = "", ...lines] = text.trim().split("\n");
  if (header !== COLUMNS.join(",")) throw new Error(`not a record of samples: "${header}"`);
  return lines.map((line, index) => {
    const numbers = line.split(",").map(Number);
    if (numbers.length !== COLUMNS.length || numbers.some(Number.isNaN)) {
      throw new Error(`line ${index + 2} is not a sample: "${line}"`);
    }
    return Object.fromEntries(
      COLUMNS.map((column, i) => [column, numbers[i]]),
    ) as unknown as Sample;
  });
}
