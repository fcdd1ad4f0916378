/**
 * Measures one supervisord against another, in alternating rounds on the same machine.
 *
 *     bun bench/run.ts --against /usr/bin/supervisord [--ours dist/supervisord] [--deno] [--full]
 *                      [--only start,idle,…] [--rounds 3] [--state FILE [--resume]] [--keep]
 *
 * See README.md for what is measured and how long it takes.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, release, tmpdir, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Metric } from "./metric.ts";
import { METRICS } from "./metrics.ts";
import { markdownTable, rowsOf } from "./report.ts";
import { Samples } from "./samples.ts";
import type { Implementation } from "./supervisor.ts";

const { values: options } = parseArgs({
  options: {
    ours: { type: "string", default: "dist/supervisord" },
    against: { type: "string" },
    deno: { type: "boolean", default: false },
    only: { type: "string" },
    full: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    state: { type: "string", default: join(tmpdir(), "supervisor-bench.json") },
    resume: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  const wanted = options.only?.split(",");
  for (const name of wanted ?? []) {
    if (METRICS.some((metric) => metric.name === name)) continue;
    const known = METRICS.map((metric) => metric.name).join(", ");
    process.stderr.write(`bench: no metric "${name}"; there are ${known}\n`);
    return 2;
  }
  const metrics = METRICS.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const implementations = theImplementations();
  const samples = new Samples(options.state, options.resume);
  let failed = 0;
  for (const metric of metrics) failed += await measureAll(metric, implementations, samples);
  const names = implementations.map(({ name }) => name);
  const rows = rowsOf(samples, metrics.map(({ name }) => name), names);
  const table = markdownTable(rows, names);
  process.stdout.write(table);
  if (options.keep) keep(table, rows);
  const lost = rows.filter(({ figure, medians }) =>
    figure.endsWith("_lost") && (medians[names.indexOf("ours")] ?? 0) > 0
  );
  for (const { metric, figure } of lost) process.stdout.write(`LOST: ${metric} ${figure}\n`);
  return failed === 0 && lost.length === 0 ? 0 : 1;
}

function theImplementations(): Implementation[] {
  const installed = (name: string, path: string): Implementation => ({
    name,
    supervisord: [resolve(path)],
    supervisorctl: [join(dirname(resolve(path)), "supervisorctl")],
  });
  const source = resolve("node_modules/.bin/deno");
  const fromSource = [source, "run", "-A", resolve("cli/main.ts")];
  return [
    ...options.against === undefined ? [] : [installed("theirs", options.against)],
    installed("ours", options.ours),
    ...options.deno
      ? [{ name: "Deno", supervisord: fromSource, supervisorctl: [...fromSource, "ctl"] }]
      : [],
  ];
}

/** @returns how many rounds failed */
async function measureAll(
  metric: Metric,
  implementations: readonly Implementation[],
  samples: Samples,
): Promise<number> {
  let failed = 0;
  const rounds = Math.min(Number(options.rounds), metric.mostRounds ?? Infinity);
  for (let round = 0; round < rounds; round++) {
    // A B, B A, …: whatever changes on the machine meanwhile changes for both.
    const order = round % 2 === 0 ? implementations : [...implementations].reverse();
    for (const implementation of order) {
      const { name } = implementation;
      if (samples.of(metric.name, name).length > round) continue;
      const at = performance.now();
      try {
        const figures = await metric.measure(implementation, { isFull: options.full });
        samples.add(metric.name, name, { figures });
      } catch (error) {
        failed += 1;
        const text = error instanceof Error ? error.message : String(error);
        samples.add(metric.name, name, { error: text });
        process.stderr.write(`bench: ${metric.name} of ${name} failed: ${text}\n`);
      }
      const seconds = ((performance.now() - at) / 1000).toFixed(1);
      process.stderr.write(`bench: ${metric.name} ${round + 1}/${rounds} ${name} ${seconds} s\n`);
    }
  }
  return failed;
}

/** The figures of this run in the place of those that were kept. */
function keep(table: string, rows: readonly object[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const machine = `${availableParallelism()} cores, ${gibibytes} GiB, ${process.platform} ` +
    `${release().split("-")[0]}, ${process.arch}`;
  const rounds = `${options.full ? "full volumes" : "small volumes"}, ${options.rounds} rounds`;
  writeFileSync("bench/results.json", `${JSON.stringify({ date, machine, rounds, rows })}\n`);
  writeFileSync(
    "bench/results.md",
    `# Results

${date}; ${machine}; ${rounds}, medians; \`x\` is how many times better than the first column.
Written by \`bun bench/run.ts --keep\`; the same for programs is in results.json.

[NOTES.md](NOTES.md) has the goals, which of them are met, and what stands in the way of the others.

${table}`,
  );
}

process.exit(await main());
