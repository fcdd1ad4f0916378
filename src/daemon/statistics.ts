/**
 * What the daemon counts about itself for `/metrics`: numbers that no record, file or /proc
 * entry could tell later. Counting is an addition or two at each place; nothing is kept per event.
 */
import process from "node:process";
import { type ExitStatus, isUnseen, signalName } from "../process/signals.ts";

/** A histogram at one moment. */
export interface HistogramSnapshot {
  /** Upper bounds in seconds, ascending. */
  readonly bounds: readonly number[];
  /** By bound: how many were above the one before it, and not above this one. */
  readonly counts: readonly number[];
  /** Seconds, all together. */
  readonly sum: number;
  /** All of them, also those above the last bound. */
  readonly count: number;
}

/** How often something took how long: counts per upper bound, as OpenMetrics wants them. */
export class Histogram {
  /** Upper bounds in seconds, ascending; what is above the last is only in `count`. */
  readonly bounds: readonly number[];
  /** By bound: how many were above the one before it, and not above this one. */
  readonly counts: number[];
  /** Seconds, all together. */
  sum = 0;
  /** All of them, also those above the last bound. */
  count = 0;

  /** Empty at first. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  /** A copy of it as it is now. */
  snapshot(): HistogramSnapshot {
    return { bounds: this.bounds, counts: [...this.counts], sum: this.sum, count: this.count };
  }

  /** Goes on counting; of other bounds, only what does not depend on them is known. */
  restore({ bounds, counts, sum, count }: HistogramSnapshot): void {
    this.sum = sum;
    this.count = count;
    if (bounds.join() !== this.bounds.join()) return;
    for (const [index, value] of counts.entries()) this.counts[index] = value;
  }

  /**
   * Counts one more.
   *
   * @param seconds negative ones (a clock that jumped) count as 0
   */
  observe(seconds: number): void {
    const value = Math.max(0, seconds);
    this.sum += value;
    this.count++;
    for (let i = 0; i < this.bounds.length; i++) {
      if (value > (this.bounds[i] as number)) continue;
      this.counts[i] = (this.counts[i] as number) + 1;
      return;
    }
  }
}

/** How one process ended so far; `reason` is "code" or "signal", `value` as people write it. */
export interface ExitCount {
  /** What kind of end it was; "unknown" where nobody could see it. */
  readonly reason: "code" | "signal" | "unknown";
  /** `0`, `SIGKILL`. */
  readonly value: string;
  /** How often it was this end. */
  count: number;
}

/** What is counted of one process. */
export interface ProcessCounts {
  /** By how it ended. */
  readonly exits: readonly ExitCount[];
  /** Failures of it, as reported. */
  readonly failures: number;
  /** How often the kernel killed it for want of memory. */
  readonly oomKills: number;
}

/** What outlives the daemon's becoming another program. */
export interface StatisticsSnapshot {
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** How long the daemon was busy starting a child. */
  readonly spawnSeconds: HistogramSnapshot;
  /** How long calls took, by XML-RPC method. */
  readonly rpcSeconds: readonly (readonly [method: string, HistogramSnapshot])[];
}

const SPAWN_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];
const RPC_BOUNDS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** The counters of one daemon. */
export class Statistics {
  /** How long the daemon was busy starting a child, failures included. */
  readonly spawnSeconds: Histogram = new Histogram(SPAWN_BOUNDS);
  /** By XML-RPC method; only methods that exist, so that clients cannot make it grow. */
  readonly rpcSeconds: Map<string, Histogram> = new Map();
  /** By server section: wrong credentials, and requests that were not looked at because of them. */
  readonly logins: Map<string, { failed: number; throttled: number }> = new Map();
  readonly #failures = new WeakMap<object, number>();
  readonly #oomKills = new WeakMap<object, number>();
  readonly #exits = new WeakMap<object, Map<string, ExitCount>>();
  /** How often this daemon has gone on as another program. */
  handovers = 0;
  /** Monotonic milliseconds of the start, where that was not the start of this program text. */
  startedAt: number | null = null;

