/**
 * Memory for pieces of output that wait for a listener, used again and again: fresh memory for each
 * costs more time, page by page, than copying into it. There is room before the bytes, so that an
 * envelope is made by writing its head there.
 */

/** Longest head that is written in place: its fields are names of programs and short numbers. */
export const HEAD_ROOM = 1024;
/** From here on a piece gets a block; less is left to the runtime's own allocator. */
const LARGE_BYTES = 16 * 1024;
/** What a block holds: the largest piece of output that is one event. */
const BLOCK_BYTES = 64 * 1024;
/** Blocks kept for the next pieces: as many as one read of a busy pipe makes events. */
const KEPT_BLOCKS = 4;

/** A piece of output behind HEAD_ROOM bytes for whoever holds it. */
export interface OutputBlock {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
}

export class OutputBlocks {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** A copy of the bytes. */
  hold(bytes: Uint8Array): OutputBlock {
    const memory = this.#memoryFor(bytes.length);
    const data = memory.subarray(HEAD_ROOM, HEAD_ROOM + bytes.length);
    data.set(bytes);
    return { memory, data };
  }

  /** Nobody looks at the block any more, nor at what was made in it. */
  giveBack({ memory }: OutputBlock): void {
    const isBlock = memory.length === HEAD_ROOM + BLOCK_BYTES;
    if (isBlock && this.#free.length < KEPT_BLOCKS) this.#free.push(memory);
  }

  #memoryFor(length: number): Uint8Array<ArrayBuffer> {
    if (length < LARGE_BYTES || length > BLOCK_BYTES) return new Uint8Array(HEAD_ROOM + length);
    return this.#free.pop() ?? new Uint8Array(HEAD_ROOM + BLOCK_BYTES);
  }
}
