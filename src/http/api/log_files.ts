/** A log and what rotation made of it: which files there are, and reading parts of them. */
import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export interface LogFileInfo {
  /** Names the file itself, whatever rotation renames it to. */
  readonly file: string;
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** 0: the log itself; 3 for `x.log.3`. */
  readonly rotation: number;
}

/** The log and its numbered backups, newest first; none when there is no such file. */
export function listLogFiles(path: string): LogFileInfo[] {
  const found: LogFileInfo[] = [];
  const seen = new Set<string>();
  const candidates = [{ path, rotation: 0 }, ...backupsOf(path)];
  for (const { path, rotation } of candidates) {
    const info = look(path, rotation);
    // A rotation while we look shows a file twice.
    if (info === null || seen.has(info.file)) continue;
    seen.add(info.file);
    found.push(info);
  }
  return found;
}

function backupsOf(path: string): { path: string; rotation: number }[] {
  const start = `${basename(path)}.`;
  const directory = dirname(path);
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return []; // a directory that may be searched but not read
  }
  return names
    .filter((name) => name.startsWith(start) && /^[1-9]\d{0,5}$/.test(name.slice(start.length)))
    .map((name) => ({ path: join(directory, name), rotation: Number(name.slice(start.length)) }))
    .sort((a, b) => a.rotation - b.rotation);
}

function look(path: string, rotation: number): LogFileInfo | null {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return null;
    const file = `${stats.dev.toString(36)}-${stats.ino.toString(36)}`;
    return { file, path, size: stats.size, modified: stats.mtimeMs, rotation };
  } catch {
    return null; // not there, or not there any more
  }
}

/** An open file, closed by whoever opened it. */
export class LogReader {
  readonly info: LogFileInfo;
  readonly #fd: number;

  private constructor(info: LogFileInfo, fd: number) {
    this.info = info;
    this.#fd = fd;
  }

  /** null when it is gone, or another file has come by its name meanwhile, or it may not be read. */
  static open(info: LogFileInfo): LogReader | null {
    let fd: number;
    try {
      fd = openSync(info.path, "r");
    } catch {
      return null;
    }
    const { dev, ino, size } = fstatSync(fd);
    if (`${dev.toString(36)}-${ino.toString(36)}` !== info.file) {
      closeSync(fd);
      return null;
    }
    return new LogReader({ ...info, size }, fd);
  }

  /** The bytes from `start` up to `end`; fewer if the file is shorter. */
  read(start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(this.#fd, bytes, filled, bytes.length - filled, start + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A place in a log: the end of what was not looked at yet, going back. */
export interface Position {
  readonly file: string;
  readonly offset: number;
}

export function encodeCursor({ file, offset }: Position): string {
  return `${file}:${offset}`;
}

/** null for what is no cursor of ours. */
export function decodeCursor(text: string): Position | null {
  const match = /^([0-9a-z]+-[0-9a-z]+):(\d{1,16})$/.exec(text);
  return match === null ? null : { file: match[1] as string, offset: Number(match[2]) };
}

export interface Block {
  /** Offset of `bytes` in the file; the start of a line, or of a piece of one that is too long. */
  readonly start: number;
  readonly bytes: Buffer;
}

/**
 * The block of whole lines that ends at `end`, itself the end of a line or of the file. A line
 * longer than the block is cut.
 */
export function blockBefore(reader: LogReader, end: number, size: number): Block {
  const from = Math.max(0, end - size);
  const bytes = reader.read(from, end);
  if (from === 0) return { start: 0, bytes };
  // Not the line feed that ends the block: that one ends its last line.
  const lineFeed = bytes.indexOf(LINE_FEED);
  if (lineFeed === -1 || lineFeed >= bytes.length - 1) return { start: from, bytes };
  return { start: from + lineFeed + 1, bytes: bytes.subarray(lineFeed + 1) };
}

const LINE_FEED = 0x0a;

export interface Line {
  readonly start: number;
  /** Without its line feed (and the carriage return before it). */
  readonly bytes: Buffer;
}

/** The lines of a block, last one first; long ones in pieces of at most `longest` bytes. */
export function* linesBackwards({ start, bytes }: Block, longest: number): Generator<Line> {
  let end = bytes.length;
  while (end > 0) {
    const isEnded = bytes[end - 1] === LINE_FEED;
    const stop = isEnded ? end - 1 : end;
    const lineStart = stop === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, stop - 1) + 1;
    for (let to = stop;;) {
      let from = lineStart + Math.max(0, Math.ceil((to - lineStart) / longest) - 1) * longest;
      from = charStart(bytes, from, lineStart);
      const piece = bytes.subarray(from, to);
      const isLast = to === stop && piece.at(-1) === CARRIAGE_RETURN;
      yield { start: start + from, bytes: isLast ? piece.subarray(0, -1) : piece };
      if (from <= lineStart) break;
      to = from;
    }
    end = lineStart;
  }
}

const CARRIAGE_RETURN = 0x0d;

/** The start of the UTF-8 character that a byte belongs to. */
export function charStart(bytes: Uint8Array, at: number, least = 0): number {
  for (let i = at; i > least && i > at - 4; i--) {
    if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return i;
  }
  return at;
}
