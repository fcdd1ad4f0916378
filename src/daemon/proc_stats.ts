/**
 * CPU and memory of process trees, from Linux's /proc. Read only when somebody asks, at most once
 * a second, and in slices: the daemon goes on between them.
 *
 * The tree of a process is whoever descends from it, and whoever is still in its process group
 * (each child of the daemon leads one) although the parent between them has died.
 *
 * @see proc_pid_stat(5), getauxval(3)
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Clock } from "../runtime/types.ts";

export interface Usage {
  /** User and system time of the tree, collected descendants included. */
  readonly cpuSeconds: number;
  /** Share of one CPU since the sample before, in percent; null for the first sample. */
  readonly cpuPercent: number | null;
  /** Resident set, summed up: pages that several share count for each. */
  readonly residentBytes: number;
  readonly processes: number;
  readonly threads: number;
}

export interface UsageSample {
  /** Milliseconds since the epoch. */
  readonly wall: number;
  /** By pid; who has gone meanwhile is missing. */
  readonly usage: ReadonlyMap<number, Usage>;
}

export interface ProcStatsOptions {
  readonly clock: Clock;
  /** Default: /proc. */
  readonly root?: string;
  /** Lets others have their turn. */
  readonly yield?: () => Promise<void>;
}

const CACHE_MS = 1000;
/** Files read before others have their turn: about a millisecond's worth. */
const SLICE = 64;

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks: own and of the descendants that were waited for. */
  readonly cpuTicks: number;
  readonly threads: number;
  /** Clock ticks since boot; with the pid it names a process for good. */
  readonly startTime: number;
  readonly residentPages: number;
  /** It has ended and was not collected yet. */
  readonly isZombie: boolean;
}

interface Known {
  readonly mono: number;
  readonly startTime: number;
  readonly cpuSeconds: number;
}

interface Measured {
  readonly mono: number;
  readonly table: ReadonlyMap<number, ProcessEntry>;
  readonly usage: ReadonlyMap<number, Usage>;
}

export class ProcStats {
  readonly #clock: Clock;
  readonly #root: string;
  readonly #yield: () => Promise<void>;
  #units: { ticksPerSecond: number; pageSize: number } | null = null;
  #latest: { mono: number; table: ReadonlyMap<number, ProcessEntry>; wall: number } | null = null;
  #reading: Promise<void> | null = null;
  /** What was measured of the latest look, and what the shares of the CPU are reckoned from. */
  #measured: Measured = { mono: 0, table: new Map(), usage: new Map() };
  #before: ReadonlyMap<number, Known> = new Map();
  #sample: { of: unknown; pids: string; sample: UsageSample } | null = null;

  constructor(options: ProcStatsOptions) {
    this.#clock = options.clock;
    this.#root = options.root ?? "/proc";
    this.#yield = options.yield ?? nextTurn;
  }

