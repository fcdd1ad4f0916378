/** A log on disk that is rolled over by the calendar as well as by its size. */
import { statSync } from "node:fs";
import type { LogSink } from "./types.ts";

/** The first time after a moment, both in milliseconds since the epoch; null: none. */
export type NextTime = (after: number) => number | null;

export interface TimedSinkOptions {
  readonly sink: LogSink;
  /** A promise where a calendar has to be loaded first: until then only the size counts. */
  readonly next: NextTime | Promise<NextTime>;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** There is no calendar. */
  readonly onProblem: (error: unknown) => void;
}

export class TimedSink implements LogSink {
  readonly #o: TimedSinkOptions;
  #next: NextTime = () => null;
  /** When it is due was reckoned at that time. */
  #reckonedAt = 0;
  #dueAt = Infinity;

  constructor(options: TimedSinkOptions) {
    this.#o = options;
    const { next, sink, wall, onProblem } = options;
    // A log that was last written in an earlier period is due at its first write.
    const from = lastWritten(sink.path) ?? wall();
    const begin = (known: NextTime) => {
      this.#next = known;
      this.#reckon(from);
    };
    if (next instanceof Promise) next.then(begin).catch(onProblem);
    else begin(next);
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
    } else if (this.#reckonedAt - now > FAR_MS) {
      // The clock was set back: what was due by the wrong one may be far away.
      this.#reckon(now);
    }
    this.#o.sink.write(bytes);
  }

  rollOver(): void {
    this.#o.sink.rollOver?.();
    this.#reckon(this.#o.wall());
  }

  #reckon(from: number): void {
    this.#reckonedAt = this.#o.wall();
    this.#dueAt = this.#next(from) ?? Infinity;
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

/** Setting it back by less repeats no rotation. */
const FAR_MS = 3_600_000;

/** null for a log that is empty or not there: it has nothing to be rolled over. */
function lastWritten(path: string | null): number | null {
  const stats = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
  return stats === undefined || stats.size === 0 ? null : stats.mtimeMs;
}
