/**
 * A target that cannot be sought: a pipe, a terminal, a FIFO, a device. Its reader may be
 * slow, stuck or gone, and none of that may hold up the daemon.
 *
 * What the reader does not take waits in a queue of at most STREAM_LIMIT bytes; then the
 * oldest lines are dropped. That is reported when it begins and at most every NOTICE_MS
 * while it goes on. One target is shared by every channel that names it, so that their lines
 * do not tear each other apart.
 */
import type { PipeWriter } from "../runtime/pipe_types.ts";
import type { Clock } from "../runtime/types.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { Pressure } from "./types.ts";
import { LogSinkError, reasonOf } from "./sink_error.ts";

/** Bytes waiting for a slow reader. */
export const STREAM_LIMIT = 1024 * 1024;
/** The same where somebody is told to stop: for what is on its way to us then. */
const PRESSED_LIMIT = 4 * STREAM_LIMIT;
/** So much waits when those who can wait are told to stop, and so little when they may go on. */
const FULL_BYTES = STREAM_LIMIT / 2;
const ROOM_BYTES = STREAM_LIMIT / 8;
/** Handed to the writer at once; what it holds can be neither dropped nor counted any more. */
const HAND_OVER = 64 * 1024;
const NOTICE_MS = 60_000;
/** A target that failed is opened anew at most this often. */
const REOPEN_MS = 1000;

export interface StreamTargetOptions {
  /** As configured, for messages. */
  readonly path: string;
  /** Opens the target without blocking. @throws Error with `code` */
  readonly open: () => PipeWriter;
  /** False for the daemon's own standard output: once its reader is gone it never comes back. */
  readonly canReopen: boolean;
  /** True when the descriptor belongs to somebody else and must not be closed. */
  readonly isBorrowed?: () => boolean;
  readonly onError?: (error: Error) => void;
  readonly clock?: Pick<Clock, "monotonic" | "after">;
  /** Called once nobody uses the target and everything was written. */
  readonly onIdle?: () => void;
}

export class StreamTarget {
  readonly #options: StreamTargetOptions;
  readonly #queue = new ByteQueue(STREAM_LIMIT);
  readonly #now: () => number;
  /** Null while the target cannot be written to. */
  #writer: PipeWriter | null = null;
  /** Of the channels that wait rather than lose; null: there never was one. */
  #pressures: Set<Pressure> | null = null;
  #cancelRetry: (() => void) | null = null;
  #users = 0;
  #bytesDropped = 0;
  #droppedAtNotice = 0;
  #noticeAt = -Infinity;
  #reopenAt = -Infinity;

  /** @throws Error with `code` when the target cannot be opened */
  constructor(options: StreamTargetOptions) {
    this.#options = options;
    const { clock } = options;
    this.#now = clock === undefined ? () => performance.now() : () => clock.monotonic();
    this.#open();
  }

  /** As configured by the first that opened it. */
  get path(): string {
    return this.#options.path;
  }

  /** Bytes dropped of all channels together. */
  get bytesDropped(): number {
    return this.#bytesDropped;
  }

  get users(): number {
    return this.#users;
  }

  retain(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    this.#closeWhenIdle();
  }

