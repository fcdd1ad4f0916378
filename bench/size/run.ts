/**
 * How large the executable is, whose part that is, and how large what is downloaded; fails when
 * something has grown by more than its margin since it was kept.
 *
 *     bun bench/size/run.ts [--ours dist/supervisord] [--release dist/release] [--keep]
 *
 * Nothing is timed, so that it says the same on any machine. The files of a release take minutes
 * to compress: they are judged where there is one.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inMebibytes, judge } from "./judge.ts";
import { measureExecutable, measureRelease, type Sizes } from "./measure.ts";

interface Kept {
  /** ISO 8601. */
  readonly date: string;
  readonly runtime: string;
  readonly bytes: Sizes;
}

const inPlace = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const { values: options } = parseArgs({
  options: {
    ours: { type: "string", default: "dist/supervisord" },
    release: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});

function main(): number {
  const kept = JSON.parse(readFileSync(inPlace("kept.json"), "utf8")) as Kept;
  const measured = {
    ...measureExecutable(options.ours),
    ...options.release === undefined ? {} : measureRelease(options.release),
  };
  if (options.keep) {
    keep({ ...kept.bytes, ...measured });
    return 0;
  }
  const verdicts = judge(measured, kept.bytes);
  for (const { name, bytes, limit, isFine } of verdicts) {
    const word = isFine ? "ok  " : Number.isNaN(limit) ? "NEW " : "MORE";
    process.stdout.write(`${word} ${name}: ${inMebibytes(bytes)}, at most ${inMebibytes(limit)}\n`);
  }
  const failed = verdicts.filter(({ isFine }) => !isFine).length;
  process.stdout.write(`${verdicts.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function keep(bytes: Sizes): void {
  const packageFile = JSON.parse(readFileSync("package.json", "utf8"));
  const kept: Kept = {
    date: new Date().toISOString().slice(0, 10),
    runtime: `bun ${packageFile.devDependencies.bun}`,
    bytes,
  };
  writeFileSync(inPlace("kept.json"), `${JSON.stringify(kept, null, 2)}\n`);
  // As the formatter would have it.
  const width = Math.max(...Object.keys(bytes).map((name) => name.length));
  const row = (name: string, size: string) => `| ${name.padEnd(width)} | ${size.padStart(9)} |\n`;
  const rows = Object.entries(bytes).map(([name, size]) => row(name, inMebibytes(size)));
  writeFileSync(
    inPlace("sizes.md"),
    `# Sizes\n\nOf ${kept.date}, ${kept.runtime}; \`bun bench/size/run.ts --keep\` writes this.\n\n` +
      `${row("what", "size")}| ${"-".repeat(width)} | --------: |\n${rows.join("")}`,
  );
}

process.exit(main());
