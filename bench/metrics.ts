/** What is measured, and how. Every metric starts its own supervisor and ends it. */
import { statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { childrenOf, proportionalMemory, usage } from "./processes.ts";
import { pause, type ProgramLines, Supervisor, until } from "./supervisor.ts";

/** Names end in the unit; those in `_per_s` and `_MBps` are better when higher, all else when lower. */
export type Figures = Record<string, number>;

export interface Metric {
  readonly name: string;
  readonly measure: (executable: string) => Promise<Figures>;
}

const IDLE_COUNTS = [1, 100, 500];
/** Long enough for everything that follows a start; then the window that is looked at. */
const SETTLE_MS = 5000;
const WINDOW_MS = 20_000;
const MANY = 500;
const HUNDRED = 100;
const KILLS = 10;
const CALLS = 2000;
const BLOCK_LOG = { writes: 25_000, size: 4096 };
const LINE_LOG = { writes: 200_000, size: 100 };

export const METRICS: readonly Metric[] = [
  { name: "start", measure: measureStart },
  { name: "idle", measure: measureIdle },
  { name: "spawn", measure: measureSpawn },
  { name: "restart", measure: measureRestart },
  { name: "stop", measure: measureStop },
  { name: "ctl", measure: measureControl },
  { name: "rpc", measure: measureCalls },
  { name: "log", measure: measureLogs },
];

/** Two starts: a question may wake a daemon that would otherwise not have started its child yet. */
async function measureStart(executable: string): Promise<Figures> {
  return {
    ready_ms: await startUntil(executable, (supervisor) => supervisor.answers()),
    first_child_ms: await startUntil(
      executable,
      (supervisor) => until(() => childrenOf(supervisor.pid).length === 1),
    ),
  };
}

async function startUntil(
  executable: string,
  holds: (supervisor: Supervisor) => Promise<void>,
): Promise<number> {
  const supervisor = new Supervisor(executable, sleepers(1));
  try {
    await holds(supervisor);
    return performance.now() - supervisor.startedAt;
  } finally {
    await supervisor.stop();
  }
}

/** One after the other, so that nobody's wake-ups are another's noise. */
async function measureIdle(executable: string): Promise<Figures> {
  const figures: Figures = {};
  for (const count of IDLE_COUNTS) {
    const supervisor = new Supervisor(executable, sleepers(count));
    try {
      await until(() => childrenOf(supervisor.pid).length === count);
      await pause(SETTLE_MS);
      figures[`n${count}_pss_MiB`] = proportionalMemory(supervisor.pid);
      const before = usage(supervisor.pid);
      await pause(WINDOW_MS);
      const after = usage(supervisor.pid);
      figures[`n${count}_wakeups20s_n`] = after.wakeUps - before.wakeUps;
      figures[`n${count}_cpu20s_ms`] = after.cpuMs - before.cpuMs;
    } finally {
      await supervisor.stop();
    }
  }
  return figures;
}

async function measureSpawn(executable: string): Promise<Figures> {
  const supervisor = new Supervisor(executable, sleepers(MANY));
  try {
    await until(() => childrenOf(supervisor.pid).length === MANY);
    return { [`n${MANY}_all_up_ms`]: performance.now() - supervisor.startedAt };
  } finally {
    await supervisor.stop();
  }
}

async function measureRestart(executable: string): Promise<Figures> {
  const supervisor = new Supervisor(executable, sleepers(1));
  try {
    await until(() => childrenOf(supervisor.pid).length === 1);
    await pause(1500);
    const times: number[] = [];
    for (let i = 0; i < KILLS; i++) {
      const [victim = 0] = childrenOf(supervisor.pid);
      const at = performance.now();
      process.kill(victim, "SIGKILL");
      await until(() => childrenOf(supervisor.pid).some((pid) => pid !== victim));
      times.push(performance.now() - at);
      // Not in step with a loop that ticks once per second.
      await pause(100 + Math.random() * 400);
    }
    return { successor_ms: median(times), successor_max_ms: Math.max(...times) };
  } finally {
    await supervisor.stop();
  }
}

async function measureStop(executable: string): Promise<Figures> {
  const supervisor = new Supervisor(executable, sleepers(HUNDRED));
  let stopped = false;
  try {
    await until(() => childrenOf(supervisor.pid).length === HUNDRED);
    await supervisor.answers();
    await pause(1500);
    const at = performance.now();
    stopped = true;
    await supervisor.stop();
    return { [`n${HUNDRED}_shutdown_ms`]: performance.now() - at };
  } finally {
    if (!stopped) await supervisor.stop();
  }
}

async function measureControl(executable: string): Promise<Figures> {
  const figures: Figures = {};
  for (const count of [1, 200]) {
    const supervisor = new Supervisor(executable, sleepers(count));
    try {
      await supervisor.answers();
      await until(() => childrenOf(supervisor.pid).length === count);
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        const at = performance.now();
        await supervisor.control("status");
        times.push(performance.now() - at);
      }
      figures[`status${count}_ms`] = median(times);
    } finally {
      await supervisor.stop();
    }
  }
  return figures;
}

