/** A log on disk that is rolled over by the calendar as well as by its size. */
import { statSync } from "node:fs";
import type { RotationTimes } from "../process/log_settings.ts";
import { nextRotation } from "./rotation_times.ts";
import type { LogSink } from "./types.ts";

export interface TimedSinkOptions {
  readonly sink: LogSink;
  readonly times: RotationTimes;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
}

export class TimedSink implements LogSink {
  readonly #o: TimedSinkOptions;
  #dueAt: number;

  constructor(options: TimedSinkOptions) {
    this.#o = options;
    // A log that was last written in an earlier period is due at its first write.
    this.#dueAt = nextRotation(options.times, lastWritten(options.sink.path) ?? options.wall());
  }

  get path(): string | null {
    return this.#o.sink.path;
  }

  get bytesWritten(): number {
    return this.#o.sink.bytesWritten;
  }

  get bytesDropped(): number {
    return this.#o.sink.bytesDropped;
  }

  write(bytes: Uint8Array): void {
    const now = this.#o.wall();
    if (now >= this.#dueAt) {
      this.rollOver();
    } else if (this.#dueAt - now > FAR_MS) {
      // The clock was set back by more than a period.
      this.#dueAt = nextRotation(this.#o.times, now);
    }
    this.#o.sink.write(bytes);
  }

  rollOver(): void {
    this.#o.sink.rollOver?.();
    this.#dueAt = nextRotation(this.#o.times, this.#o.wall());
  }

  unwritten(): Uint8Array {
    return this.#o.sink.unwritten();
  }

  reopen(): void {
    this.#o.sink.reopen();
  }

  clear(): void {
    this.#o.sink.clear();
  }

  close(): void {
    this.#o.sink.close();
  }
}

/** Longer than any period. */
const FAR_MS = 32 * 86_400_000;

/** null for a log that is empty or not there: it has nothing to be rolled over. */
function lastWritten(path: string | null): number | null {
  const stats = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
  return stats === undefined || stats.size === 0 ? null : stats.mtimeMs;
}
