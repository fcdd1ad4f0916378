/**
 * When memory is given back: after a busy spell, once nothing has happened for a moment, and now
 * and then during one that does not end. The engine's own way is a timer that wakes an idle daemon
 * up for ever.
 */
import type { Clock } from "../runtime/types.ts";

/** Nothing happened for so long: the busy spell is over. */
const QUIET_MS = 1000;
/** A client that asks every few seconds must not cost a collection each time. */
const PAUSE_MS = 30_000;
/** A spell that never ends: left to itself the engine lets the heap grow to many times its content. */
const BUSY_MS = 60_000;

export interface HousekeeperOptions {
  readonly clock: Clock;
  readonly release: () => void;
}

export class Housekeeper {
  readonly #clock: Clock;
  readonly #release: () => void;
  #wasBusy = false;
  #busySince = 0;
  #notBefore = -Infinity;
  #cancelTimer: (() => void) | null = null;

  constructor({ clock, release }: HousekeeperOptions) {
    this.#clock = clock;
    this.#release = release;
  }

  /** Something was done that takes memory. Cheap: called for every request and state change. */
  noteActivity(): void {
    this.#wasBusy = true;
    if (this.#cancelTimer !== null) return;
    this.#busySince = this.#clock.monotonic();
    this.#wait();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #wait(): void {
    this.#wasBusy = false;
    const pause = this.#notBefore - this.#clock.monotonic();
    this.#cancelTimer = this.#clock.after(Math.max(QUIET_MS, pause), () => this.#look());
  }

  #look(): void {
    this.#cancelTimer = null;
    const now = this.#clock.monotonic();
    if (this.#wasBusy && now - this.#busySince < BUSY_MS) {
      this.#wait();
      return;
    }
    this.#notBefore = now + PAUSE_MS;
    this.#release();
  }
}
