/** Holds up whoever fills a log that has to wait for its target, and tells for how long. */
import type { Pressure } from "./types.ts";

export interface GateOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Called when the gate closes and when it opens. */
  readonly onChange: (isClosed: boolean) => void;
}

export class Gate implements Pressure {
  readonly #o: GateOptions;
  #closedAt: number | null = null;
  #closedMs = 0;

  constructor(options: GateOptions) {
    this.#o = options;
  }

  get isClosed(): boolean {
    return this.#closedAt !== null;
  }

  /** Milliseconds for which it was closed, until now. */
  get closedMs(): number {
    return this.#closedMs + (this.#closedAt === null ? 0 : this.#o.now() - this.#closedAt);
  }

  full(): void {
    if (this.#closedAt !== null) return;
    this.#closedAt = this.#o.now();
    this.#o.onChange(true);
  }

  room(): void {
    if (this.#closedAt === null) return;
    this.#closedMs = this.closedMs;
    this.#closedAt = null;
    this.#o.onChange(false);
  }
}
