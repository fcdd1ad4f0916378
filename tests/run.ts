/**
 * Every check of this project, one step after the other, and one line that sums them up.
 * Started by tests/run.sh, which has installed what they need.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Cases a judge left out for want of something this machine does not have. */
  readonly skipped: number;
}

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Part of --fast. */
  readonly fast?: boolean;
  /** Only when it is named: before a release. */
  readonly named?: boolean;
  /** Printed before it: what it leaves out. */
  readonly notice?: string;
}

const sum = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

/**
 * The figures in a step's own last words: `bun test` (" 3 pass"), `deno test`
 * ("ok | 3 passed | 0 failed") and the conformance suites ("3 passed, 0 failed"). A step that
 * has no figures is itself one test; one that exits with an error has failed at least once.
 */
export function countsOf(output: string, status: number): Counts {
  const passed = sum(output, /^ *(\d+) pass$/gm) +
    sum(output, /^(?:ok|FAILED) \| (\d+) passed/gm) +
    sum(output, /^(\d+) passed, \d+ failed/gm);
  const failed = sum(output, /^ *(\d+) fail$/gm) +
    sum(output, /^(?:ok|FAILED) \| \d+ passed[^|]*\| (\d+) failed/gm) +
    sum(output, /^\d+ passed, (\d+) failed/gm);
  const skipped = sum(output, /^ *(\d+) skip$/gm) + (output.match(/^SKIP\b/gm)?.length ?? 0);
  if (status === 0) return { passed: Math.max(passed, failed === 0 ? 1 : passed), failed, skipped };
  return { passed, failed: Math.max(failed, 1), skipped };
}

/** How many lines before the name of a failed test are repeated, and of how many tests. */
const EXCERPT = { lines: 12, tests: 4 };

/**
 * What failed, with the lines that led to it: the whole output of a run is long, and where it is
 * kept only in part it is the end that is kept. `bun test` writes "(fail) name", `deno test`
 * "name ... FAILED", the judges and the project's own scripts "FAIL name".
 */
export function excerptOf(output: string): string {
  const lines = stripVTControlCharacters(output).split("\n");
  const failed = lines.flatMap((line, at) =>
    /^\(fail\)|\.\.\. FAILED\b|^FAIL\b/.test(line) ? [at] : []
  );
  // Something that never came to its tests: its last words.
  if (failed.length === 0) return lines.slice(-2 * EXCERPT.lines).join("\n").trim();
  const shown = failed.slice(0, EXCERPT.tests);
  const parts = shown.map((at) => lines.slice(Math.max(0, at - EXCERPT.lines), at + 1).join("\n"));
  const rest = failed.slice(EXCERPT.tests).map((at) => lines[at]);
  return [...parts, ...rest].join("\n").trim();
}

const dist = resolve("dist");
const compiled = {
  SUPERVISORD_BIN: `${dist}/supervisord`,
  SUPERVISORCTL_BIN: `${dist}/supervisorctl`,
};
const entry = resolve("cli/main.ts");
const denoCommand = `${resolve("node_modules/.bin/deno")} run -A ${entry}`;
const fromSource = { SUPERVISORD_BIN: denoCommand, SUPERVISORCTL_BIN: `${denoCommand} ctl` };

const python = process.env["REFERENCE_PYTHON"] ?? "/usr/bin/python3";

/** The directory that holds the package superlance; "" where Python finds it by itself; or null. */
function findSuperlance(): string | null {
  const named = process.env["SUPERLANCE_DIR"] ?? process.env["SUPERLANCE_SRC"];
  if (named !== undefined) return named;
  return spawnSync(python, ["-c", "import superlance"]).status === 0 ? "" : null;
}

/**
 * The conformance suites lie beside the checkout, where there are any. Neither npm nor Debian has
 * superlance: where nobody put it, the cases that drive its listeners are named as left out.
 */
