/**
 * Capture mode: what a child prints between two tokens is a message to listeners, not log.
 * Tokens may be cut anywhere by the chunks they come in.
 * @see Supervisor docs, logging.rst, "Capture Mode"
 */
import { Buffer } from "node:buffer";

const BEGIN_TOKEN: Uint8Array = Buffer.from("<!--XSUPERVISOR:BEGIN-->");
const END_TOKEN: Uint8Array = Buffer.from("<!--XSUPERVISOR:END-->");

const NOTHING: Buffer = Buffer.alloc(0);

const NO_RING = new Uint8Array(0);

/** Told of the pieces of a channel, in their order. Views are only valid during the call. */
export interface CaptureReceiver {
  plain(bytes: Uint8Array): void;
  captured(bytes: Uint8Array): void;
  /** The end token came: what was captured since the begin token is complete. */
  complete(): void;
}

export interface ScannerSnapshot {
  readonly isCapturing: boolean;
  /** What may be the beginning of a token. */
  readonly held: Uint8Array;
}

/**
 * Splits a channel into plain and captured pieces. Holds back nothing but what may be the
 * beginning of the token it looks for (the reference holds back as many bytes as the token
 * has, and loses them when the child exits).
 */
export class CaptureScanner {
  readonly #receiver: CaptureReceiver;
  #capturing = false;
  /** A part of the token at the end of what came so far; usually empty. */
  #held: Buffer = NOTHING;

  constructor(receiver: CaptureReceiver) {
    this.#receiver = receiver;
  }

  get isCapturing(): boolean {
    return this.#capturing;
  }

  /** Where it is, as plain data; a scanner that goes on from there sees the same messages. */
  snapshot(): ScannerSnapshot {
    return { isCapturing: this.#capturing, held: new Uint8Array(this.#held) };
  }

  restore({ isCapturing, held }: ScannerSnapshot): void {
    this.#capturing = isCapturing;
    this.#held = Buffer.from(held);
  }

  push(chunk: Uint8Array): void {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const data = this.#held.length === 0 ? fresh : Buffer.concat([this.#held, fresh]);
    let at = 0;
    while (true) {
      const token = this.#capturing ? END_TOKEN : BEGIN_TOKEN;
      const found = data.indexOf(token, at);
      if (found === -1) {
        const held = partialTokenAtEnd(data, at, token);
        this.#emit(data.subarray(at, data.length - held));
        // A copy: the chunk will be reused.
        this.#held = held === 0 ? NOTHING : Buffer.from(data.subarray(data.length - held));
        return;
      }
      this.#emit(data.subarray(at, found));
      at = found + token.length;
      if (this.#capturing) this.#receiver.complete();
      this.#capturing = !this.#capturing;
    }
  }

  /**
   * The channel ended: what was held back is no token after all. A message without its end
   * is not delivered; half a message could be taken for a whole one. What comes after that
   * (a successor on the same channel) begins outside of any message.
   */
  end(): void {
    const held = this.#held;
    this.#held = NOTHING;
    this.#emit(held);
    this.#capturing = false;
  }

  #emit(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#capturing) this.#receiver.captured(bytes);
    else this.#receiver.plain(bytes);
  }
}

/** How many bytes at the end of `data`, not before `from`, are a proper beginning of the token. */
function partialTokenAtEnd(data: Buffer, from: number, token: Uint8Array): number {
  const longest = Math.min(token.length - 1, data.length - from);
  for (let length = longest; length > 0; length--) {
    const start = data.length - length;
    // Almost every byte fails this cheap look, and with it most chunks the whole search.
    if (data[start] !== token[0]) continue;
    if (data.compare(token, 0, length, start, data.length) === 0) return length;
  }
  return 0;
}

/** Remembers the last `limit` bytes it was given; grows as needed and no further. */
export class LastBytes {
  readonly #limit: number;
  #ring: Uint8Array<ArrayBuffer> = NO_RING;
  #start = 0;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    const kept = bytes.length > this.#limit ? bytes.subarray(bytes.length - this.#limit) : bytes;
    this.#reserve(Math.min(this.#limit, this.#length + kept.length));
    const capacity = this.#ring.length;
    const overwritten = Math.max(0, this.#length + kept.length - capacity);
    const end = (this.#start + this.#length) % Math.max(1, capacity);
    const first = Math.min(kept.length, capacity - end);
    this.#ring.set(kept.subarray(0, first), end);
    this.#ring.set(kept.subarray(first), 0);
    this.#start = (this.#start + overwritten) % Math.max(1, capacity);
    this.#length += kept.length - overwritten;
  }

  /** A copy of what is remembered. */
  peek(): Uint8Array {
    return this.#copy(this.#length);
  }

  /** Gives out a copy of what is remembered and forgets it. */
  take(): Uint8Array {
    const isExact = this.#start === 0 && this.#length === this.#ring.length;
    const bytes = isExact ? this.#ring : this.#copy(this.#length);
    this.#ring = NO_RING;
    this.#start = 0;
    this.#length = 0;
    return bytes;
  }

  #reserve(needed: number): void {
    if (needed <= this.#ring.length) return;
    const capacity = Math.min(this.#limit, Math.max(needed, this.#ring.length * 2));
    this.#ring = this.#copy(capacity);
    this.#start = 0;
  }

  /** The content in order, at the beginning of an array of the given size. */
  #copy(size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    const first = Math.min(this.#length, this.#ring.length - this.#start);
    bytes.set(this.#ring.subarray(this.#start, this.#start + first));
    bytes.set(this.#ring.subarray(0, this.#length - first), first);
    return bytes;
  }
}
