/** Output of children into files that are rotated, and to nowhere. */
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Figures, Volume } from "../metric.ts";
import { childrenOf, isAlive, usage, used } from "../processes.ts";
import { copier } from "../programs.ts";
import { type Implementation, pause, Supervisor, until } from "../supervisor.ts";

const LINE_BYTES = 100;
/** What is not in the files this long after the last write is lost. */
const PATIENCE_MS = 10_000;

interface Case {
  readonly writers: number;
  readonly megabytes: number;
  /** Of one write. */
  readonly size: number;
  readonly toFiles: boolean;
}

export async function measureLogs(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const megabytes = isFull ? 200 : 100;
  const cases: Record<string, Case> = {
    one: { writers: 1, megabytes, size: 4096, toFiles: true },
    ten: { writers: 10, megabytes: megabytes / 10, size: 4096, toFiles: true },
    lines: { writers: 1, megabytes: megabytes / 5, size: LINE_BYTES, toFiles: true },
    none: { writers: 1, megabytes, size: 4096, toFiles: false },
  };
  const figures: Figures = {};
  for (const [name, chosen] of Object.entries(cases)) {
    const { seconds, cpuSeconds, lost } = await measure(implementation, chosen);
    const total = chosen.writers * chosen.megabytes;
    figures[`${name}_MBps`] = total / seconds;
    figures[`${name}_cpu_s_per_GB_s`] = cpuSeconds / total * 1000;
    if (chosen.toFiles) figures[`${name}_lost`] = lost;
  }
  return figures;
}

async function measure(implementation: Implementation, chosen: Case) {
  const { writers, megabytes, size, toFiles } = chosen;
  const source = numberedLines(megabytes);
  const names = Array.from({ length: writers }, (_, i) => `w${i}`);
  const supervisor = new Supervisor(
    implementation,
    names.map((name) =>
      copier(name, {
        source,
        size,
        lines: toFiles
          ? [
            `stdout_logfile=$DIR/logs/${name}.log`,
            "stdout_logfile_maxbytes=50MB",
            "stdout_logfile_backups=20",
          ]
          : ["stdout_logfile=NONE"],
      })
    ),
  );
  try {
    await supervisor.answers();
    await pause(500);
    const wanted = megabytes * 1e6;
    const before = usage(supervisor.pid);
    const at = performance.now();
    await supervisor.call("startAllProcesses", NO_WAIT);
    await until(() => !childrenOf(supervisor.pid).some(isAlive));
    if (toFiles) {
      // While files are renamed one may be seen twice: so all of it, and twice the same.
      let last = 0;
      await until(() => {
        const sizes = names.map((name) => sizeOf(supervisor, name));
        const sum = sizes.reduce((a, b) => a + b, 0);
        const isSame = sum === last;
        last = sum;
        return isSame && sizes.every((size) => size >= wanted);
      }, PATIENCE_MS).catch(() => {});
    }
    const seconds = (performance.now() - at) / 1000;
    const cpuSeconds = used(before, usage(supervisor.pid)).cpuMs / 1000;
    const lost = toFiles
      ? names.reduce((sum, name) => sum + wrongBytes(source, filesOf(supervisor, name)), 0)
      : 0;
    return { seconds, cpuSeconds, lost };
  } finally {
    await supervisor.stop();
    rmSync(source, { force: true });
  }
}

const NO_WAIT = "<param><value><boolean>0</boolean></value></param>";

/** Lines that tell which one they are, so that neither loss nor disorder goes unseen. */
function numberedLines(megabytes: number): string {
  const path = join(tmpdir(), `supervisor-bench-lines.${process.pid}`);
  const file = openSync(path, "w");
  const perBlock = 10_000;
  for (let first = 0; first < megabytes * 1e6 / LINE_BYTES; first += perBlock) {
    let block = "";
    for (let i = first; i < first + perBlock; i++) {
      block += `line ${i} `.padEnd(LINE_BYTES - 1, "x") + "\n";
    }
    writeSync(file, block);
  }
  closeSync(file);
  return path;
}

/** Oldest first. */
function filesOf(supervisor: Supervisor, name: string): string[] {
  const directory = join(supervisor.directory, "logs");
  const age = (file: string) => Number(file.slice(`${name}.log.`.length));
  return readdirSync(directory)
    .filter((file) => file === `${name}.log` || file.startsWith(`${name}.log.`))
    .sort((a, b) => age(b) - age(a))
    .map((file) => join(directory, file));
}

function sizeOf(supervisor: Supervisor, name: string): number {
  return filesOf(supervisor, name)
    .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** How many bytes of the source are not where they belong in the files put one behind the other. */
function wrongBytes(source: string, files: readonly string[]): number {
  const expected = Buffer.alloc(1 << 20);
  const found = Buffer.alloc(1 << 20);
  const original = openSync(source, "r");
  let wrong = 0;
  for (const path of files) {
    const file = openSync(path, "r");
    for (let read = readSync(file, found); read > 0; read = readSync(file, found)) {
      const there = readSync(original, expected, 0, read, null);
      const isSame = there === read && expected.subarray(0, read).equals(found.subarray(0, read));
      if (!isSame) wrong += read;
    }
    closeSync(file);
  }
  for (let rest = readSync(original, expected); rest > 0; rest = readSync(original, expected)) {
    wrong += rest;
  }
  closeSync(original);
  return wrong;
}
