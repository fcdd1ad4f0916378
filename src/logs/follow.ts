/**
 * Follows a file that goes on growing, for `tail -f` over HTTP.
 *
 * The file is read, never its writer: a slow reader delays no child. Reading is pulled, one
 * chunk at a time, so that a slow reader costs no memory either. A log that this process
 * writes wakes its followers at once; other files are looked at every LOOK_MS, and only
 * while somebody waits for them.
 *
 * A file that was replaced (rotation) is read to its end before the new one is begun. Each
 * replacement is noticed when it happens, so several of them between two reads lose nothing:
 * descriptors of replaced files are kept open, at most MAX_REPLACED of them with at most
 * MAX_UNREAD bytes, because an open file that was deleted still takes up disk space. What
 * has to be given up beyond that is announced in the stream.
 */
import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import type { Clock } from "../runtime/types.ts";
import { type FileFollower, followKey, registerFollower } from "./followed_paths.ts";

export interface FollowOptions {
  /** Ends the iteration and closes what is open. */
  readonly signal?: AbortSignal;
  /** How many bytes before the end to start from; default 1024. */
  readonly fromEnd?: number;
  /** Milliseconds between two looks at the file; default 100. */
  readonly lookMs?: number;
  /** For tests; default: the runtime's timers. */
  readonly clock?: Pick<Clock, "after">;
}

const FROM_END = 1024;
const LOOK_MS = 100;
const CHUNK_SIZE = 64 * 1024;
/** Replaced files waiting to be read, per follower. */
export const MAX_REPLACED = 32;
/** Unread bytes in them. */
const MAX_UNREAD = 64 * 1024 * 1024;
/** Bytes saved from a file that is emptied in place, which nothing else could keep. */
export const MAX_SAVED = 1024 * 1024;

export const TRUNCATED_NOTICE = "==> File truncated <==\n";

export function skippedNotice(bytes: number): string {
  return `==> ${bytes} bytes skipped: the log was replaced faster than it was read <==\n`;
}

/**
 * Starts at once; what is appended from now on is not missed. A missing file is waited for
 * and then read from its beginning.
 *
 * Ends by itself only through `signal` or the iterator's return(); one of them must come,
 * since descriptors are held until then.
 */
export function follow(
  path: string,
  options: FollowOptions = {},
): AsyncIterableIterator<Uint8Array> {
  return new Follower(path, options);
}

interface OpenFile {
  readonly kind: "file";
  readonly fd: number;
  readonly dev: number;
  readonly ino: number;
  offset: number;
}

interface Text {
  readonly kind: "text";
  readonly bytes: Uint8Array;
}

interface Gap {
  readonly kind: "gap";
  bytes: number;
}

type Piece = OpenFile | Text | Gap;

class Follower implements AsyncIterableIterator<Uint8Array>, FileFollower {
  readonly #path: string;
  readonly #lookMs: number;
  readonly #after: Clock["after"];
  /** What is to be read, in order; the last file is the one the path names. */
  #pieces: Piece[] = [];
  #waiting: (() => void)[] = [];
  #cancelLook: (() => void) | null = null;
  #isDone = false;
  readonly #unregister: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#finish();