function conformance(
  name: string,
  suite: "conformance" | "conformance_cli",
  { SUPERVISORD_BIN: supervisord, SUPERVISORCTL_BIN: supervisorctl }: typeof compiled,
  more: readonly string[] = [],
): Step {
  const superlance = findSuperlance();
  const command = [python, `../shared/${suite}/run.py`, "--jobs", "4", ...more];
  command.push("--supervisord", supervisord, "--supervisorctl", supervisorctl);
  if (superlance !== null) {
    return superlance === ""
      ? { name, command }
      : { name, command, env: { SUPERLANCE_DIR: superlance, SUPERLANCE_SRC: superlance } };
  }
  if (suite === "conformance") return { name, command: [...command, "--allow-skip"] };
  return {
    name,
    command: [...command, "--only", "^(?!superlance\\.)"],
    notice: "SKIP superlance.*: superlance is not installed (SUPERLANCE_DIR names its directory)",
  };
}

/**
 * Stories that do not run on Deno from source: what is about the executable itself, the page, whose
 * browser sees no difference, and rules that are the same code on both runtimes and take long. The
 * contract suite, the other stories and both judges run there.
 */
const COMPILED_ONLY = [
  "commands_doc",
  "completion",
  "convert",
  "dependencies",
  "docs",
  "endurance",
  "executable",
  "failures",
  "first_run",
  "followers",
  "healthcheck",
  "page",
  "patterns",
  "real_programs",
  "restart_policy",
  "updates",
];

const STORIES_FROM_SOURCE = readdirSync("tests/e2e")
  .filter((name) => name.endsWith("_test.ts"))
  .filter((name) => !COMPILED_ONLY.includes(name.replace(/_test\.ts$/, "")))
  .map((name) => `./tests/e2e/${name}`);

function steps(): Step[] {
  const bunTest = ["bun", "test", "--timeout", "120000"];
  const denoTest = ["deno", "test", "-A", "--no-check"];
  const list: Step[] = [
    { name: "format", fast: true, command: ["deno", "fmt", "--check"] },
    { name: "lint", fast: true, command: ["deno", "lint"] },
    {
      name: "types",
      fast: true,
      command: [
        "deno",
        "check",
        "bench",
        "cli",
        "packaging",
        "src",
        "tests",
        ...existsSync("mod.ts") ? ["mod.ts"] : [],
      ],
    },
    { name: "unit-bun", fast: true, command: [...bunTest, "./tests/unit"] },
    { name: "unit-deno", command: [...denoTest, "tests/unit"] },
    { name: "contract-bun", command: [...bunTest, "./tests/contract"] },
    { name: "contract-deno", command: [...denoTest, "tests/contract"] },
    // In processes of their own: an embedded supervisor collects every child there is.
    { name: "library-bun", command: [...bunTest, "./tests/library"] },
    { name: "library-deno", command: [...denoTest, "tests/library"] },
    // As a package of JSR: all that is exported is documented, and nothing is warned of.
    { name: "library-docs", command: ["deno", "doc", "--lint", "mod.ts"] },
    { name: "library-package", command: ["deno", "publish", "--dry-run", "--allow-dirty"] },
    { name: "fuzz-bun", command: [...bunTest, "./tests/fuzz"] },
    { name: "fuzz-deno", command: [...denoTest, "tests/fuzz"] },
    { name: "quiet-start", command: ["bun", "tests/packaging/quiet_start.ts"] },
    { name: "compile", command: ["./compile.sh"] },
    { name: "reproducible", command: ["sh", "tests/reproducible.sh"] },
    { name: "deb", command: ["sh", "tests/packaging/deb.sh"] },
    { name: "rpm", command: ["sh", "tests/packaging/rpm.sh"] },
    { name: "npm", command: ["sh", "tests/packaging/npm.sh"] },
    { name: "targets", command: ["sh", "tests/packaging/targets.sh"] },
    { name: "release", named: true, command: ["sh", "tests/packaging/release.sh"] },
    { name: "packaging-files", command: ["sh", "tests/packaging/files.sh"] },
    { name: "guard", command: ["bun", "bench/guard/run.ts"] },
    { name: "size", command: ["bun", "bench/size/run.ts"] },
    { name: "e2e", command: [...bunTest, "./tests/e2e"], env: compiled },
    {
      name: "e2e-deno-from-source",
      command: [...bunTest, ...STORIES_FROM_SOURCE],
      env: fromSource,
    },
  ];
  if (existsSync("tests/differential")) {
    list.push({
      name: "differential",
      command: [...bunTest, "./tests/differential"],
      env: compiled,
    });
  }
  if (existsSync("../shared/conformance/run.py")) {
    const echoConf = ["--echo-conf", `${denoCommand} echo-conf`];
    list.push(
      conformance("conformance", "conformance", compiled),
      conformance("conformance_cli", "conformance_cli", compiled),
      conformance("conformance-deno", "conformance", fromSource),
      conformance("conformance_cli-deno", "conformance_cli", fromSource, echoConf),
    );
  }
  return list;
}

