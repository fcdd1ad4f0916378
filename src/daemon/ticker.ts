/** TICK events, aligned to the epoch, driven by one timer that exists only while somebody listens. */
import type { EventBus } from "../events/bus.ts";
import { nextTickAt, ticksDue } from "../events/tick.ts";
import type { Clock } from "../runtime/types.ts";

const PERIODS = [5, 60, 3600] as const;
type Period = (typeof PERIODS)[number];

/** The longest single wait: the wall clock may be set, and a timer does not notice. */
const LONGEST_WAIT_MS = 60_000;

export class Ticker {
  readonly #bus: EventBus;
  readonly #clock: Clock;
  readonly #stopWatching: () => void;
  #cancelTimer: (() => void) | null = null;
  /** The wall time up to which ticks have been sent. */
  #seen: number;

  /** @param seen the wall time up to which somebody before has sent ticks */
  constructor(bus: EventBus, clock: Clock, seen: number = clock.wall()) {
    this.#bus = bus;
    this.#clock = clock;
    this.#seen = seen;
    this.#stopWatching = bus.onWantedChange(() => this.#arm());
    this.#arm();
  }

  get seen(): number {
    return this.#seen;
  }

  stop(): void {
    this.#stopWatching();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #wanted(): Period[] {
    return PERIODS.filter((period) => this.#bus.isWanted(`TICK_${period}`));
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const periods = this.#wanted();
    if (periods.length === 0) return;
    const now = this.#clock.wall();
    const wait = Math.max(1, nextTickAt(now, periods) - now);
    this.#cancelTimer = this.#clock.after(Math.min(wait, LONGEST_WAIT_MS), () => this.#fire());
  }

  #fire(): void {
    const now = this.#clock.wall();
    for (const tick of ticksDue(this.#seen, now, PERIODS)) {
      this.#bus.publish({ kind: "tick", period: tick.period, when: tick.when });
    }
    this.#seen = now;
    this.#arm();
  }
}