  addPressure(pressure: Pressure): void {
    this.#queue.raiseLimit(PRESSED_LIMIT);
    (this.#pressures ??= new Set()).add(pressure);
    if (this.#queue.size >= FULL_BYTES) this.#press();
  }

  removePressure(pressure: Pressure): void {
    this.#pressures?.delete(pressure);
    pressure.room();
  }

  /** What its reader has not taken: a copy. */
  unsent(): Uint8Array {
    const [first, second] = [this.#writer?.unsent() ?? new Uint8Array(0), this.#queue.peek()];
    const bytes = new Uint8Array(first.length + second.length);
    bytes.set(first);
    bytes.set(second, first.length);
    return bytes;
  }

  /** Takes a copy of what cannot be written now. Whole lines, where the caller can help it. */
  send(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#writer === null) this.#tryReopen();
    if (this.#isIdle() && bytes.length <= HAND_OVER && this.#write(bytes)) return;
    if (this.#writer === null && !this.#options.canReopen) {
      // The loss of the target was reported; its output is only counted from then on.
      this.#bytesDropped += bytes.length;
      return;
    }
    const dropped = this.#queue.push(bytes);
    if (dropped > 0) this.#noticeDrop(dropped);
    this.#pump();
    if (this.#queue.size >= FULL_BYTES) this.#press();
  }

  /** Opens the target anew by its path, where that means anything. */
  reopen(): void {
    if (!this.#options.canReopen) return;
    this.#reopenAt = -Infinity;
    const old = this.#writer;
    this.#writer = null;
    this.#tryReopen();
    if (this.#writer === null) this.#writer = old;
    else if (old !== null) this.#abandon(old);
    this.#pump();
  }

  #open(): void {
    const writer = this.#options.open();
    writer.onDrain(() => this.#pump());
    writer.onError((error) => {
      if (this.#writer === writer) this.#lose(writer, error);
    });
    this.#writer = writer;
  }

  #tryReopen(): void {
    const now = this.#now();
    if (!this.#options.canReopen || now < this.#reopenAt) return;
    this.#reopenAt = now + REOPEN_MS;
    try {
      this.#open();
    } catch {
      // Reported when the target was lost; until it comes back its output waits and is counted.
    }
  }

  #isIdle(): boolean {
    return this.#queue.size === 0 && this.#writer !== null && this.#writer.pending === 0;
  }

  /** False when the target was lost; the bytes are the caller's still. */
  #write(bytes: Uint8Array): boolean {
    const writer = this.#writer;
    if (writer === null) return false;
    try {
      writer.write(bytes);
      return true;
    } catch (error) {
      this.#lose(writer, error);
      return false;
    }
  }

  /** Hands over what the writer takes; the rest waits where it can still be dropped. */
  #pump(): void {
    if (this.#writer === null) this.#tryReopen();
    for (let head = this.#queue.head(); head !== undefined; head = this.#queue.head()) {
      if (this.#writer === null || this.#writer.pending > 0) return;
      const bytes = head.subarray(0, HAND_OVER);
      if (!this.#write(bytes)) return;
      this.#queue.consume(bytes.length);
      if (this.#queue.size <= ROOM_BYTES) this.#relieve();
    }
    this.#closeWhenIdle();
  }

  /** The reader is gone, or the device is. */
  #lose(writer: PipeWriter, error: unknown): void {
    const { path, canReopen } = this.#options;
    this.#bytesDropped += writer.pending;
    this.#writer = null;
    this.#abandon(writer);
    if (!canReopen) {
      this.#bytesDropped += this.#queue.size;
      this.#queue.clear();
      this.#relieve();
    } else if (this.#queue.size >= ROOM_BYTES) this.#retryLater();
    this.#droppedAtNotice = this.#bytesDropped;
    const future = canReopen ? "it will be opened again" : "nothing more will be written there";
    this.#report(`cannot write to ${path}: ${reasonOf(error)}; ${future}`, error);
    this.#closeWhenIdle();
  }

  #press(): void {
    if (this.#pressures === null) return;
    for (const pressure of this.#pressures) pressure.full();
    if (this.#writer === null) this.#retryLater();
  }

  #relieve(): void {
    if (this.#pressures === null) return;
    for (const pressure of [...this.#pressures]) pressure.room();
  }

  /** A lost target is tried again at each write; those who were told to stop do not write. */
  #retryLater(): void {
    if (this.#cancelRetry !== null || (this.#pressures?.size ?? 0) === 0) return;
    this.#cancelRetry = this.#options.clock?.after(REOPEN_MS, () => {
      this.#cancelRetry = null;
      this.#pump();
      if (this.#writer === null && this.#queue.size > 0) this.#retryLater();
    }) ?? null;
  }

  #abandon(writer: PipeWriter): void {
    if (this.#options.isBorrowed?.() === true) return;
    try {
      writer.close();
    } catch {
      // It failed before; there is nothing left to save.
    }
  }

  #noticeDrop(count: number): void {
    this.#bytesDropped += count;
    const now = this.#now();
    if (now < this.#noticeAt) return;
    this.#noticeAt = now + NOTICE_MS;
    const lost = this.#bytesDropped - this.#droppedAtNotice;
    this.#droppedAtNotice = this.#bytesDropped;
    this.#report(
      `${this.#options.path} is not read fast enough: ${lost} bytes of output were dropped`,
      undefined,
      lost,
    );
  }

  #report(message: string, cause: unknown, bytesLost = 0): void {
    const error = new LogSinkError("dropping", this.#options.path, message, { cause, bytesLost });
    this.#options.onError?.(error);
  }

  #closeWhenIdle(): void {
    if (this.#users > 0) return;
    const writer = this.#writer;
    // A child's last lines: its channel is closed, its reader has yet to come round.
    if (writer !== null && (this.#queue.size > 0 || writer.pending > 0)) return;
    this.#bytesDropped += this.#queue.size;
    this.#queue.clear();
    this.#writer = null;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#reopenAt = Infinity;
    if (writer !== null) this.#abandon(writer);
    this.#options.onIdle?.();
  }
}
