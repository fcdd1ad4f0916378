/** Measured sizes against kept ones. */
import type { Sizes } from "./measure.ts";

export interface Verdict {
  readonly name: string;
  readonly bytes: number;
  /** NaN: nobody has kept it. */
  readonly limit: number;
  readonly isFine: boolean;
}

/**
 * The runtime's part changes only with the runtime, so there a little is much; what is our own may
 * grow with what it can do, by so much until somebody looks.
 */
export const MARGINS = { whole: 1.02, ours: 1.1 };

export function judge(measured: Sizes, kept: Sizes): Verdict[] {
  return Object.entries(measured).map(([name, bytes]) => {
    const margin = /^(its|our|of it our)\b/.test(name) ? MARGINS.ours : MARGINS.whole;
    const limit = (kept[name] ?? NaN) * margin;
    return { name, bytes, limit, isFine: bytes <= limit };
  });
}

/** For people: MiB with as many digits as matter. */
export function inMebibytes(bytes: number): string {
  const size = bytes / 2 ** 20;
  return `${size.toFixed(size < 10 ? 2 : 1)} MiB`;
}
