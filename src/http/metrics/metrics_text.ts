/**
 * The text form of metrics.
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/ (1.0)
 */
import type { Histogram } from "../../daemon/statistics.ts";

export const METRICS_CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;

export interface Family {
  /** Ends in the unit, if there is one; never in `_total`. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram" | "info";
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
}

export function gauge(name: string, help: string, unit?: Family["unit"]): Family {
  return { name, type: "gauge", help, ...(unit === undefined ? {} : { unit }) };
}

export function counter(name: string, help: string, unit?: Family["unit"]): Family {
  return { name, type: "counter", help, ...(unit === undefined ? {} : { unit }) };
}

export type Sample = readonly [labels: Labels, value: number];

export class MetricsText {
  readonly #lines: string[] = [];

  /** Gauges, counters and infos. A family without samples is left out. */
  add(family: Family, samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    this.#describe(family);
    const suffix = family.type === "counter" ? "_total" : family.type === "info" ? "_info" : "";
    for (const [labels, value] of samples) this.#sample(family.name + suffix, labels, value);
  }

  addHistograms(family: Family, samples: readonly (readonly [Labels, Histogram])[]): void {
    if (samples.length === 0) return;
    this.#describe(family);
    for (const [labels, { bounds, counts, sum, count }] of samples) {
      let below = 0;
      bounds.forEach((bound, i) => {
        below += counts[i] as number;
        this.#sample(`${family.name}_bucket`, { ...labels, le: canonical(bound) }, below);
      });
      this.#sample(`${family.name}_bucket`, { ...labels, le: "+Inf" }, count);
      this.#sample(`${family.name}_count`, labels, count);
      this.#sample(`${family.name}_sum`, labels, sum);
    }
  }

  toString(): string {
    return [...this.#lines, "# EOF", ""].join("\n");
  }

  #describe({ name, type, unit, help }: Family): void {
    this.#lines.push(`# TYPE ${name} ${type}`);
    if (unit !== undefined) this.#lines.push(`# UNIT ${name} ${unit}`);
    this.#lines.push(`# HELP ${name} ${escape(help)}`);
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escape(text)}"`);
    this.#lines.push(`${name}${pairs.length === 0 ? "" : `{${pairs.join()}}`} ${number(value)}`);
  }
}

function escape(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => char === "\n" ? "\\n" : `\\${char}`);
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** Bounds are compared as text by some: `1.0`, not `1`. */
function canonical(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
