/**
 * Searching a log from its end back, through rotated files. A search is never longer than its
 * time: it stops where it is and tells where to go on. The daemon goes on with its work after each
 * slice of some milliseconds.
 */
import { Buffer } from "node:buffer";
import {
  blockBefore,
  decodeCursor,
  encodeCursor,
  type Line,
  linesBackwards,
  listLogFiles,
  LogReader,
  type Position,
} from "./log_files.ts";
import type { Find } from "../../pattern/pattern.ts";

export interface SearchOptions {
  readonly find: Find;
  /** Text that every match contains as it is; lets blocks without it pass unseen. null: none known. */
  readonly literal: string | null;
  /** Most matching lines to return. */
  readonly limit: number;
  readonly cursor: Position | null;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  /** Lets others have their turn. */
  readonly yield?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface SearchMatch {
  readonly file: string;
  readonly path: string;
  readonly rotation: number;
  readonly offset: number;
  readonly text: string;
  /** [start, end) of each match in `text`, in UTF-16 units. */
  readonly ranges: readonly (readonly [number, number])[];
}

export interface SearchResult {
  readonly matches: readonly SearchMatch[];
  /** Where to go on; null when everything was searched. */
  readonly cursor: string | null;
  readonly scannedBytes: number;
}

/** How long one call may take, in milliseconds; its waiting for others included. */
const TIME_MS = 250;
/** How long the daemon is kept from its work at once. */
const SLICE_MS = 5;
const BLOCK_BYTES = 256 * 1024;
/** Longer lines are searched, and shown, in pieces. */
const MAX_SEARCH_LINE = 4 * 1024;
const MAX_RANGES = 50;

/** @returns null when there is no log */
export async function searchLog(
  path: string,
  options: SearchOptions,
): Promise<SearchResult | null> {
  const files = listLogFiles(path);
  if (files.length === 0) return null;
  const { cursor, now } = options;
  const first = cursor === null ? 0 : files.findIndex(({ file }) => file === cursor.file);
  // The file was rotated away since, and everything older with it.
  if (first === -1) return { matches: [], cursor: null, scannedBytes: 0 };

  const matches: SearchMatch[] = [];
  const needle = options.literal === null ? null : Buffer.from(options.literal);
  const pause = options.yield ?? nextTurn;
  const deadline = now() + TIME_MS;
  let sliceEnd = now() + SLICE_MS;
  let scannedBytes = 0;
  const stopAt = (file: string, offset: number): SearchResult => ({
    matches,
    cursor: encodeCursor({ file, offset }),
    scannedBytes,
  });

  for (let i = first; i < files.length; i++) {
    const reader = LogReader.open(files[i] as (typeof files)[number]);
    if (reader === null) continue;
    try {
      const { file, size } = reader.info;
      let offset = i === first && cursor !== null ? Math.min(cursor.offset, size) : size;
      while (offset > 0) {
        const block = blockBefore(reader, offset, BLOCK_BYTES);
        if (needle === null || block.bytes.includes(needle)) {
          for (const line of linesBackwards(block, MAX_SEARCH_LINE)) {
            const match = matchLine(reader, line, options.find, () => now() >= sliceEnd);
            if (match !== null) matches.push(match);
            const isFull = matches.length >= options.limit;
            if (!isFull && now() < sliceEnd) continue;
            scannedBytes += offset - line.start;
            offset = line.start;
            if (isFull || now() >= deadline || options.signal?.aborted) {
              return offset === 0 && i === files.length - 1
                ? { matches, cursor: null, scannedBytes }
                : stopAt(file, offset);
            }
            await pause();
            sliceEnd = now() + SLICE_MS;
          }
        }
        scannedBytes += offset - block.start;
        offset = block.start;
        if (now() < sliceEnd) continue;
        if (offset > 0 && (now() >= deadline || options.signal?.aborted)) {
          return stopAt(file, offset);
        }
        await pause();
        sliceEnd = now() + SLICE_MS;
      }
    } finally {
      reader.close();
    }
  }
  return { matches, cursor: null, scannedBytes };
}

/** @param isLate then the first match is enough: each may have cost as much as a whole line can */
function matchLine(
  reader: LogReader,
  line: Line,
  find: Find,
  isLate: () => boolean,
): SearchMatch | null {
  const text = line.bytes.toString("utf8");
  const ranges: (readonly [number, number])[] = [];
  for (let from = 0; from <= text.length && ranges.length < MAX_RANGES;) {
    const range = find(text, from);
    if (range === null) break;
    ranges.push(range);
    if (isLate()) break;
    from = Math.max(range[1], range[0] + 1);
  }
  if (ranges.length === 0) return null;
  const { file, path, rotation } = reader.info;
  return { file, path, rotation, offset: line.start, text, ranges };
}

/** Plain text as something to find. */
export function findText(needle: string, ignoreCase: boolean): Find {
  if (!ignoreCase) {
    return (text, from) => {
      const at = text.indexOf(needle, from);
      return at === -1 ? null : [at, at + needle.length];
    };
  }
  const escaped = needle.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const pattern = new RegExp(escaped, "gi");
  return (text, from) => {
    pattern.lastIndex = from;
    const match = pattern.exec(text);
    return match === null ? null : [match.index, match.index + match[0].length];
  };
}

export { decodeCursor };

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
