/** Events on their way to one listener. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Figures, Volume } from "../metric.ts";
import { usage, used } from "../processes.ts";
import { copier } from "../programs.ts";
import { type Implementation, pause, type ProgramLines, Supervisor } from "../supervisor.ts";
import { load } from "./calls.ts";

/** Without anything new for this long the rest does not come. */
const QUIET_MS = 3000;

interface Counts {
  readonly events: number;
  readonly bytes: number;
  /** Since the epoch, in milliseconds: a clock that two processes share. */
  readonly lastMs: number;
}

export async function measureLogEvents(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const line = `${"x".repeat(99)}\n`;
  const text = line.repeat((isFull ? 5 : 2) * 10_000);
  return await withSource(text, async (source) => {
    const writer = copier("w", {
      source,
      size: 4096,
      lines: ["stdout_logfile=$DIR/logs/w.log", "stdout_events_enabled=true"],
    });
    const run = await deliver(
      implementation,
      "PROCESS_LOG_STDOUT",
      [writer],
      (supervisor) => start(supervisor).then(() => ({ bytes: text.length })),
    );
    return {
      MBps: run.bytes / 1e6 / run.seconds,
      events_per_s: run.events / run.seconds,
      cpu_ms_per_MB_ms: run.cpuMs / (run.bytes / 1e6),
      bytes_lost: text.length - run.bytes,
    };
  });
}

export async function measureEvents(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const remote = await deliver(implementation, "REMOTE_COMMUNICATION", [], async (supervisor) => ({
    events: (await load({
      target: { path: supervisor.socket },
      method: "sendRemoteCommEvent",
      params: string("bench") + string("x".repeat(32)),
      clients: 1,
      isKept: true,
      seconds: isFull ? 5 : 2,
    })).calls,
  }));
  const figures: Figures = {
    remote_per_s: remote.events / remote.seconds,
    remote_lost: (remote.wanted.events ?? 0) - remote.events,
  };
  const count = isFull ? 10_000 : 3000;
  // Of the small ones more than 500 fit into one read: the flood.
  for (const [name, size] of [["comm", 256], ["flood", 64]] as const) {
    const block = `<!--XSUPERVISOR:BEGIN-->${"x".repeat(size)}<!--XSUPERVISOR:END-->`;
    await withSource(block.repeat(count), async (source) => {
      const talker = copier("c", {
        source,
        size: name === "flood" ? 65536 : block.length,
        lines: ["stdout_logfile=$DIR/logs/c.log", "stdout_capture_maxbytes=1MB"],
      });
      const run = await deliver(
        implementation,
        "PROCESS_COMMUNICATION",
        [talker],
        (supervisor) => start(supervisor).then(() => ({ events: count })),
      );
      figures[`${name}_per_s`] = run.events / run.seconds;
      figures[`${name}_events_lost`] = count - run.events;
      figures[`${name}_wrong_bytes_lost`] = Math.abs(run.events * size - run.bytes);
    });
  }
  return figures;
}

/** Waits until the listener has what `act` says it will get, or gets nothing more. */
async function deliver(
  implementation: Implementation,
  events: string,
  programs: readonly ProgramLines[],
  act: (supervisor: Supervisor) => Promise<Partial<Counts>>,
) {
  const listener: ProgramLines = {
    name: "listener",
    kind: "eventlistener",
    lines: [
      `command=${process.execPath} ${
        resolve(import.meta.dirname ?? "", "../listener.ts")
      } $DIR/stat`,
      `events=${events}`,
      "buffer_size=100000",
      "startsecs=0",
      "stderr_logfile=NONE",
    ],
  };
  const supervisor = new Supervisor(implementation, [...programs, listener]);
  try {
    await supervisor.answers();
    await supervisor.allRunning(1);
    await pause(1200);
    const before = usage(supervisor.pid);
    const at = performance.timeOrigin + performance.now();
    const wanted = await act(supervisor);
    const counts = await settled(join(supervisor.directory, "stat"), wanted);
    return {
      ...counts,
      wanted,
      seconds: (counts.lastMs - at) / 1000,
      cpuMs: used(before, usage(supervisor.pid)).cpuMs,
    };
  } finally {
    await supervisor.stop();
  }
}

async function settled(file: string, wanted: Partial<Counts>): Promise<Counts> {
  let counts = countsIn(file);
  let newsAt = performance.now();
  while (performance.now() - newsAt < QUIET_MS) {
    if (counts.events >= (wanted.events ?? Infinity)) break;
    if (counts.bytes >= (wanted.bytes ?? Infinity)) break;
    await pause(2);
    const now = countsIn(file);
    if (now.events !== counts.events) newsAt = performance.now();
    counts = now;
  }
  return counts;
}

function countsIn(file: string): Counts {
  const [last = "0", bytes, events] = readFileSync(file, "utf8").split(" ");
  return { events: Number(events ?? 0), bytes: Number(bytes ?? 0), lastMs: Number(last) };
}

async function start(supervisor: Supervisor): Promise<void> {
  const name = supervisor.programs.find((program) => program.kind !== "eventlistener")?.name ?? "";
  await supervisor.call("startProcess", string(name) + NO_WAIT);
}

async function withSource<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(tmpdir(), `supervisor-bench-blocks.${process.pid}`);
  writeFileSync(path, text);
  try {
    return await use(path);
  } finally {
    rmSync(path, { force: true });
  }
}

const string = (text: string) => `<param><value><string>${text}</string></value></param>`;
const NO_WAIT = "<param><value><boolean>0</boolean></value></param>";