  constructor(path: string, options: FollowOptions) {
    this.#path = path;
    this.#lookMs = options.lookMs ?? LOOK_MS;
    const { clock } = options;
    this.#after = clock === undefined ? afterTimeout : (ms, run) => clock.after(ms, run);
    this.#unregister = registerFollower(followKey(path), this);
    this.#signal = options.signal;
    this.#look();
    const live = this.#live();
    if (live !== null) live.offset = Math.max(0, sizeOf(live) - (options.fromEnd ?? FROM_END));
    if (this.#signal?.aborted === true) this.#finish();
    else this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    while (!this.#isDone) {
      this.#look();
      const chunk = this.#read();
      if (chunk !== null) return { done: false, value: chunk };
      await this.#change();
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#finish();
    return Promise.resolve({ done: true, value: undefined });
  }

  changed(): void {
    this.#wake();
  }

  switched(): void {
    if (this.#isDone) return;
    this.#look();
    this.#wake();
  }

  truncating(): void {
    if (this.#isDone) return;
    this.#look();
    const live = this.#live();
    if (live === null) return;
    this.#saveRest(live);
    this.#insertBefore(live, { kind: "text", bytes: Buffer.from(TRUNCATED_NOTICE) });
    live.offset = 0;
  }

  /** Compares the path with what is open: replaced, shrunk, or come back. */
  #look(): void {
    const stats = statRegular(this.#path);
    // A missing file may still be written to under its old name, or comes back.
    if (stats === null) return;
    const live = this.#live();
    if (live === null || live.ino !== stats.ino || live.dev !== stats.dev) {
      const next = openFile(this.#path);
      if (next === null) return;
      this.#pieces.push(next);
      this.#limitReplaced();
    } else if (stats.size < live.offset) {
      this.#insertBefore(live, { kind: "text", bytes: Buffer.from(TRUNCATED_NOTICE) });
      live.offset = 0;
    }
  }

  /** The next bytes, or null when everything there is was read. */
  #read(): Uint8Array | null {
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      if (piece.kind === "file") {
        const bytes = readChunk(piece);
        if (bytes !== null) return bytes;
        if (this.#pieces.length === 1) return null;
        closeSync(piece.fd);
        this.#pieces.shift();
      } else {
        this.#pieces.shift();
        return piece.kind === "text" ? piece.bytes : Buffer.from(skippedNotice(piece.bytes));
      }
    }
    return null;
  }

  #live(): OpenFile | null {
    const last = this.#pieces.at(-1);
    return last?.kind === "file" ? last : null;
  }

  #insertBefore(live: OpenFile, piece: Piece): void {
    this.#pieces.splice(this.#pieces.indexOf(live), 0, piece);
  }

  /** Keeps in memory what emptying the file is going to take away, if that is little enough. */
  #saveRest(live: OpenFile): void {
    const unread = sizeOf(live) - live.offset;
    if (unread <= 0) return;
    let saved = 0;
    for (const piece of this.#pieces) if (piece.kind === "text") saved += piece.bytes.length;
    if (saved + unread > MAX_SAVED) {
      this.#skip(live, unread);
      return;
    }
    for (let bytes = readChunk(live); bytes !== null; bytes = readChunk(live)) {
      this.#insertBefore(live, { kind: "text", bytes });
    }
  }

  /** Says that bytes are missing in front of a piece; neighbouring gaps become one. */
  #skip(before: Piece, bytes: number): void {
    const at = this.#pieces.indexOf(before);
    const previous = this.#pieces[at - 1];
    const following = this.#pieces[at];
    if (previous?.kind === "gap") previous.bytes += bytes;
    else if (following?.kind === "gap") following.bytes += bytes;
    else this.#pieces.splice(at, 0, { kind: "gap", bytes });
  }

  /** Gives up the oldest replaced files while there are too many, or too much in them. */
  #limitReplaced(): void {
    const replaced = this.#pieces.slice(0, -1).filter((piece) => piece.kind === "file");
    let unread = 0;
    for (const file of replaced) unread += sizeOf(file) - file.offset;
    for (let count = replaced.length; count > MAX_REPLACED || unread > MAX_UNREAD; count--) {
      const oldest = replaced.shift();
      if (oldest === undefined) return;
      const left = Math.max(0, sizeOf(oldest) - oldest.offset);
      unread -= left;
      if (left > 0) this.#skip(oldest, left);
      closeSync(oldest.fd);
      this.#pieces.splice(this.#pieces.indexOf(oldest), 1);
    }
  }

  /** Resolves at the next sign that there may be something to read. */
  #change(): Promise<void> {
    this.#cancelLook ??= this.#after(this.#lookMs, () => {
      this.#cancelLook = null;
      this.#wake();
    });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    this.#cancelLook?.();
    this.#cancelLook = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#unregister();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    for (const piece of this.#pieces) if (piece.kind === "file") closeSync(piece.fd);
    this.#pieces = [];
    this.#wake();
  }
}

function afterTimeout(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** Null for a missing file and for anything that is not a plain file. */
function statRegular(path: string): Stats | null {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats : null;
  } catch {
    // Missing, or out of reach for now: the same to somebody who waits for it.
    return null;
  }
}

function openFile(path: string): OpenFile | null {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    // Gone again since it was looked at, or unreadable: the next look tries again.
    return null;
  }
  const { dev, ino } = fstatSync(fd);
  return { kind: "file", fd, dev, ino, offset: 0 };
}

function sizeOf(file: OpenFile): number {
  return fstatSync(file.fd).size;
}

/** At most one chunk from where the file was read to; null at its end. */
function readChunk(file: OpenFile): Uint8Array | null {
  const available = sizeOf(file) - file.offset;
  if (available <= 0) return null;
  const buffer = Buffer.allocUnsafeSlow(Math.min(available, CHUNK_SIZE));
  const count = readSync(file.fd, buffer, 0, buffer.length, file.offset);
  if (count === 0) return null;
  file.offset += count;
  return buffer.subarray(0, count);
}
