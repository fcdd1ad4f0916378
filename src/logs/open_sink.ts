/** Opens the sink that suits what a log path names. */
import { closeSync, constants, openSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { PipeWriter } from "../runtime/pipe_types.ts";
import type { Clock } from "../runtime/types.ts";
import { errorCode } from "./file_system.ts";
import { LogFile, type LogFileOptions } from "./log_file.ts";
import { StreamSink } from "./stream_sink.ts";
import { StreamTarget } from "./stream_target.ts";
import type { LogSink, Pressure } from "./types.ts";

export interface OpenSinkOptions {
  readonly path: string;
  /** Only for files on disk: what cannot be sought cannot be rotated. */
  readonly maxBytes: number;
  readonly backups: number;
  /** Takes the descriptor over and makes it non-blocking. */
  readonly openWriter: (fd: number) => PipeWriter;
  /** Told of trouble with the target, with a LogSinkError. */
  readonly onError?: (error: Error) => void;
  readonly clock?: Clock;
  /** Told when so much waits that bytes might be dropped. */
  readonly pressure?: Pressure;
  /** Only for files on disk. */
  readonly file?: Pick<LogFileOptions, "fileSystem" | "plan" | "onRolledOver">;
}

/**
 * Targets in use, by device and inode, so that `/dev/stdout`, `/dev/fd/1` and
 * `/proc/self/fd/1` are one. Process-wide, like the descriptors they stand for.
 */
const targets = new Map<string, StreamTarget>();

/** What the program before this one could not send any more, until somebody opens the target. */
const inherited = new Map<string, Uint8Array>();

/** What waits for slow readers, by the path of the target. */
export function unsentOutput(): { readonly path: string; readonly bytes: Uint8Array }[] {
  const open = [...targets.values()].map((target) => ({
    path: target.path,
    bytes: target.unsent(),
  }));
  const never = [...inherited].map(([path, bytes]) => ({ path, bytes }));
  return [...open, ...never].filter(({ bytes }) => bytes.length > 0);
}

/** Sent before anything else, as soon as somebody opens the target. */
export function inheritUnsent(output: readonly { path: string; bytes: Uint8Array }[]): void {
  for (const { path, bytes } of output) inherited.set(path, bytes);
}

/** Discards and counts. */
class NullSink implements LogSink {
  readonly path = "/dev/null";
  readonly bytesDropped = 0;
  bytesWritten = 0;

  write(bytes: Uint8Array): void {
    this.bytesWritten += bytes.length;
  }

  unwritten(): Uint8Array {
    return new Uint8Array(0);
  }

  reopen(): void {}

  clear(): void {}

  close(): void {}
}

/**
 * A regular or a new file gives a LogFile. `/dev/stdout` and its kin, terminals, FIFOs,
 * devices give a StreamSink: no rotation, never blocking, a bounded queue.
 *
 * @throws Error with `code` when the target cannot be opened (EISDIR, EACCES, ENOENT …)
 */
export function openSink(options: OpenSinkOptions): LogSink {
  const { path } = options;
  if (path === "/dev/null") return new NullSink();
  const ownFd = ownDescriptor(path);
  const stats = ownFd === null ? statOrNull(path) : statSync(path);
  const isFile = stats === null || stats.isFile() || stats.isDirectory();
  if (!isFile) return openStream(options, ownFd, stats);
  return new LogFile({
    ...options.file,
    path,
    maxBytes: options.maxBytes,
    backups: options.backups,
    ...(options.onError === undefined ? {} : { onError: options.onError }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.pressure === undefined ? {} : { pressure: options.pressure }),
    sizeBefore: stats === null ? 0 : stats.size,
    // Standard output redirected to a file: written through the descriptor that is open,
    // since a second one has its own position and the two would overwrite each other.
    ...(ownFd === null ? {} : { borrowedFd: ownFd }),
  });
}

function openStream(options: OpenSinkOptions, ownFd: number | null, stats: Stats): StreamSink {
  const key = `${stats.dev}:${stats.ino}`;
  const target = targets.get(key) ?? newTarget(options, ownFd, key);
  return new StreamSink({
    target,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.pressure === undefined ? {} : { pressure: options.pressure }),
  });
}

function newTarget(options: OpenSinkOptions, ownFd: number | null, key: string): StreamTarget {
  let isBorrowed = false;
  const target: StreamTarget = new StreamTarget({
    path: options.path,
    open: () => {
      const fd = openWithoutBlocking(options.path, ownFd);
      isBorrowed = fd === ownFd;
      try {
        return options.openWriter(fd);
      } catch (error) {
        if (!isBorrowed) closeSync(fd);
        throw error;
      }
    },
    canReopen: ownFd === null,
    isBorrowed: () => isBorrowed,
    onIdle: () => {
      // A borrowed descriptor has one writer for good: a second one would not know what the
      // first still holds.
      if (!isBorrowed && targets.get(key) === target) targets.delete(key);
    },
    ...(options.onError === undefined ? {} : { onError: options.onError }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  if (isBorrowed) target.retain();
  targets.set(key, target);
  const first = inherited.get(options.path);
  if (first !== undefined) {
    inherited.delete(options.path);
    target.send(first);
  }
  return target;
}

/**
 * A new description of the target, so that making it non-blocking is nobody else's business
 * (a shell shares its terminal with us). Two cases need another way:
 * - a FIFO without a reader refuses a writer (ENXIO); opened for both, it waits for its reader;
 * - our own standard output may be a socket (ENXIO), or a pipe made by root before privileges
 *   were dropped (EACCES): then only the descriptor itself is left.
 */
function openWithoutBlocking(path: string, ownFd: number | null): number {
  const flags = constants.O_NONBLOCK | constants.O_NOCTTY;
  try {
    return openSync(path, constants.O_WRONLY | flags);
  } catch (error) {
    if (ownFd !== null) return ownFd;
    if (errorCode(error) !== "ENXIO") throw error;
    return openSync(path, constants.O_RDWR | flags);
  }
}

/** 1 for `/dev/stdout`, `/dev/fd/1`, `/proc/self/fd/1`; null for a path that is no descriptor. */
export function ownDescriptor(path: string): number | null {
  const absolute = resolve(path);
  if (absolute === "/dev/stdout") return 1;
  if (absolute === "/dev/stderr") return 2;
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(absolute);
  return match === null ? null : Number(match[1]);
}

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    // Opening it gives the error that counts, or makes the file.
    return null;
  }
}
