/** Bytes of a configuration file to text, with the error texts of Python's text files. */
import { ValueError } from "./errors.ts";

/** How much Python's TextIOWrapper decodes at a time; positions in its errors count from there. */
const CHUNK_BYTES = 8192;

interface BadSequence {
  readonly start: number;
  /** Index of the first byte that does not belong to the sequence. */
  readonly end: number;
  readonly reason: string;
}

/** Range of the second byte: narrower after these lead bytes (overlong forms, surrogates). */
function secondByteRange(lead: number): readonly [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

function findBadSequence(bytes: Uint8Array): BadSequence | null {
  for (let start = 0; start < bytes.length;) {
    const lead = bytes[start]!;
    const length = sequenceLength(lead);
    if (length === 0) return { start, end: start + 1, reason: "invalid start byte" };
    for (let i = 1; i < length; i++) {
      const byte = bytes[start + i];
      if (byte === undefined) {
        return { start, end: bytes.length, reason: "unexpected end of data" };
      }
      const [low, high] = i === 1 ? secondByteRange(lead) : [0x80, 0xbf];
      if (byte < low! || byte > high!) {
        return { start, end: start + i, reason: "invalid continuation byte" };
      }
    }
    start += length;
  }
  return null;
}

/** Where Python's decoder counts from: the chunk's start, or the character cut by it. */
function countedFrom(bytes: Uint8Array, bad: BadSequence): number {
  // An unfinished last character is only refused at end of file, when it is all that is left.
  if (bad.reason === "unexpected end of data") return bad.start;
  const chunk = Math.floor(bad.end / CHUNK_BYTES) * CHUNK_BYTES;
  if (bad.reason === "invalid start byte") {
    return carriedFrom(bytes, Math.floor(bad.start / CHUNK_BYTES) * CHUNK_BYTES);
  }
  return bad.start < chunk ? bad.start : carriedFrom(bytes, chunk);
}

function carriedFrom(bytes: Uint8Array, chunk: number): number {
  let start = chunk;
  while (start > 0 && start > chunk - 3 && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}

/** Undecodable bytes: the error, and the text that had been decoded before them. */
export class DecodeError extends ValueError {
  readonly textBefore: string;
  /** Line of the bad byte, from 1. */
  readonly line: number;

  constructor(message: string, textBefore: string, line: number) {
    super(message, "UTF-8 text");
    this.textBefore = textBefore;
    this.line = line;
  }
}

function universalNewlines(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/**
 * Decodes UTF-8 with universal newlines. A byte order mark is dropped (the reference trips
 * over it and reports that the file has no section headers).
 * @throws DecodeError with the reference's text for bytes that are not UTF-8
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return universalNewlines(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The decoder does not say where; look ourselves.
  }
  const bad = findBadSequence(bytes);
  if (bad === null) return universalNewlines(new TextDecoder().decode(bytes));
  const base = countedFrom(bytes, bad);
  const first = bad.start - base;
  const last = bad.end - 1 - base;
  const where = first === last
    ? `byte 0x${bytes[bad.start]!.toString(16).padStart(2, "0")} in position ${first}`
    : `bytes in position ${first}-${last}`;
  const before = universalNewlines(new TextDecoder().decode(bytes.subarray(0, bad.start)));
  throw new DecodeError(
    `'utf-8' codec can't decode ${where}: ${bad.reason}`,
    universalNewlines(new TextDecoder().decode(bytes.subarray(0, base))),
    before.split("\n").length,
  );
}