  /** What the trees of these processes use. Empty where there is no /proc. Never rejects. */
  async sample(pids: readonly number[]): Promise<UsageSample> {
    if (this.#latest === null || this.#clock.monotonic() - this.#latest.mono >= CACHE_MS) {
      this.#reading ??= this.#read().finally(() => this.#reading = null);
      await this.#reading;
    }
    const latest = this.#latest;
    if (latest === null) return { wall: this.#clock.wall(), usage: new Map() };
    const key = pids.join();
    if (this.#sample?.of === latest.table && this.#sample.pids === key) return this.#sample.sample;
    const sample = { wall: latest.wall, usage: this.#measure(latest, pids) };
    this.#sample = { of: latest.table, pids: key, sample };
    return sample;
  }

  /** Open descriptors of a process itself; null when that cannot be seen. */
  descriptors(pid: number | "self"): number | null {
    try {
      return readdirSync(`${this.#root}/${pid}/fd`).length;
    } catch {
      return null; // gone, or another user's
    }
  }

  #measure(
    latest: { mono: number; table: ReadonlyMap<number, ProcessEntry> },
    pids: readonly number[],
  ): Map<number, Usage> {
    const { ticksPerSecond, pageSize } = this.#units ??= readUnits(this.#root);
    const members = treesOf(latest.table, pids);
    const usage = new Map<number, Usage>();
    for (const [pid, entries] of members) {
      let [ticks, pages, threads] = [0, 0, 0];
      for (const entry of entries) {
        ticks += entry.cpuTicks;
        pages += entry.residentPages;
        threads += entry.threads;
      }
      const startTime = latest.table.get(pid)?.startTime ?? 0;
      const cpuSeconds = ticks / ticksPerSecond;
      const before = this.#before.get(pid);
      usage.set(pid, {
        cpuSeconds,
        cpuPercent: before?.startTime === startTime && latest.mono > before.mono
          ? Math.max(0, (cpuSeconds - before.cpuSeconds) / (latest.mono - before.mono) * 1e5)
          : null,
        residentBytes: pages * pageSize,
        processes: entries.length,
        threads,
      });
    }
    // Several askers of one look may have asked for different processes.
    const measured = this.#measured.table === latest.table ? this.#measured.usage : [];
    this.#measured = { ...latest, usage: new Map([...measured, ...usage]) };
    return usage;
  }

  async #read(): Promise<void> {
    const { mono: then, usage, table: old } = this.#measured;
    if (usage.size > 0) {
      this.#before = new Map(
        [...usage].map(([pid, { cpuSeconds }]) => [pid, {
          mono: then,
          startTime: old.get(pid)?.startTime ?? 0,
          cpuSeconds,
        }]),
      );
    }
    const table = new Map<number, ProcessEntry>();
    const mono = this.#clock.monotonic();
    let inSlice = 0;
    for (const name of listProcesses(this.#root)) {
      const entry = readEntry(`${this.#root}/${name}/stat`);
      if (entry !== null) table.set(entry.pid, entry);
      if (++inSlice % SLICE === 0) await this.#yield();
    }
    this.#latest = { mono, table, wall: this.#clock.wall() };
  }
}

/** Each asked-for process with its whole tree, itself included; missing when it is gone. */
export function treesOf(
  table: ReadonlyMap<number, ProcessEntry>,
  pids: readonly number[],
): Map<number, ProcessEntry[]> {
  const children = new Map<number, ProcessEntry[]>();
  const note = (of: number, entry: ProcessEntry) => {
    const list = children.get(of);
    if (list === undefined) children.set(of, [entry]);
    else list.push(entry);
  };
  for (const entry of table.values()) {
    note(entry.parent, entry);
    if (entry.group !== entry.pid && entry.group !== entry.parent) note(entry.group, entry);
  }
  const trees = new Map<number, ProcessEntry[]>();
  for (const pid of pids) {
    const root = table.get(pid);
    if (root === undefined) continue;
    const seen = new Set<ProcessEntry>([root]);
    for (const entry of seen) for (const child of children.get(entry.pid) ?? []) seen.add(child);
    trees.set(pid, [...seen]);
  }
  return trees;
}

/** The fields of one /proc/PID/stat line; null when it is none. */
export function parseStat(line: string): ProcessEntry | null {
  // The name in the parentheses may hold blanks and parentheses itself.
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  if (open === -1 || close === -1) return null;
  const fields = line.slice(close + 2).split(" ");
  // Fields count from 3 ("state") here: proc_pid_stat(5) numbers them from 1.
  const field = (number: number) => Number(fields[number - 3]);
  const numbers = {
    pid: Number(line.slice(0, open)),
    parent: field(4),
    group: field(5),
    cpuTicks: field(14) + field(15) + field(16) + field(17),
    threads: field(20),
    startTime: field(22),
    residentPages: field(24),
  };
  if (!Object.values(numbers).every(Number.isFinite)) return null;
  return { ...numbers, isZombie: fields[0] === "Z" || fields[0] === "X" };
}

function readEntry(path: string): ProcessEntry | null {
  try {
    return parseStat(readFileSync(path, "latin1"));
  } catch {
    return null; // gone since the listing
  }
}

function listProcesses(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // no /proc here
  }
}

const AT_NULL = 0;
const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

/** The kernel's own words on the units, where every process has them: its auxiliary vector. */
function readUnits(root: string): { ticksPerSecond: number; pageSize: number } {
  const units = { ticksPerSecond: 100, pageSize: 4096 };
  try {
    const bytes = readFileSync(`${root}/self/auxv`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 16 <= bytes.length; at += 16) {
      const key = Number(view.getBigUint64(at, true));
      const value = Number(view.getBigUint64(at + 8, true));
      if (key === AT_NULL) break;
      if (key === AT_PAGESZ) units.pageSize = value;
      if (key === AT_CLKTCK) units.ticksPerSecond = value;
    }
  } catch {
    // The usual figures are right on nearly every Linux there is.
  }
  return units;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
