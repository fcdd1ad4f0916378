/**
 * The long run:
 *
 *     bun tests/fuzz/run.ts --minutes 10 [--only ini,capture] [--seed 1]
 *     deno run -A tests/fuzz/run.ts …
 *
 * Goes round the targets, each with a share of the time, and prints what was found with the input
 * made as small as it goes. A finding belongs into kept.ts, and its defect into the code's tests.
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { parseArgs } from "node:util";
import { Random } from "../support/random.ts";
import { Coverage } from "./coverage.ts";
import { fuzz } from "./engine.ts";
import { TARGETS } from "./targets.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    only: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const wanted = options.only?.split(",");
const targets = TARGETS.filter(({ name }) => wanted?.includes(name) ?? true);
if (targets.length === 0) {
  print(`no such target; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const maxMs = Number(options.minutes) * 60_000 / targets.length;
const coverage = await Coverage.start();
print(`seed ${options.seed}, ${(maxMs / 1000).toFixed(0)} s for each of ${targets.length} targets`);

let total = 0;
let findings = 0;
for (const target of targets) {
  // A generator for each, so that one target can be run again alone.
  const random = new Random(Number(options.seed));
  const report = await fuzz(target, { random, coverage, maxRuns: Infinity, maxMs });
  total += report.runs;
  print(`${target.name}: ${report.runs} inputs, ${report.kept} reached something new`);
  if (report.finding === null) continue;
  findings++;
  const { input, error } = report.finding;
  print(`FOUND ${error}\n  with ${JSON.stringify(Buffer.from(input).toString("latin1"))}`);
}
print(`${total} inputs, ${coverage.size} characters of code reached, ${findings} findings`);
await coverage.stop();
process.exitCode = findings === 0 ? 0 : 1;