interface Outcome extends Counts {
  /** Empty when all is well. */
  readonly excerpt: string;
}

/** Runs a step with its output shown as it comes. */
function carryOut(step: Step): Promise<Outcome> {
  const [file = "", ...args] = step.command;
  return new Promise((done) => {
    const child = spawn(file, args, {
      env: { ...process.env, ...step.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = step.notice === undefined ? "" : `${step.notice}\n`;
    process.stdout.write(output);
    for (const channel of [child.stdout, child.stderr]) {
      channel.setEncoding("utf8");
      channel.on("data", (text: string) => {
        output += text;
        // Passed cases by the hundred hide the one that has not.
        process.stdout.write(text.replace(/^(?:\(pass\)|PASS\b).*\n/gm, ""));
      });
    }
    child.on("error", (error) => {
      process.stdout.write(`${file}: ${error.message}\n`);
      done({ passed: 0, failed: 1, skipped: 0, excerpt: `${file}: ${error.message}` });
    });
    child.on("close", (status) => {
      const counts = countsOf(output, status ?? 1);
      done({ ...counts, excerpt: counts.failed === 0 ? "" : excerptOf(output) });
    });
  });
}

async function main(args: readonly string[]): Promise<number> {
  const all = steps();
  if (args.includes("--list")) {
    process.stdout.write(all.map((step) => `${step.name}\n`).join(""));
    return 0;
  }
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = names.filter((name) => !all.some((step) => step.name === name));
  if (unknown.length > 0) {
    process.stdout.write(
      `no such step: ${unknown.join(", ")} (--list names them)\n0 passed, 1 failed\n`,
    );
    return 1;
  }
  const chosen = all.filter((step) => {
    if (names.length > 0) return names.includes(step.name);
    return step.named !== true && (!args.includes("--fast") || step.fast === true);
  });

  const rows: string[] = [];
  const excerpts: string[] = [];
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of chosen) {
    process.stdout.write(`\n== ${step.name}: ${step.command.join(" ")}\n`);
    const started = performance.now();
    const counts = await carryOut(step);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    if (counts.failed > 0) excerpts.push(`\n== failed in ${step.name}:\n${counts.excerpt}\n`);
    rows.push(
      `${counts.failed === 0 ? "ok  " : "FAIL"} ${step.name.padEnd(22)} ${
        seconds.padStart(7)
      } s  ` +
        `${counts.passed} passed, ${counts.failed} failed` +
        `${counts.skipped === 0 ? "" : `, ${counts.skipped} skipped`}`,
    );
  }
  process.stdout.write(excerpts.join(""));
  process.stdout.write(`\n${rows.join("\n")}\n\n`);
  const skipped = total.skipped === 0 ? "" : `, ${total.skipped} skipped`;
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
  return total.failed === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
