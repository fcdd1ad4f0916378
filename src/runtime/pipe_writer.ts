/** Bytes into a descriptor, kept in a queue while the other end does not take them. */
import { systemError } from "./errors.ts";
import { F_SETPIPE_SZ } from "./platform.ts";
import { type DescriptorContext, makeNonBlocking } from "./pipe_reader.ts";
import type { Look, Watched } from "./poller.ts";
import type { PipeWriter } from "./pipe_types.ts";
import { SystemError } from "./system_error.ts";

/** Asked for once a write does not fit: what is sent to listeners comes in pieces of this order. */
const LARGE_PIPE_BYTES = 1024 * 1024;

/** What a pipe holds by default. */
const DEFAULT_PIPE_BYTES = 64 * 1024;

/** What one look writes at most: about a turn's worth. */
const LOOK_BYTES = 4 * 1024 * 1024;

const NOTHING = new Uint8Array(0);

export class DescriptorWriter implements PipeWriter, Watched {
  readonly fd: number;
  /** Room for more is used at once: what is queued here somebody has been waiting for. */
  readonly prompt = true;
  readonly #context: DescriptorContext;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #pending = 0;
  #closed = false;
  #isEnlarged = false;
  #errorCallback: (error: SystemError) => void = () => {};
  #drainCallback: () => void = () => {};

  /** @throws SystemError for a descriptor that is not open */
  constructor(context: DescriptorContext, fd: number) {
    this.fd = fd;
    this.#context = context;
    makeNonBlocking(context.libc, fd);
  }

  get pending(): number {
    return this.#pending;
  }

  onError(callback: (error: SystemError) => void): void {
    this.#errorCallback = callback;
  }

  onDrain(callback: () => void): void {
    this.#drainCallback = callback;
  }

  write(bytes: Uint8Array): void {
    if (this.#closed) throw systemError("EPIPE", "write", "closed here");
    let rest = bytes as Uint8Array<ArrayBuffer>;
    if (this.#pending === 0) {
      if (rest.length > DEFAULT_PIPE_BYTES) this.#enlargePipe();
      rest = this.#writeOrThrow(rest);
      if (rest.length > 0 && this.#enlargePipe()) rest = this.#writeOrThrow(rest);
      if (rest.length === 0) return;
      // Nothing is watched while nothing is queued, so that a child which never reads its standard
      // input costs nothing. Watched first, tried again then: room made in between would be missed,
      // and a terminal tells of room only those who were refused while watching (n_tty_write).
      this.#context.poller.watch(this, "write");
      rest = this.#writeOrThrow(rest);
      if (rest.length === 0) {
        this.#context.poller.unwatch(this.fd);
        return;
      }
    }
    // A copy, as the caller's buffer is the caller's again. Not slice(): a Buffer's is a view.
    this.#queue.push(new Uint8Array(rest));
    this.#pending += rest.length;
  }

  look(): Look {
    if (this.#closed || this.#pending === 0) return "done";
    let moved = 0;
    while (this.#queue.length > 0 && moved < LOOK_BYTES) {
      const [first] = this.#queue as [Uint8Array<ArrayBuffer>];
      const written = this.#writeNow(first);
      if (written instanceof SystemError) {
        this.close();
        this.#errorCallback(written);
        return "done";
      }
      moved += written;
      this.#pending -= written;
      if (written < first.length) {
        this.#queue[0] = first.subarray(written);
        return moved === 0 ? "empty" : "some";
      }
      this.#queue.shift();
    }
    if (this.#queue.length > 0) return "much";
    this.#context.poller.unwatch(this.fd);
    this.#drainCallback();
    return "done";
  }

  close(): void {
    if (this.#closed) return;
    this.release();
    this.#context.close(this.fd);
  }

  unsent(): Uint8Array {
    const unsent = new Uint8Array(this.#pending);
    let at = 0;
    for (const chunk of this.#queue) {
      unsent.set(chunk, at);
      at += chunk.length;
    }
    return unsent;
  }

  release(): { fd: number; unwritten: Uint8Array } {
    const unwritten = this.unsent();
    this.#context.poller.unwatch(this.fd);
    this.#closed = true;
    this.#queue = [];
    this.#pending = 0;
    return { fd: this.fd, unwritten };
  }

  /** Saves the other end from being woken for each page. A favour: it may be refused. */
  #enlargePipe(): boolean {
    const { functions, platform } = this.#context.libc;
    if (this.#isEnlarged || platform.os !== "linux") return false;
    this.#isEnlarged = true;
    return functions.fcntl(this.fd, F_SETPIPE_SZ, LARGE_PIPE_BYTES) > 0;
  }

  /** @returns what did not fit */
  #writeOrThrow(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const written = this.#writeNow(bytes);
    if (typeof written === "number") {
      return written === bytes.length ? NOTHING : bytes.subarray(written);
    }
    this.#context.poller.unwatch(this.fd);
    throw written;
  }

  /** As much as fits, possibly nothing. */
  #writeNow(bytes: Uint8Array<ArrayBuffer>): number | SystemError {
    let written = 0;
    while (written < bytes.length) {
      const rest = written === 0 ? bytes : bytes.subarray(written);
      const count = this.#context.libc.functions.write(this.fd, rest, rest.length);
      if (count >= 0) {
        written += count;
        continue;
      }
      const error = this.#context.libc.failure("write");
      if (error.code === "EINTR") continue;
      return error.code === "EAGAIN" ? written : error;
    }
    return written;
  }
}
