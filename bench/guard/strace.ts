/** Counting system calls with strace(1), in the first thread of a process: the one with our code. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Calls by name. */
export type Calls = ReadonlyMap<string, number>;

export function haveStrace(): boolean {
  return spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0;
}

export function total(calls: Calls): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}

/**
 * The table that `strace -c` writes: share, seconds, microseconds per call, calls, errors if there
 * were any, name. The last row sums it up, with or without the third column.
 */
export function parseSummary(table: string): Calls {
  const calls = new Map<string, number>();
  for (const line of table.split("\n")) {
    const words = line.trim().split(/\s+/);
    const name = words.at(-1) ?? "";
    if (!/^[\d.]+$/.test(words[0] ?? "") || name === "total") continue;
    calls.set(name, Number(words[3]));
  }
  return calls;
}

export class Strace {
  readonly child: ChildProcess;
  readonly #directory: string;
  readonly #ended: Promise<void>;

  private constructor(args: readonly string[]) {
    this.#directory = mkdtempSync(join(tmpdir(), "supervisor-guard-"));
    this.child = spawn("strace", ["-c", "-o", this.#file, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#ended = new Promise((resolve) => this.child.once("close", () => resolve()));
  }

  /** Follows a process from its first instruction to its end. */
  static run(command: readonly string[]): Strace {
    const strace = new Strace(["--", ...command]);
    strace.child.stderr?.resume();
    return strace;
  }

  /** @throws Error when it may not look at the process */
  static async attach(pid: number): Promise<Strace> {
    const strace = new Strace(["-p", String(pid)]);
    let text = "";
    const attached = new Promise<boolean>((resolve) => {
      strace.child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
        if (/attached/.test(text)) resolve(true);
      });
      void strace.#ended.then(() => resolve(false));
    });
    if (await attached) return strace;
    rmSync(strace.#directory, { recursive: true, force: true });
    throw new Error(`strace could not attach: ${text.trim()}`);
  }

  /** Lets the process go, which goes on. */
  async detach(): Promise<Calls> {
    this.child.kill("SIGINT");
    return await this.finished();
  }

  /** Waits for the end of the process. */
  async finished(): Promise<Calls> {
    await this.#ended;
    const calls = parseSummary(readFileSync(this.#file, "utf8"));
    rmSync(this.#directory, { recursive: true, force: true });
    return calls;
  }

  get #file(): string {
    return join(this.#directory, "calls");
  }
}
