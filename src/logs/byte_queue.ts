/**
 * Bytes that wait for their target, never more than a limit. What does not fit pushes out
 * the oldest, whole lines of it if there are any, because a log with a gap can be read and a
 * log with torn lines cannot.
 */

const LINE_FEED = 0x0a;
/** Small writes share a block of this size: one array each would cost more than the bytes. */
const BLOCK_SIZE = 16 * 1024;

interface Block {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
}

export class ByteQueue {
  #limit: number;
  #blocks: Block[] = [];
  /** Index of the first block in use; the array is cut from time to time. */
  #first = 0;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** Keeps more from now on; never less. */
  raiseLimit(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /** Appends a copy; returns how many bytes were dropped, of old ones or of these. */
  push(bytes: Uint8Array): number {
    let dropped = 0;
    let kept = bytes;
    if (bytes.length > this.#limit) {
      kept = afterLineBreak(bytes, bytes.length - this.#limit);
      dropped += bytes.length - kept.length;
    }
    const excess = this.#size + kept.length - this.#limit;
    if (excess > 0) dropped += this.#dropOldest(excess);
    this.#append(kept);
    return dropped;
  }

  /** The oldest bytes, as many as lie together; undefined when there are none. Not a copy. */
  head(): Uint8Array | undefined {
    const block = this.#blocks[this.#first];
    return block?.bytes.subarray(block.start, block.end);
  }

  /** Forgets the oldest bytes, at most as many as head() has. */
  consume(count: number): void {
    const block = this.#blocks[this.#first];
    if (block === undefined) return;
    block.start += count;
    this.#size -= count;
    if (block.start < block.end) return;
    this.#first += 1;
    if (this.#first < 64 && this.#first < this.#blocks.length) return;
    this.#blocks = this.#blocks.slice(this.#first);
    this.#first = 0;
  }

  /** A copy of all of them; they stay. */
  peek(): Uint8Array {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const block of this.#blocks.slice(this.#first)) {
      bytes.set(block.bytes.subarray(block.start, block.end), at);
      at += block.end - block.start;
    }
    return bytes;
  }

  clear(): void {
    this.#blocks = [];
    this.#first = 0;
    this.#size = 0;
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    const last = this.#first < this.#blocks.length ? this.#blocks.at(-1) : undefined;
    if (last !== undefined && last.bytes.length - last.end >= bytes.length) {
      last.bytes.set(bytes, last.end);
      last.end += bytes.length;
      return;
    }
    const block = new Uint8Array(Math.max(bytes.length, BLOCK_SIZE));
    block.set(bytes);
    this.#blocks.push({ bytes: block, start: 0, end: bytes.length });
  }

  #dropOldest(count: number): number {
    let dropped = 0;
    while (dropped < count) {
      const head = this.head();
      if (head === undefined) break;
      const rest = afterLineBreak(head, Math.min(head.length, count - dropped));
      const gone = head.length - rest.length;
      dropped += gone;
      this.consume(gone);
    }
    return dropped;
  }
}

/** Without the first `count` bytes and what is left of their last line; all if no line ends. */
function afterLineBreak(bytes: Uint8Array, count: number): Uint8Array {
  if (count >= bytes.length) return bytes.subarray(bytes.length);
  const end = bytes.indexOf(LINE_FEED, count - 1);
  return bytes.subarray(end === -1 ? count : end + 1);
}
