/** Bytes that came and were not used yet. */
import { Buffer } from "node:buffer";

const EMPTY = Buffer.alloc(0);

/** Room for what trickles in; a request that comes in one piece is never copied. */
const FIRST_BYTES = 1024;

export class InputBuffer {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Whether the memory behind `#end` is ours to fill. */
  #isOwn = false;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Appends; the chunk must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = asBuffer(chunk);
      this.#start = 0;
      this.#end = chunk.length;
      this.#isOwn = false;
      return;
    }
    if (!this.#isOwn || this.#end + chunk.length > this.#bytes.length) this.#grow(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  byteAt(index: number): number | undefined {
    return index < this.length ? this.#bytes[this.#start + index] : undefined;
  }

  /** Position of an ASCII text counted from the first unused byte, or -1. */
  indexOf(text: string, from: number, to: number = this.length): number {
    const end = this.#start + Math.min(to, this.length);
    const found = this.#bytes.subarray(0, end).indexOf(text, this.#start + from, "latin1");
    return found === -1 ? -1 : found - this.#start;
  }

  /** Uses up `count` bytes as text, one character for each byte. */
  takeText(count: number): string {
    const text = this.#bytes.toString("latin1", this.#start, this.#start + count);
    this.#start += count;
    return text;
  }

  /** Uses up `count` bytes. They stay as they are, whatever comes later. */
  take(count: number): Uint8Array {
    // Room in front is never used again, so a view is safe to give away.
    const bytes = this.#bytes.subarray(this.#start, this.#start + count);
    this.#start += count;
    if (this.#start === this.#end) this.clear();
    return bytes;
  }

  /** A copy of all of them; they stay unused. */
  peek(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(this.#start, this.#end));
  }

  /** Forgets everything, the memory too. */
  clear(): void {
    this.#bytes = EMPTY;
    this.#start = this.#end = 0;
    this.#isOwn = false;
  }

  /** Always into new memory: views of the old may be in use. */
  #grow(more: number): void {
    const needed = this.length + more;
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed * 2));
    this.#bytes.copy(larger, 0, this.#start, this.#end);
    this.#end = this.length;
    this.#start = 0;
    this.#bytes = larger;
    this.#isOwn = true;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk)
    ? chunk
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
