/** Standard output and standard error, written at once and in order. */
import { writeSync } from "node:fs";

/** How long to wait for a reader that is slow, in milliseconds, before looking again. */
const RETRY_MS = 2;

/** write(2): how many bytes were taken. @throws an Error with `code` */
export type WriteSome = (fd: number, bytes: Uint8Array) => number;

/**
 * A descriptor that text goes to. Writes are synchronous: what was printed is out before the
 * program exits, whatever the descriptor is, and keeps its order with standard error.
 *
 * When the other end is gone (`supervisorctl status | head -1`) everything else is dropped
 * without a word: what was asked for is still carried out.
 */
export class Output {
  readonly #fd: number;
  readonly #writeSome: WriteSome;
  #closed = false;

  constructor(fd: number, writeSome: WriteSome = writeSync) {
    this.#fd = fd;
    this.#writeSome = writeSome;
  }

  /** Nobody reads any more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  write(data: string | Uint8Array): void {
    let bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    while (bytes.length > 0 && !this.#closed) {
      try {
        bytes = bytes.subarray(this.#writeSome(this.#fd, bytes));
      } catch (error) {
        // Somebody else may have made the terminal or pipe we share non-blocking.
        if ((error as { code?: unknown }).code === "EAGAIN") sleep(RETRY_MS);
        else this.#closed = true;
      }
    }
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
