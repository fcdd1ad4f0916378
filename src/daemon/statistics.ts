/**
 * What the daemon counts about itself for `/metrics`: numbers that no record, file or /proc
 * entry could tell later. Counting is an addition or two at each place; nothing is kept per event.
 */
import { type ExitStatus, signalName } from "../process/signals.ts";

/** How often something took how long: counts per upper bound, as OpenMetrics wants them. */
export class Histogram {
  /** Upper bounds in seconds, ascending; what is above the last is only in `count`. */
  readonly bounds: readonly number[];
  readonly counts: number[];
  /** Seconds, all together. */
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  /** @param seconds negative ones (a clock that jumped) count as 0 */
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
  readonly reason: "code" | "signal" | "unknown";
  /** `0`, `SIGKILL`. */
  readonly value: string;
  count: number;
}

const SPAWN_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];
const RPC_BOUNDS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

export class Statistics {
  /** How long the daemon was busy starting a child, failures included. */
  readonly spawnSeconds = new Histogram(SPAWN_BOUNDS);
  /** By XML-RPC method; only methods that exist, so that clients cannot make it grow. */
  readonly rpcSeconds = new Map<string, Histogram>();
  /** By server section: wrong credentials, and requests that were not looked at because of them. */
  readonly logins = new Map<string, { failed: number; throttled: number }>();
  readonly #failures = new WeakMap<object, number>();
  readonly #oomKills = new WeakMap<object, number>();
  readonly #exits = new WeakMap<object, Map<string, ExitCount>>();

  countCall(method: string, seconds: number): void {
    let histogram = this.rpcSeconds.get(method);
    if (histogram === undefined) this.rpcSeconds.set(method, histogram = new Histogram(RPC_BOUNDS));
    histogram.observe(seconds);
  }

  countLogin(server: string, outcome: "failed" | "throttled"): void {
    let counts = this.logins.get(server);
    if (counts === undefined) this.logins.set(server, counts = { failed: 0, throttled: 0 });
    counts[outcome]++;
  }

  /** @param process the process as an object: a group that is added again counts from 0 */
  countExit(process: object, exit: ExitStatus): void {
    let counts = this.#exits.get(process);
    if (counts === undefined) this.#exits.set(process, counts = new Map());
    const [reason, value] = keyOf(exit);
    const key = `${reason} ${value}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { reason, value, count: 1 });
    else known.count++;
  }

  /** @param process as for countExit() */
  countFailure(process: object): void {
    this.#failures.set(process, this.failuresOf(process) + 1);
  }

  failuresOf(process: object): number {
    return this.#failures.get(process) ?? 0;
  }

  countOomKill(process: object): void {
    this.#oomKills.set(process, this.oomKillsOf(process) + 1);
  }

  oomKillsOf(process: object): number {
    return this.#oomKills.get(process) ?? 0;
  }

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
      return ["unknown", String(exit.status)];
  }
}
