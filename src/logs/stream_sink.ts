/** One channel's way to a target it may share with others. */
import type { Clock } from "../runtime/types.ts";
import type { StreamTarget } from "./stream_target.ts";
import type { LogSink, Pressure } from "./types.ts";

const LINE_FEED = 0x0a;
/** A line longer than this is passed on in pieces. */
const MAX_HELD = 64 * 1024;
/**
 * A line without an end (a prompt) is shown after this long. Long enough for a program that was
 * taken off its processor in the middle of a line: on a busy machine that may be tenths of a second.
 */
const HOLD_MS = 1000;

export interface StreamSinkOptions {
  readonly target: StreamTarget;
  readonly clock?: Pick<Clock, "after">;
  /** Told when too much waits at the target, whoever it comes from. */
  readonly pressure?: Pressure;
}

/**
 * While others write to the same target, the beginning of a line is held back until its end
 * comes, so that lines of different children do not run into each other.
 */
export class StreamSink implements LogSink {
  /** Nobody can read back what went through a pipe. */
  readonly path = null;
  readonly #target: StreamTarget;
  readonly #pressure: Pressure | undefined;
  readonly #after: Clock["after"];
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #cancelHold: (() => void) | null = null;
  #bytesWritten = 0;
  #isClosed = false;

  constructor(options: StreamSinkOptions) {
    const { clock, target } = options;
    this.#target = target;
    this.#after = clock === undefined ? afterTimeout : (ms, run) => clock.after(ms, run);
    target.retain();
    this.#pressure = options.pressure;
    if (options.pressure !== undefined) target.addPressure(options.pressure);
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Counted for the target as a whole: which channel's lines were the oldest is not known. */
  get bytesDropped(): number {
    return this.#target.bytesDropped;
  }

  unwritten(): Uint8Array {
    return this.#heldLine();
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length === 0) return;
    this.#bytesWritten += bytes.length;
    const end = this.#target.users > 1 ? bytes.lastIndexOf(LINE_FEED) + 1 : bytes.length;
    if (end > 0) {
      if (this.#heldBytes === 0) this.#target.send(bytes.subarray(0, end));
      else {
        this.#hold(bytes.subarray(0, end));
        this.#release();
      }
    }
    if (end < bytes.length) this.#hold(bytes.subarray(end));
    if (this.#heldBytes > MAX_HELD) this.#release();
    else if (this.#heldBytes > 0) this.#armRelease();
  }

  reopen(): void {
    if (!this.#isClosed) this.#target.reopen();
  }

  /** There is nothing to remove. */
  clear(): void {}

  close(): void {
    if (this.#isClosed) return;
    this.#release();
    this.#isClosed = true;
    if (this.#pressure !== undefined) this.#target.removePressure(this.#pressure);
    this.#target.release();
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes.slice());
    this.#heldBytes += bytes.length;
  }

  /** In one piece, or another channel's line might get between. */
  #release(): void {
    this.#cancelHold?.();
    this.#cancelHold = null;
    if (this.#heldBytes === 0) return;
    const line = this.#heldLine();
    this.#held = [];
    this.#heldBytes = 0;
    this.#target.send(line);
  }

  #heldLine(): Uint8Array {
    const line = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const part of this.#held) {
      line.set(part, at);
      at += part.length;
    }
    return line;
  }

  #armRelease(): void {
    this.#cancelHold ??= this.#after(HOLD_MS, () => {
      this.#cancelHold = null;
      this.#release();
    });
  }
}

function afterTimeout(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
