/**
 * Measures one supervisord against another, in alternating rounds on the same machine.
 *
 *     bun bench/run.ts --against /usr/bin/supervisord [--ours dist/supervisord]
 *                      [--only start,idle,…] [--rounds 3]
 */
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Figures, median, type Metric, METRICS } from "./metrics.ts";

const { values: options } = parseArgs({
  options: {
    ours: { type: "string", default: "dist/supervisord" },
    against: { type: "string" },
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
  },
});

const executables = [options.against, options.ours]
  .filter((path) => path !== undefined)
  .map((path) => resolve(path));
const wanted = options.only?.split(",");
for (const name of wanted ?? []) {
  if (METRICS.some((metric) => metric.name === name)) continue;
  const known = METRICS.map((metric) => metric.name).join(", ");
  process.stderr.write(`bench: no metric "${name}"; there are ${known}\n`);
  process.exit(2);
}

print(`| metric | ${executables.join(" | ")} | times better |`);
print(`|---|${executables.map(() => "---|").join("")}---|`);
for (const metric of METRICS) {
  if (wanted === undefined || wanted.includes(metric.name)) await compare(metric);
}

async function compare(metric: Metric): Promise<void> {
  const samples = new Map<string, Figures[]>(executables.map((path) => [path, []]));
  for (let round = 0; round < Number(options.rounds); round++) {
    // A B, B A, …: whatever changes on the machine meanwhile changes for both.
    const order = round % 2 === 0 ? executables : [...executables].reverse();
    for (const path of order) samples.get(path)?.push(await metric.measure(path));
  }
  for (const name of Object.keys(samples.get(executables[0] ?? "")?.[0] ?? {})) {
    const medians = executables.map((path) =>
      median((samples.get(path) ?? []).map((figures) => figures[name] ?? NaN))
    );
    const cells = [`${metric.name} ${name}`, ...medians.map(shown), comparison(name, medians)];
    print(`| ${cells.join(" | ")} |`);
  }
}

function comparison(name: string, medians: readonly number[]): string {
  const [theirs, ours] = medians;
  if (theirs === undefined || ours === undefined) return "";
  if (ours === 0) return theirs === 0 ? "" : "none left";
  const isHigherBetter = name.endsWith("_per_s") || name.endsWith("_MBps");
  return shown(isHigherBetter ? ours / theirs : theirs / ours);
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
