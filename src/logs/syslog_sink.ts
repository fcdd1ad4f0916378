/** A child's output to syslog: one message per line, with the name of the process before it. */
import { Buffer } from "node:buffer";
import type { LogSink } from "./types.ts";

export interface SyslogSinkOptions {
  /** Process name, put before each line; "" for lines that go out as they are. */
  readonly name: string;
  /** Sends one line; must neither block nor throw. */
  readonly send: (line: string) => void;
}

export class SyslogSink implements LogSink {
  readonly path = null;
  readonly bytesDropped = 0;
  readonly #prefix: string;
  readonly #send: (line: string) => void;
  #bytesWritten = 0;

  constructor(options: SyslogSinkOptions) {
    this.#prefix = options.name === "" ? "" : `${options.name} `;
    this.#send = options.send;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** A chunk is a message: a line cut by its end becomes two, as in the reference. */
  write(bytes: Uint8Array): void {
    this.#bytesWritten += bytes.length;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    for (const line of text.replace(/\n+$/, "").split("\n")) this.#send(this.#prefix + line);
  }

  unwritten(): Uint8Array {
    return new Uint8Array(0);
  }

  reopen(): void {}

  clear(): void {}

  close(): void {}
}
