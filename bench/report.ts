/** Samples to a table: medians, and how many times better than the first column. */
import { type Figures, isHigherBetter, median } from "./metric.ts";
import type { Samples } from "./samples.ts";

export interface Row {
  readonly metric: string;
  readonly figure: string;
  /** One for each implementation; NaN where there is none. */
  readonly medians: readonly number[];
  /** Of the implementation that has most. */
  readonly rounds: number;
}

/** @param implementations their names, the one to compare with first */
export function rowsOf(
  samples: Samples,
  metrics: readonly string[],
  implementations: readonly string[],
): Row[] {
  return metrics.flatMap((metric) => {
    const rounds = implementations.map((name) =>
      samples.of(metric, name).flatMap((round) => "figures" in round ? [round.figures] : [])
    );
    const figures = [...new Set(rounds.flatMap((all) => all.flatMap(Object.keys)))];
    return figures.map((figure) => ({
      metric,
      figure,
      medians: rounds.map((all) => medianOf(all, figure)),
      rounds: Math.max(...rounds.map((all) => all.length)),
    }));
  });
}

function medianOf(rounds: readonly Figures[], figure: string): number {
  const values = rounds.map((figures) => figures[figure]).filter((value) => value !== undefined);
  return values.length === 0 ? NaN : median(values);
}

/** How many times better; null where that says nothing. */
export function timesBetter(figure: string, theirs: number, ours: number): number | null {
  if (Number.isNaN(theirs) || Number.isNaN(ours) || ours === 0 || figure.endsWith("_lost")) {
    return null;
  }
  return isHigherBetter(figure) ? ours / theirs : theirs / ours;
}

export function markdownTable(rows: readonly Row[], implementations: readonly string[]): string {
  const [, ...others] = implementations;
  const heads = [
    "metric",
    ...implementations.slice(0, 1),
    ...others.flatMap((name) => [name, "x"]),
  ];
  const lines = rows.map(({ metric, figure, medians }) => {
    const [theirs = NaN, ...rest] = medians;
    const cells = rest.flatMap((ours) => [shown(ours), compared(figure, theirs, ours)]);
    return [`${metric} ${figure}`, shown(theirs), ...cells];
  });
  return [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("");
}

function compared(figure: string, theirs: number, ours: number): string {
  if (ours === 0 && theirs > 0) return "none left";
  const ratio = timesBetter(figure, theirs, ours);
  return ratio === null ? "" : shown(ratio);
}

function shown(value: number): string {
  if (Number.isNaN(value)) return "";
  return Math.abs(value) >= 100 || Number.isInteger(value)
    ? value.toFixed(0)
    : value.toPrecision(3);
}
