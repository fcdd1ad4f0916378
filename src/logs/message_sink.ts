/** A place that takes messages: each line is one. Lines in pieces are put together before. */
import type { LogSink } from "./types.ts";

const LINE_FEED = 0x0a;

export interface MessageSinkOptions {
  /** Hands one line over, without its end; the view is not kept. @returns false: it is lost */
  readonly send: (line: Uint8Array) => boolean;
  readonly close?: () => void;
}

export class MessageSink implements LogSink {
  /** Nobody can read back what was sent. */
  readonly path = null;
  bytesWritten = 0;
  bytesDropped = 0;
  readonly #o: MessageSinkOptions;

  constructor(options: MessageSinkOptions) {
    this.#o = options;
  }

  /** @param bytes whole lines */
  write(bytes: Uint8Array): void {
    let start = 0;
    while (start < bytes.length) {
      const found = bytes.indexOf(LINE_FEED, start);
      const end = found === -1 ? bytes.length : found;
      const isTaken = end === start || this.#o.send(bytes.subarray(start, end));
      if (isTaken) this.bytesWritten += end - start + 1;
      else this.bytesDropped += end - start + 1;
      start = end + 1;
    }
  }

  unwritten(): Uint8Array {
    return new Uint8Array(0);
  }

  reopen(): void {}

  clear(): void {}

  close(): void {
    this.#o.close?.();
  }
}
