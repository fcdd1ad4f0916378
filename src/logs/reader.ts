/** Reading logs back: from an offset, from the end. Following is in follow.ts. */
import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";

export { follow, type FollowOptions } from "./follow.ts";

export type LogReadFailure = "bad-arguments" | "missing" | "failed";

export class LogReadError extends Error {
  readonly reason: LogReadFailure;
  readonly path: string;

  constructor(reason: LogReadFailure, path: string, cause?: unknown) {
    super(`${path}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = "LogReadError";
    this.reason = reason;
    this.path = path;
  }
}

export interface Tail {
  readonly bytes: Uint8Array;
  /** Where the file ends: the offset to ask with next time. */
  readonly offset: number;
  /** The file has more than was asked for; `bytes` are the last of it. */
  readonly overflow: boolean;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Reads a part of a file. `offset >= 0, length = 0`: from there to the end; `offset >= 0,
 * length > 0`: a slice; `offset < 0, length = 0`: the last `-offset` bytes. Beyond the end
 * there is nothing. Lengths are bytes.
 *
 * @throws LogReadError "missing", "failed" or "bad-arguments" (any other signs), in this order
 * @see Supervisor's rpc interface, readLog
 */
export function readLog(path: string, offset: number, length: number): Uint8Array {
  return withLog(path, (file) => {
    if (offset < 0) {
      if (length !== 0) throw new LogReadError("bad-arguments", path);
      return file.read(Math.max(0, file.size + offset), file.size);
    }
    if (length < 0) throw new LogReadError("bad-arguments", path);
    return file.read(offset, length === 0 ? file.size : Math.min(offset + length, file.size));
  });
}

/**
 * The last `length` bytes of a file, for a caller that saw it up to `offset` before. What a
 * file that cannot be read has to offer is nothing, at the caller's own offset.
 *
 * Asking for more than was added gives more than was added: the last `length` bytes, down to
 * the beginning. That is the reference's arithmetic and clients depend on it.
 */
export function tailLog(path: string, offset: number, length: number): Tail {
  try {
    return withLog(path, (file) => {
      const { size } = file;
      const overflow = size > offset + length;
      const seen = overflow ? size - 1 : offset;
      let wanted = length;
      let start = seen;
      if (seen + length > size) {
        if (seen > size - 1) wanted = 0;
        start = size - wanted;
      }
      start = Math.max(0, start);
      return {
        bytes: wanted > 0 ? file.read(start, Math.min(start + wanted, size)) : NO_BYTES,
        offset: size,
        overflow,
      };
    });
  } catch (error) {
    if (!(error instanceof LogReadError)) throw error;
    return { bytes: NO_BYTES, offset, overflow: false };
  }
}

interface OpenLog {
  readonly size: number;
  /** The bytes from `start` up to `end`; fewer if the file shrinks meanwhile. */
  read(start: number, end: number): Uint8Array;
}

/** Opens, hands over, closes; system errors become LogReadError. */
function withLog<T>(path: string, use: (file: OpenLog) => T): T {
  const stats = statOrMissing(path);
  // Reading what cannot be sought (a pipe, a terminal) would wait, and take what is not ours.
  if (stats.isCharacterDevice()) return use({ size: 0, read: () => NO_BYTES });
  if (!stats.isFile()) throw new LogReadError("failed", path);
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const open = fd;
    return use({
      size: fstatSync(open).size,
      read: (start, end) => readRange(open, start, end),
    });
  } catch (error) {
    throw error instanceof LogReadError ? error : new LogReadError("failed", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Whatever keeps stat(2) from finding the file counts as "no such file". */
function statOrMissing(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new LogReadError("missing", path, error);
  }
}

function readRange(fd: number, start: number, end: number): Uint8Array {
  if (end <= start) return NO_BYTES;
  const bytes = Buffer.allocUnsafe(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, start + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