async function measureCalls(executable: string): Promise<Figures> {
  const supervisor = new Supervisor(executable, sleepers(HUNDRED));
  try {
    await supervisor.answers();
    await until(() => childrenOf(supervisor.pid).length === HUNDRED);
    await pause(1500);
    return {
      getState_per_s: await rate(supervisor, "getState", CALLS),
      [`getAllProcessInfo${HUNDRED}_per_s`]: await rate(
        supervisor,
        "getAllProcessInfo",
        CALLS / 20,
      ),
    };
  } finally {
    await supervisor.stop();
  }
}

async function rate(supervisor: Supervisor, method: string, calls: number): Promise<number> {
  const at = performance.now();
  for (let i = 0; i < calls; i++) await supervisor.call(method);
  return calls / ((performance.now() - at) / 1000);
}

async function measureLogs(executable: string): Promise<Figures> {
  const blocks = await measureLog(executable, BLOCK_LOG);
  const lines = await measureLog(executable, LINE_LOG);
  return {
    blocks_MBps: blocks.rate,
    blocks_cpu_s_per_GB: blocks.cpu,
    lines_MBps: lines.rate,
    lines_cpu_s_per_GB: lines.cpu,
  };
}

/** One child that writes as fast as it can; until the last byte is in the file. */
async function measureLog(
  executable: string,
  { writes, size }: { writes: number; size: number },
): Promise<{ rate: number; cpu: number }> {
  const total = writes * size;
  const supervisor = new Supervisor(executable, [{
    name: "writer",
    lines: [
      // Only dd writes in pieces of a given size wherever there is a shell.
      `command=sh -c "sleep 3; dd if=/dev/zero bs=${size} count=${writes} 2>/dev/null; sleep 1000"`,
      "stopasgroup=true",
      "killasgroup=true",
      "stdout_logfile=$DIR/out.log",
      "stdout_logfile_maxbytes=0",
      "stderr_logfile=NONE",
    ],
  }]);
  try {
    const file = join(supervisor.directory, "out.log");
    const written = () => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    let before = usage(supervisor.pid);
    await until(() => {
      if (written() > 0) return true;
      before = usage(supervisor.pid);
      return false;
    });
    const at = performance.now();
    await until(() => written() >= total);
    const seconds = (performance.now() - at) / 1000;
    const cpu = (usage(supervisor.pid).cpuMs - before.cpuMs) / 1000;
    return { rate: total / 1e6 / seconds, cpu: cpu / (total / 1e9) };
  } finally {
    await supervisor.stop();
  }
}

function sleepers(count: number): ProgramLines[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `p${String(index).padStart(4, "0")}`,
    lines: ["command=sleep 1000", "startsecs=0", "stdout_logfile=NONE", "stderr_logfile=NONE"],
  }));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle] as number
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
