/** A client of /logtail, on a plain socket: what a browser or `tail -f` would be. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";

export interface FollowerOptions {
  /** The daemon's unix socket. */
  readonly socket: string;
  /** As in `/logtail/web/stdout`. */
  readonly path: string;
  /** Each piece of the log as it comes; the bytes are only valid during the call. */
  readonly onData: (bytes: Uint8Array) => void;
}

/** Takes the chunks of a chunked answer apart, wherever the network has cut them. */
class ChunkedBody {
  readonly #onData: (bytes: Uint8Array) => void;
  #size = "";
  /** Bytes of the chunk that are still to come; -1: the line with its size comes first. */
  #left = -1;
  /** Bytes of the line end after a chunk that are still to come. */
  #separator = 0;
  isAtEnd = false;

  constructor(onData: (bytes: Uint8Array) => void) {
    this.#onData = onData;
  }

  receive(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0;) {
      if (this.#separator > 0) {
        const skipped = Math.min(this.#separator, rest.length);
        this.#separator -= skipped;
        rest = rest.subarray(skipped);
      } else if (this.#left < 0) {
        const end = rest.indexOf(10);
        this.#size += Buffer.from(rest.subarray(0, end < 0 ? rest.length : end)).toString("latin1");
        rest = rest.subarray(end < 0 ? rest.length : end + 1);
        if (end < 0) return;
        assert.match(this.#size, /^[0-9a-f]+\r$/i, "the size of a chunk");
        this.#left = Number.parseInt(this.#size, 16);
        this.#size = "";
        if (this.#left === 0) this.isAtEnd = true;
      } else {
        const taken = Math.min(this.#left, rest.length);
        if (taken > 0) this.#onData(rest.subarray(0, taken));
        rest = rest.subarray(taken);
        this.#left -= taken;
        if (this.#left > 0) continue;
        this.#left = -1;
        this.#separator = 2;
      }
    }
  }
}

export class LogFollower {
  readonly #socket: Socket;
  /** What the daemon answered, up to the empty line; "" before that. */
  head = "";
  /** Set when the connection is over, from whichever side. */
  isOver = false;

  constructor(options: FollowerOptions) {
    let early: Uint8Array = new Uint8Array(0);
    const body = new ChunkedBody(options.onData);
    this.#socket = connect(options.socket, () => {
      this.#socket.write(`GET ${options.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    });
    this.#socket.on("data", (bytes: Uint8Array) => {
      if (this.head !== "") return body.receive(bytes);
      early = Buffer.concat([early, bytes]);
      const end = Buffer.from(early).indexOf(HEAD_END);
      if (end < 0) return;
      this.head = Buffer.from(early.subarray(0, end)).toString("latin1");
      assert.match(this.head, /^HTTP\/1\.1 200 /);
      assert.match(this.head, /^transfer-encoding: chunked$/im);
      body.receive(early.subarray(end + HEAD_END.length));
    });
    this.#socket.on("error", () => this.isOver = true);
    this.#socket.on("close", () => this.isOver = true);
  }

  /** Stops taking anything, as a suspended terminal does. */
  stall(): void {
    this.#socket.pause();
  }

  goOn(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }
}
