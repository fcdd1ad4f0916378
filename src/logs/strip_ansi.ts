/** Takes colour and cursor sequences out of a child's output. */
import { Buffer } from "node:buffer";

const ESCAPE_BEGIN = Buffer.from("\x1b[");

/** The letters that end a sequence, as a table of bytes. */
const IS_END: Uint8Array = (() => {
  const table = new Uint8Array(256);
  for (const letter of "HfABCDRsuJKhlpm") table[letter.charCodeAt(0)] = 1;
  return table;
})();

/**
 * Drops everything from `ESC [` up to and including the first ending letter. A sequence cut
 * by the end of the chunk is dropped to there, and the rest of it stays in the next chunk:
 * no state is carried over, as in the reference.
 *
 * @returns the same array when there is nothing to drop
 */
export function stripAnsi(chunk: Uint8Array): Uint8Array {
  const source = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  let escape = source.indexOf(ESCAPE_BEGIN);
  if (escape === -1) return chunk;
  const kept = new Uint8Array(source.length);
  let length = 0;
  let at = 0;
  while (escape !== -1) {
    kept.set(source.subarray(at, escape), length);
    length += escape - at;
    at = escape + ESCAPE_BEGIN.length;
    while (at < source.length && IS_END[source[at] ?? 0] === 0) at += 1;
    at += 1;
    escape = at < source.length ? source.indexOf(ESCAPE_BEGIN, at) : -1;
  }
  if (at < source.length) {
    kept.set(source.subarray(at), length);
    length += source.length - at;
  }
  return kept.subarray(0, length);
}
