/**
 * Counts system calls per operation and compares them with those that are kept: a change that
 * makes the daemon do more for the same is found on any machine, however busy it is.
 *
 *     bun bench/guard/run.ts [--ours dist/supervisord] [--kept bench/guard/kept.json] [--keep]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { judge, type Kept } from "./judge.ts";
import { countOperations } from "./operations.ts";
import { haveStrace } from "./strace.ts";

/** A new operation's; where counts vary more, kept.json is edited by hand and the margin stays. */
const MARGIN = 1.15;

const { values: options } = parseArgs({
  options: {
    ours: { type: "string", default: "dist/supervisord" },
    kept: { type: "string", default: "bench/guard/kept.json" },
    keep: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  if (!haveStrace()) {
    say("guard: strace is missing; without it nothing can be counted\n0 passed, 1 failed");
    return 1;
  }
  const executable = resolve(options.ours);
  // A command is looked for in each directory of it: how many there are must not count.
  process.env["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const measured = await countOperations({
    name: "ours",
    supervisord: [executable],
    supervisorctl: [join(dirname(executable), "supervisorctl")],
  });
  const kept = JSON.parse(readFileSync(options.kept, "utf8")) as Record<string, Kept>;
  if (options.keep) {
    const entries = Object.entries(measured).map(([operation, calls]): [string, Kept] => [
      operation,
      { calls: rounded(calls), margin: kept[operation]?.margin ?? MARGIN },
    ]);
    writeFileSync(options.kept, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  }
  const verdicts = judge(measured, options.keep ? {} : kept);
  for (const { operation, calls, kept, limit, isFine } of verdicts) {
    const compared = kept === null ? "" : `, kept ${kept}, at most ${limit.toFixed(1)}`;
    const word = options.keep ? "kept" : isFine ? "ok  " : "MORE";
    say(`${word} ${operation}: ${rounded(calls)} system calls${compared}`);
  }
  if (options.keep) return 0;
  const failed = verdicts.filter(({ isFine }) => !isFine).length;
  say(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function rounded(calls: number): number {
  return Math.round(calls * 10) / 10;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exit(await main());
