/** What a metric is, and what the numbers in it mean. */
import type { Implementation } from "./supervisor.ts";

/**
 * Names end in the unit. `_per_s` and `_MBps` are better when higher, all else when lower; `_lost`
 * must be 0.
 */
export type Figures = Record<string, number>;

export interface Volume {
  /** All of it, for figures that are kept; else enough to see where one is. */
  readonly isFull: boolean;
}

export interface Metric {
  readonly name: string;
  /** One round. Starts its own supervisor and ends it. */
  readonly measure: (implementation: Implementation, volume: Volume) => Promise<Figures>;
  /** Rounds beyond this show nothing new. */
  readonly mostRounds?: number;
}

export function isHigherBetter(figure: string): boolean {
  return figure.endsWith("_per_s") || figure.endsWith("MBps");
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between two values, halfway. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return share === 0.5 ? (below + above) / 2 : above;
}
