/** A clock that stands still until a test moves it. */
import type { Clock } from "../../src/runtime/types.ts";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #monotonic = 0;
  #wall: number;
  #order = 0;
  #timers: Timer[] = [];
  /** Milliseconds; a test sets what it wants local time to be. */
  aheadOfUtc = 0;

  /** @param wall milliseconds since the epoch at the start */
  constructor(wall = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#wall = wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  wall(): number {
    return this.#wall;
  }

  utcOffset(): number {
    return this.aheadOfUtc;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#monotonic + Math.max(0, ms), order: this.#order++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How many timers are armed: an idle program has none. */
  get armed(): number {
    return this.#timers.length;
  }

  /** Monotonic time of the earliest timer; Infinity when none is armed. */
  get nextDue(): number {
    return this.#timers.reduce((least, timer) => Math.min(least, timer.due), Infinity);
  }

  /**
   * Moves both clocks on, calling every timer at the time it is due, in order; timers that
   * those arm are called as well if they are due by then.
   */
  advance(ms: number): void {
    const target = this.#monotonic + ms;
    while (true) {
      const next = this.#timers
        .filter((timer) => timer.due <= target)
        .sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#move(next.due);
      next.callback();
    }
    this.#move(target);
  }

  /** Sets the wall clock alone, as an operator or NTP does. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  #move(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}
