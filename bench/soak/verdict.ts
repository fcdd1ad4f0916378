/** Whether a run is flat: its last quarter compared with its second. */
import { median } from "../metric.ts";
import type { Sample } from "./samples.ts";

export interface Comparison {
  readonly column: keyof Sample;
  /** Medians of the quarters. */
  readonly second: number;
  readonly last: number;
  /** Growth, as a part of the second quarter's figure: 0.03 is 3 %. */
  readonly growth: number;
  readonly isFlat: boolean;
}

/** What must not grow. Less is no leak: a run that shrinks is flat. */
const JUDGED = ["pssMiB", "anonymousMiB", "descriptors", "threads"] as const;
const TOLERATED_GROWTH = 0.03;
/** Lag depends on what else the machine does; a leak in the loop shows as a multiple. */
const TOLERATED_LAG = 2;

/** The first quarter is not looked at: caches fill, code is compiled, pools find their size. */
export function judge(samples: readonly Sample[]): Comparison[] {
  const end = samples.at(-1)?.seconds ?? 0;
  const quarter = (number: number) =>
    samples.filter(({ seconds }) =>
      seconds >= end * (number - 1) / 4 && (seconds < end * number / 4 || number === 4)
    );
  const [second, last] = [quarter(2), quarter(4)];
  if (second.length === 0 || last.length === 0) {
    throw new Error("too few samples to compare quarters of the run");
  }
  const compare = (column: keyof Sample, tolerated: number): Comparison => {
    const [before, after] = [second, last].map((part) => median(part.map((it) => it[column]))) as [
      number,
      number,
    ];
    const growth = before === 0 ? after : after / before - 1;
    return { column, second: before, last: after, growth, isFlat: growth <= tolerated };
  };
  return [
    ...JUDGED.map((column) => compare(column, TOLERATED_GROWTH)),
    compare("lagMs", TOLERATED_LAG - 1),
  ];
}

export function verdictTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ column, second, last, growth, isFlat }) => {
    const change = `${growth < 0 ? "" : "+"}${(growth * 100).toFixed(1)} %`;
    return `| ${column} | ${second.toFixed(2)} | ${last.toFixed(2)} | ${change} | ${
      isFlat ? "flat" : "GROWS"
    } |`;
  });
  return ["| what | second quarter | last quarter | change | |", "|---|---|---|---|---|", ...rows]
    .join("\n");
}
