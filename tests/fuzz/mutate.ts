/** Makes inputs out of inputs. */
import type { Random } from "../support/random.ts";

/** Where sizes and signs change. */
const INTERESTING = [0, 1, 9, 10, 13, 32, 37, 127, 128, 192, 224, 254, 255];
/** Changes made to one input at most. */
const MAX_CHANGES = 6;

const encoder = new TextEncoder();

export interface MutateOptions {
  readonly random: Random;
  /** Inputs that were worth keeping, to take pieces of. */
  readonly corpus: readonly Uint8Array[];
  /** Words of the language. */
  readonly words: readonly string[];
  readonly maxBytes: number;
}

export function mutate(input: Uint8Array, options: MutateOptions): Uint8Array {
  let changed = input;
  for (let changes = 1 + options.random.below(MAX_CHANGES); changes > 0; changes--) {
    changed = changeOnce(changed, options);
  }
  return changed.subarray(0, options.maxBytes);
}

function changeOnce(input: Uint8Array, { random, corpus, words }: MutateOptions): Uint8Array {
  const at = random.below(input.length + 1);
  const length = Math.min(input.length - at, 1 + random.below(random.below(2) === 0 ? 4 : 64));
  const piece = input.subarray(at, at + length);
  const insert = (bytes: Uint8Array) => join(input.subarray(0, at), bytes, input.subarray(at));
  switch (random.below(9)) {
    case 0:
      return replaceByte(input, at, random.below(256));
    case 1:
      return replaceByte(input, at, random.pick(INTERESTING));
    case 2:
      return replaceByte(input, at, (input[at] ?? 0) ^ (1 << random.below(8)));
    case 3:
      return join(input.subarray(0, at), input.subarray(at + length));
    case 4:
      return insert(piece);
    case 5:
      // Seldom very often: depth and size are where limits are.
      return insert(repeat(piece, 1 << random.below(random.below(8) === 0 ? 12 : 4)));
    case 6: {
      const other = random.pick(corpus);
      const from = random.below(other.length + 1);
      return insert(other.subarray(from, from + random.below(other.length - from + 1)));
    }
    default:
      return words.length === 0 ? insert(piece) : insert(encoder.encode(random.pick(words)));
  }
}

function replaceByte(input: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = input.slice();
  if (at < copy.length) copy[at] = byte;
  return copy;
}

function repeat(piece: Uint8Array, times: number): Uint8Array {
  const result = new Uint8Array(piece.length * times);
  for (let i = 0; i < times; i++) result.set(piece, i * piece.length);
  return result;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
