/** A strict reader of OpenMetrics text: what a scraper would stumble over is an error here. */
import assert from "node:assert/strict";

export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  type: string;
  unit: string;
  help: string;
  readonly samples: MetricSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [""],
  counter: ["_total"],
  info: ["_info"],
  histogram: ["_bucket", "_count", "_sum"],
};

/** @throws AssertionError that names the line @see OpenMetrics 1.0 */
export function parseOpenMetrics(text: string): Map<string, MetricFamily> {
  assert.ok(text.endsWith("# EOF\n"), "does not end with # EOF");
  const families = new Map<string, MetricFamily>();
  let current = null as MetricFamily | null;
  const seen = new Set<string>();
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const meta = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line);
    if (meta !== null) {
      const [, what = "", name = "", value = ""] = meta;
      if (current?.name !== name) {
        assert.equal(what, "TYPE", `a family begins with its type: ${line}`);
        assert.ok(!families.has(name), `in two pieces: ${line}`);
        assert.match(name, NAME);
        current = { name, type: "", unit: "", help: "", samples: [] };
        families.set(name, current);
      }
      assert.equal(current.samples.length, 0, `after samples: ${line}`);
      const key = what.toLowerCase() as "type" | "unit" | "help";
      assert.equal(current[key], "", `twice: ${line}`);
      current[key] = value;
      if (what === "TYPE") assert.ok(Object.hasOwn(SUFFIXES, value), `unknown type: ${line}`);
      if (what === "UNIT") assert.ok(name.endsWith(`_${value}`), `unit not in the name: ${line}`);
      continue;
    }
    assert.ok(current !== null, `sample before any family: ${line}`);
    const sample = parseSample(line);
    const suffix = sample.name.slice(current.name.length);
    assert.ok(
      sample.name.startsWith(current.name) && SUFFIXES[current.type]?.includes(suffix),
      `not of ${current.name}: ${line}`,
    );
    const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    assert.ok(!seen.has(identity), `twice: ${line}`);
    seen.add(identity);
    if (current.type === "counter") assert.ok(sample.value >= 0, `negative counter: ${line}`);
    current.samples.push(sample);
  }
  for (const family of families.values()) {
    assert.ok(family.samples.length > 0, `no samples: ${family.name}`);
    assert.notEqual(family.help, "", `no help: ${family.name}`);
    if (family.type === "histogram") checkHistogram(family);
  }
  return families;
}

function parseSample(line: string): MetricSample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  assert.ok(match !== null, `no sample: ${line}`);
  const [, name = "", pairs = "", number = ""] = match;
  assert.match(number, /^(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/, line);
  const labels: Record<string, string> = {};
  let rest = pairs;
  while (rest !== "") {
    const pair = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    assert.ok(pair !== null, `labels cannot be read: ${line}`);
    const [whole, key = "", value = ""] = pair;
    assert.ok(!Object.hasOwn(labels, key), `label twice: ${line}`);
    labels[key] = value.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

/** Buckets are cumulative, in order, and end with +Inf, which is the count. */
function checkHistogram({ name, samples }: MetricFamily): void {
  const series = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    series.set(key, [...series.get(key) ?? [], sample]);
  }
  for (const [key, parts] of series) {
    const buckets = parts.filter((part) => part.name === `${name}_bucket`);
    const count = parts.find((part) => part.name === `${name}_count`);
    assert.ok(parts.some((part) => part.name === `${name}_sum`), `${name}${key}: no sum`);
    assert.equal(buckets.at(-1)?.labels["le"], "+Inf", `${name}${key}`);
    assert.equal(buckets.at(-1)?.value, count?.value, `${name}${key}`);
    buckets.reduce((before, bucket) => {
      assert.ok(bucket.value >= before.value, `${name}${key}: not cumulative`);
      return bucket;
    });
  }
}