  /**
   * Seconds since the start of the daemon.
   *
   * @param now monotonic milliseconds
   */
  uptimeSeconds(now: number): number {
    return this.startedAt === null ? process.uptime() : (now - this.startedAt) / 1000;
  }

  /**
   * What the next program of this daemon has to know.
   *
   * @param now monotonic milliseconds
   */
  snapshot(now: number): StatisticsSnapshot {
    return {
      startedAt: now - this.uptimeSeconds(now) * 1000,
      spawnSeconds: this.spawnSeconds.snapshot(),
      rpcSeconds: [...this.rpcSeconds].map(([name, histogram]) => [name, histogram.snapshot()]),
    };
  }

  /** Goes on counting from there. */
  restore({ startedAt, spawnSeconds, rpcSeconds }: StatisticsSnapshot): void {
    this.startedAt = startedAt;
    this.spawnSeconds.restore(spawnSeconds);
    for (const [name, snapshot] of rpcSeconds) {
      const histogram = new Histogram(RPC_BOUNDS);
      histogram.restore(snapshot);
      this.rpcSeconds.set(name, histogram);
    }
  }

  /** Counts an XML-RPC call. */
  countCall(method: string, seconds: number): void {
    let histogram = this.rpcSeconds.get(method);
    if (histogram === undefined) this.rpcSeconds.set(method, histogram = new Histogram(RPC_BOUNDS));
    histogram.observe(seconds);
  }

  /** Counts a login that was refused, by section of the server. */
  countLogin(server: string, outcome: "failed" | "throttled"): void {
    let counts = this.logins.get(server);
    if (counts === undefined) this.logins.set(server, counts = { failed: 0, throttled: 0 });
    counts[outcome]++;
  }

  /**
   * Counts an end.
   *
   * @param process the process as an object: a group that is added again counts from 0
   */
  countExit(process: object, exit: ExitStatus): void {
    let counts = this.#exits.get(process);
    if (counts === undefined) this.#exits.set(process, counts = new Map());
    const [reason, value] = keyOf(exit);
    const key = `${reason} ${value}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { reason, value, count: 1 });
    else known.count++;
  }

  /**
   * Counts a failure.
   *
   * @param process as for countExit()
   */
  countFailure(process: object): void {
    this.#failures.set(process, this.failuresOf(process) + 1);
  }

  /** Failures of this process. */
  failuresOf(process: object): number {
    return this.#failures.get(process) ?? 0;
  }

  /**
   * Counts a kill for want of memory.
   *
   * @param process as for countExit()
   */
  countOomKill(process: object): void {
    this.#oomKills.set(process, this.oomKillsOf(process) + 1);
  }

  /** Kills of this process for want of memory. */
  oomKillsOf(process: object): number {
    return this.#oomKills.get(process) ?? 0;
  }

  /** What is counted of one process, for the next program of this daemon. */
  countsOf(process: object): ProcessCounts {
    return {
      exits: this.exitsOf(process),
      failures: this.failuresOf(process),
      oomKills: this.oomKillsOf(process),
    };
  }

  /** Goes on counting this process from there. */
  restoreCounts(process: object, { exits, failures, oomKills }: ProcessCounts): void {
    const counts = exits.map((exit) => [`${exit.reason} ${exit.value}`, { ...exit }] as const);
    this.#exits.set(process, new Map(counts));
    this.#failures.set(process, failures);
    this.#oomKills.set(process, oomKills);
  }

  /** How often this process ended in which way. */
  exitsOf(process: object): readonly ExitCount[] {
    return [...this.#exits.get(process)?.values() ?? []];
  }
}

function keyOf(exit: ExitStatus): [ExitCount["reason"], string] {
  switch (exit.type) {
    case "exited":
      return ["code", String(exit.code)];
    case "signalled":
      return ["signal", signalName(exit.signal)];
    case "unknown":
      return ["unknown", isUnseen(exit) ? "unseen" : String(exit.status)];
  }
}
