/** supervisorctl: how long it takes, and what it takes. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Figures, median, type Volume } from "../metric.ts";
import { sleepers } from "../programs.ts";
import { type Implementation, Supervisor } from "../supervisor.ts";

/** The part of `Bun` in use: node:child_process does not tell what a process used. */
interface BunProcesses {
  spawn(command: readonly string[], options: { stdout: "pipe"; stderr: "ignore" }): {
    readonly stdout: ReadableStream<Uint8Array>;
    readonly exited: Promise<number>;
    resourceUsage(): { readonly cpuTime: { readonly total: bigint } };
  };
}

const COUNTS = [1, 200];

export async function measureControl(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const figures: Figures = {};
  for (const count of COUNTS) {
    const supervisor = new Supervisor(implementation, sleepers(count));
    try {
      await supervisor.answers();
      await supervisor.allRunning(count);
      for (const action of count === 1 ? ["status", "pid", "version"] : ["status"]) {
        const runs: Run[] = [];
        for (let i = 0; i < (isFull ? 11 : 5); i++) {
          runs.push(await runControl(supervisor.controlCommand(action)));
        }
        if (action === "status" && runningIn(runs) !== count) {
          throw new Error("status shows not all");
        }
        const name = action === "status" ? `status${count}` : action;
        figures[`${name}_ms`] = median(runs.map(({ wallMs }) => wallMs));
        figures[`${name}_cpu_ms`] = median(runs.map(({ cpuMs }) => cpuMs));
        if (action === "status") {
          const peaks: number[] = [];
          for (let i = 0; i < 3; i++) {
            peaks.push(await peakMemory(supervisor.controlCommand(action)));
          }
          figures[`${name}_rss_MiB`] = median(peaks);
        }
      }
    } finally {
      await supervisor.stop();
    }
  }
  return figures;
}

export interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly output: string;
}

export async function runControl(command: readonly string[]): Promise<Run> {
  const { Bun } = globalThis as unknown as { Bun: BunProcesses };
  const at = performance.now();
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "ignore" });
  const output = await new Response(child.stdout).text();
  const status = await child.exited;
  const wallMs = performance.now() - at;
  if (status !== 0) throw new Error(`${command.join(" ")} exited with ${status}`);
  const { cpuTime } = child.resourceUsage();
  return { wallMs, cpuMs: Number(cpuTime.total) / 1000, output };
}

/**
 * The most it had resident, in MiB, from the last look before its end. Not from its resource usage:
 * Linux counts what this program had when it forked.
 */
async function peakMemory([file = "", ...args]: readonly string[]): Promise<number> {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout?.resume();
  const ended = new Promise((resolve) => child.once("close", resolve));
  let peak = NaN;
  try {
    for (;;) {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      // A zombie has no memory.
      if (kilobytes === undefined) break;
      if (!status.startsWith("Name:\tbun\n")) peak = Number(kilobytes) / 1024;
    }
  } catch {
    // it is gone
  }
  await ended;
  return peak;
}

function runningIn(runs: readonly Run[]): number {
  return (runs[0]?.output.split("RUNNING").length ?? 0) - 1;
}
