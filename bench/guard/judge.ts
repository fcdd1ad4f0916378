/** Measured counts against kept ones. */

export interface Kept {
  /** System calls per operation when they were last looked at. */
  readonly calls: number;
  /** How many times as many are still fine: 1.2 where the count hardly varies. */
  readonly margin: number;
}

export interface Verdict {
  readonly operation: string;
  readonly calls: number;
  readonly kept: number | null;
  readonly limit: number;
  readonly isFine: boolean;
}

/** Below this a few calls more are noise, whatever the ratio: a signal, a timer. */
const SLACK = 2;

/** A measured operation that is not kept, and a kept one that was not measured, are failures. */
export function judge(
  measured: Readonly<Record<string, number>>,
  kept: Readonly<Record<string, Kept>>,
): Verdict[] {
  const operations = new Set([...Object.keys(kept), ...Object.keys(measured)]);
  return [...operations].map((operation) => {
    const calls = measured[operation] ?? NaN;
    const known = kept[operation];
    const limit = known === undefined ? NaN : known.calls * known.margin + SLACK;
    return { operation, calls, kept: known?.calls ?? null, limit, isFine: calls <= limit };
  });
}
