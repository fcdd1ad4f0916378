/** Bytes out of a descriptor, handed on as they come. */
import { buffer, type Libc } from "./libc.ts";
import { F_GETFL, F_SETFL, F_SETPIPE_SZ } from "./platform.ts";
import type { Look, Poller, Watched } from "./poller.ts";
import type { PipeReader, PipeReaderSink, ReaderOptions } from "./pipe_types.ts";

/** One read takes at most this much: what a processor's own cache still holds when it is written. */
const READ_BYTES = 256 * 1024;
/** What a pipe holds by default. */
const DEFAULT_PIPE_BYTES = 64 * 1024;
/** A read of half of that: the writer is fast enough to be waiting soon. */
const BUSY_BYTES = DEFAULT_PIPE_BYTES / 2;
const LARGE_PIPE_BYTES = 1024 * 1024;
/** A read of so much means: do not pause before the next. */
const MUCH_BYTES = READ_BYTES;
/** Where drain() stops when nobody says, for a writer that never does. */
const DRAIN_BYTES = 16 * 1024 * 1024;
/** For a reader drained inside another's callback, which still looks at the large buffer. */
const NESTED_READ_BYTES = 64 * 1024;

/**
 * The buffer that all readers share: what was read is handed on before the next read, so one is
 * enough for any number of pipes.
 */
export class ReadBuffer {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #inUse = false;

  /** Calls back with the shared buffer, or with one of its own if this is inside such a call. */
  use<T>(action: (bytes: Uint8Array<ArrayBuffer>) => T): T {
    if (this.#inUse) return action(buffer(NESTED_READ_BYTES));
    this.#inUse = true;
    try {
      return action(this.#bytes ??= buffer(READ_BYTES));
    } finally {
      this.#inUse = false;
    }
  }
}

/** What readers and writers have in common. */
export interface DescriptorContext {
  readonly libc: Libc;
  readonly poller: Poller;
  readonly readBuffer: ReadBuffer;
  /** Closes a descriptor, whoever opened it. */
  readonly close: (fd: number) => void;
}

export class DescriptorReader implements PipeReader, Watched {
  readonly fd: number;
  readonly prompt: boolean;
  readonly isAnswerDue: (() => boolean) | undefined;
  readonly #context: DescriptorContext;
  readonly #sink: PipeReaderSink;
  #state: "reading" | "paused" | "closed" = "reading";
  #pipeSize: "default" | "large" | "fixed" = "default";

  /** @throws SystemError for a descriptor that cannot be watched */
  constructor(
    context: DescriptorContext,
    fd: number,
    sink: PipeReaderSink,
    { prompt = false, isAnswerDue }: ReaderOptions = {},
  ) {
    this.fd = fd;
    this.prompt = prompt;
    this.isAnswerDue = isAnswerDue;
    this.#context = context;
    this.#sink = sink;
    context.poller.watch(this, "read");
  }

  look(): Look {
    if (this.#state !== "reading") return "done";
    const count = this.#context.readBuffer.use((bytes) => this.#readInto(bytes, bytes.length));
    // Asked again: the sink may have closed or paused this very reader.
    if (count === END || this.#isStopped()) return "done";
    if (count === NOTHING) return "empty";
    if (count >= BUSY_BYTES) this.#enlargePipe();
    return count >= MUCH_BYTES ? "much" : "some";
  }

  paceChanged(hot: boolean): void {
    // The memory of large pipes is counted against the user (pipe-user-pages-soft in pipe(7)); a
    // pipe that has gone quiet gives it back.
    if (!hot && this.#pipeSize === "large") {
      this.#context.libc.functions.fcntl(this.fd, F_SETPIPE_SZ, DEFAULT_PIPE_BYTES);
      this.#pipeSize = "default";
    }
  }

  drain(limit: number = DRAIN_BYTES): void {
    // Also while paused: what is in the pipe when a child is gone has to come out.
    const state = this.#state;
    let left = limit;
    if (state === "closed") return;
    while (left > 0) {
      const count = this.#context.readBuffer.use((bytes) =>
        this.#readInto(bytes, Math.min(bytes.length, left))
      );
      if (count === END || count === NOTHING || this.#state !== state) return;
      left -= count;
    }
  }

  pause(): void {
    if (this.#state !== "reading") return;
    this.#state = "paused";
    this.#context.poller.unwatch(this.fd);
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "reading";
    this.#context.poller.watch(this, "read");
  }

  close(): void {
    if (this.#state === "closed") return;
    if (this.#state === "reading") this.#context.poller.unwatch(this.fd, true);
    this.#state = "closed";
    this.#context.close(this.fd);
  }

  release(): number {
    if (this.#state === "reading") this.#context.poller.unwatch(this.fd);
    this.#state = "closed";
    return this.fd;
  }

  #isStopped(): boolean {
    return this.#state !== "reading";
  }

  /** One read(2), handed on. @returns the number of bytes, or END or NOTHING */
  #readInto(bytes: Uint8Array<ArrayBuffer>, length: number): number {
    const count = this.#context.libc.functions.read(this.fd, bytes, length);
    if (count > 0) {
      this.#sink.data(bytes.subarray(0, count));
      return count;
    }
    if (count < 0) {
      const { code } = this.#context.libc.failure("read");
      if (code === "EAGAIN") return NOTHING;
      if (code === "EINTR") return this.#readInto(bytes, length);
    }
    this.close();
    this.#sink.end();
    return END;
  }

  /** Fewer, larger reads, and a child that runs on while we are busy. A favour: it may be refused. */
  #enlargePipe(): void {
    if (this.#pipeSize !== "default" || this.#context.libc.platform.os !== "linux") return;
    const granted = this.#context.libc.functions.fcntl(this.fd, F_SETPIPE_SZ, LARGE_PIPE_BYTES);
    this.#pipeSize = granted === -1 ? "fixed" : "large";
  }
}

const END = -1;
const NOTHING = 0;

export function makeNonBlocking(libc: Libc, fd: number): void {
  const { functions, platform, failure } = libc;
  const flags = functions.fcntl(fd, F_GETFL, 0);
  if (flags === -1) throw failure("fcntl", `fd ${fd}`);
  if ((flags & platform.O_NONBLOCK) === 0) {
    functions.fcntl(fd, F_SETFL, flags | platform.O_NONBLOCK);
  }
}
