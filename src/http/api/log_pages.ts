/** Parts of a log: bytes by their offset, lines from the end and on backwards. */
import type { Buffer } from "node:buffer";
import {
  blockBefore,
  charStart,
  encodeCursor,
  linesBackwards,
  listLogFiles,
  LogReader,
  type Position,
} from "./log_files.ts";

export const MAX_RANGE_BYTES = 1024 * 1024;
/** All lines of one answer together. */
const MAX_PAGE_BYTES = 1024 * 1024;
/** Longer lines come in pieces. */
const MAX_LINE_BYTES = 16 * 1024;
const BLOCK_BYTES = 128 * 1024;

export interface LogRange {
  readonly file: string;
  readonly offset: number;
  /** Where the next range begins. */
  readonly end: number;
  readonly size: number;
  readonly text: string;
}

/**
 * A part of one file, cut at whole characters.
 *
 * @param offset negative: so many bytes from the end
 * @param file default: the newest
 * @returns null when there is no such file (any more)
 */
export function readRange(
  path: string,
  { offset, length, file }: { offset: number; length: number; file: string | null },
): LogRange | null {
  const info = findFile(path, file);
  const reader = info === null ? null : LogReader.open(info);
  if (reader === null) return null;
  try {
    const { size } = reader.info;
    const start = Math.min(size, offset < 0 ? Math.max(0, size + offset) : offset);
    const bytes = reader.read(start, Math.min(size, start + length));
    const [from, to] = wholeCharacters(bytes);
    return {
      file: reader.info.file,
      offset: start + from,
      end: start + to,
      size,
      text: bytes.toString("utf8", from, to),
    };
  } finally {
    reader.close();
  }
}

function findFile(path: string, file: string | null) {
  const files = listLogFiles(path);
  return (file === null ? files[0] : files.find((info) => info.file === file)) ?? null;
}

/** Where the first character begins and the last whole one ends. */
function wholeCharacters(bytes: Buffer): [number, number] {
  let from = 0;
  while (from < 3 && from < bytes.length && ((bytes[from] as number) & 0xc0) === 0x80) from++;
  if (bytes.length === 0) return [0, 0];
  const last = charStart(bytes, bytes.length - 1);
  const lead = bytes[last] as number;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const isWhole = last + wanted <= bytes.length;
  // A single broken character at the end of everything there is must not be asked for forever.
  const to = isWhole || last <= from ? bytes.length : last;
  return [Math.min(from, to), to];
}

export interface LogLine {
  readonly file: string;
  readonly offset: number;
  readonly text: string;
}

export interface LinePage {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** For the page before; null at the very beginning. */
  readonly before: string | null;
  /** Where the newest line ends; to go on with range or follow. */
  readonly end: Position | null;
}

/**
 * The last lines before a position, going on into rotated files.
 *
 * @param before null: the end of the log
 * @returns null when there is no log
 */
export function readLines(path: string, count: number, before: Position | null): LinePage | null {
  const files = listLogFiles(path);
  if (files.length === 0) return null;
  const first = before === null ? 0 : files.findIndex(({ file }) => file === before.file);
  if (first === -1) return { lines: [], before: null, end: null };
  const lines: LogLine[] = [];
  let [bytes, end]: [number, Position | null] = [0, null];
  let reached: Position | null = null;
  for (let i = first; i < files.length; i++) {
    const reader = LogReader.open(files[i] as (typeof files)[number]);
    if (reader === null) continue;
    try {
      const { file, size } = reader.info;
      let offset = i === first && before !== null ? Math.min(before.offset, size) : size;
      end ??= { file, offset };
      while (offset > 0) {
        const block = blockBefore(reader, offset, BLOCK_BYTES);
        for (const line of linesBackwards(block, MAX_LINE_BYTES)) {
          if (lines.length >= count || (bytes += line.bytes.length) > MAX_PAGE_BYTES) {
            return { lines: lines.reverse(), before: encodeCursor(reached as Position), end };
          }
          lines.push({ file, offset: line.start, text: line.bytes.toString("utf8") });
          reached = { file, offset: line.start };
        }
        offset = block.start;
      }
    } finally {
      reader.close();
    }
  }
  return { lines: lines.reverse(), before: null, end };
}
