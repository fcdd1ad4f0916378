/**
 * A log on disk: appends, rolls over, reopens, clears, and tells its followers.
 *
 * No byte is lost, doubled or put out of order, and nothing that goes wrong with the disk
 * reaches the writer:
 * - What cannot be written (ENOSPC, EIO, EROFS, EDQUOT …) is kept, up to BACKLOG_LIMIT
 *   bytes, then the oldest lines are dropped and counted. It is tried again at each write,
 *   and about every RETRY_MS when a clock was given.
 * - A rollover that cannot be carried out (a rename is refused, the new file cannot be
 *   opened) leaves the log going to the file that is open; it is continued, from the step
 *   that failed, after some more output.
 * - Trouble is reported once when it begins and once when it is over.
 */
import type { Clock } from "../runtime/types.ts";
import { ByteQueue } from "./byte_queue.ts";
import { FileSwitch, type SwitchedFile } from "./file_switch.ts";
import { errorCode, type LogFileSystem, nodeFileSystem } from "./file_system.ts";
import { announce, followKey } from "./followed_paths.ts";
import { isFull, planRollover } from "./rotation.ts";
import { blockedLog, recoveredLog } from "./sink_error.ts";
import type { LogSink, Pressure } from "./types.ts";

/** Bytes kept for a file that cannot be written. */
export const BACKLOG_LIMIT = 1024 * 1024;
/** The same where somebody is told to stop: for what is on its way to us then. */
const PRESSED_LIMIT = 4 * BACKLOG_LIMIT;
/** So much waits when the writer is told to stop. */
const FULL_BYTES = BACKLOG_LIMIT / 2;
const RETRY_MS = 1000;
/** A rollover that failed is tried again after this much more output, or a whole file's worth. */
const ROLLOVER_RETRY_BYTES = 64 * 1024;
const NO_FD = -1;

export interface LogFileOptions {
  readonly path: string;
  /** 0 or less: never rolled over. */
  readonly maxBytes: number;
  /** How many old files are kept; 0: the file is only emptied. */
  readonly backups: number;
  /** Told when trouble begins and ends, with a LogSinkError. */
  readonly onError?: (error: Error) => void;
  /** With a clock, bytes that could not be written are tried again without a new write. */
  readonly clock?: Pick<Clock, "after">;
  /**
   * Write to this descriptor, which belongs to somebody else (the daemon's own standard
   * output), and never open, close, roll over or clear it.
   */
  readonly borrowedFd?: number;
  /** What is in the file, from whoever has just looked; default: it is asked once it is open. */
  readonly sizeBefore?: number;
  readonly fileSystem?: LogFileSystem;
  /** The renames of a rollover; default planRollover. */
  readonly plan?: typeof planRollover;
  /** A rollover is complete: the new file is open. */
  readonly onRolledOver?: () => void;
  /** Told when the backlog fills up, and when it is written. */
  readonly pressure?: Pressure;
}

export class LogFile implements LogSink {
  readonly path: string;
  readonly #key: string;
  readonly #maxBytes: number;
  readonly #backups: number;
  readonly #isBorrowed: boolean;
  readonly #fs: LogFileSystem;
  readonly #onError: (error: Error) => void;
  readonly #clock: Pick<Clock, "after"> | undefined;
  readonly #plan: typeof planRollover;
  readonly #onRolledOver: (() => void) | undefined;
  readonly #pressure: Pressure | undefined;
  readonly #backlogLimit: number;
  readonly #backlog: ByteQueue;
  #fd = NO_FD;
  #position = 0;
  /** Position at which something has to be done about the file; Infinity: never. */
  #attention: number;
  #switch: FileSwitch | null = null;
  /** False while bytes wait in the backlog or there is no open file. */
  #isWritable = true;
  #reported = false;
  /** Bytes dropped up to the end of the last trouble. */
  #droppedWhenWell = 0;
  #cancelRetry: (() => void) | null = null;
  #isClosed = false;
  #bytesWritten = 0;
  #bytesDropped = 0;

  /** @throws Error with `code` when the file cannot be opened */
  constructor(options: LogFileOptions) {
    this.path = options.path;
    this.#key = followKey(options.path);
    this.#isBorrowed = options.borrowedFd !== undefined;
    this.#maxBytes = this.#isBorrowed ? 0 : options.maxBytes;
    this.#backups = options.backups;
    this.#fs = options.fileSystem ?? nodeFileSystem;
    this.#onError = options.onError ?? (() => {});
    this.#clock = options.clock;
    this.#plan = options.plan ?? planRollover;
    this.#onRolledOver = options.onRolledOver;
    this.#pressure = options.pressure;
    this.#backlogLimit = options.pressure === undefined ? BACKLOG_LIMIT : PRESSED_LIMIT;
    this.#backlog = new ByteQueue(this.#backlogLimit);
    this.#attention = this.#limit();
    if (options.borrowedFd === undefined) {
      this.#adopt(this.#fs.openAppend(this.path), options.sizeBefore);
    } else this.#fd = options.borrowedFd;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get bytesDropped(): number {
    return this.#bytesDropped;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#position;
  }

  unwritten(): Uint8Array {
    return this.#backlog.peek();
  }

  write(bytes: Uint8Array): void {
    if (!this.#isWritable) return this.#writeLater(bytes);
    let count: number;
    try {
      count = this.#fs.write(this.#fd, bytes);
    } catch (error) {
      count = this.#hiddenPart(bytes);
      if (count === 0) return this.#keep(bytes, error);
    }
    this.#bytesWritten += count;
    this.#position += count;
    if (count !== bytes.length) this.#writeRest(bytes.subarray(count));
    if (this.#position >= this.#attention) this.#attend();
    announce(this.#key, "changed");
  }

  /** Never throws: while the path cannot be opened, the old file stays in use. */
  reopen(): void {
    if (this.#isClosed || this.#isBorrowed) return;
    // An unfinished rollover is not continued: whoever asks for this took over the renaming.
    this.#switch = FileSwitch.reopening(this.#asSwitched());
    this.#continueSwitch();
    this.#flush();
  }

  /** Rolls over whatever the size, unless there is nothing in the file. */
  rollOver(): void {
    if (this.#isClosed || this.#isBorrowed || this.#fd === NO_FD) return;
    if (this.#switch === null) {
      this.#position = this.#sizeOf(this.#fd);
      if (this.#position === 0) return;
      this.#switch = this.#planSwitch();
    }
    this.#continueSwitch();
  }

  clear(): void {
    if (this.#isClosed || this.#isBorrowed) return;
    try {
      this.#fs.remove(this.path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
    this.#backlog.clear();
    this.#pressure?.room();
    this.#switch = null;
    let fd: number;
    try {
      fd = this.#fs.openAppend(this.path);
    } catch (error) {
      // Bytes must not go to a file that has no name any more.
      this.#closeFd();
      this.#switch = FileSwitch.reopening(this.#asSwitched());
      this.#trouble("failing", error);
      throw error;
    }
    this.#adopt(fd);
    this.#recover();
    announce(this.#key, "switched");
  }

  close(): void {
    if (this.#isClosed) return;
    if (!this.#isWritable) this.#flush();
    this.#isClosed = true;
    this.#bytesDropped += this.#backlog.size;
    this.#backlog.clear();
    this.#isWritable = false;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#closeFd();
    this.#pressure?.room();
  }

  #limit(): number {
    return this.#maxBytes > 0 ? this.#maxBytes : Infinity;
  }

  /** The descriptor takes over; the old one, if any, is closed. */
  #adopt(fd: number, size = this.#sizeOf(fd)): void {
    this.#closeFd();
    this.#fd = fd;
    this.#position = size;
    this.#attention = this.#limit();
  }

  #sizeOf(fd: number): number {
    try {
      return this.#fs.size(fd);
    } catch {
      // A file system that cannot even answer this: rotation counts from here.
      return 0;
    }
  }

  #closeFd(): void {
    const fd = this.#fd;
    this.#fd = NO_FD;
    if (fd === NO_FD || this.#isBorrowed) return;
    try {
      this.#fs.close(fd);
    } catch {
      // The descriptor is gone whatever close(2) says, and no data of ours is at stake.
    }
  }

  /** After a short write: the rest, or the reason why there is no more room, comes next. */
  #writeRest(rest: Uint8Array): void {
    let left = rest;
    while (left.length > 0) {
      let count: number;
      try {
        count = this.#write(left);
      } catch (error) {
        return this.#keep(left, error);
      }
      this.#bytesWritten += count;
      this.#position += count;
      left = left.subarray(count);
    }
  }

  /** Throws where nothing was written, so that no caller goes round for ever. */
  #write(bytes: Uint8Array): number {
    let count: number;
    try {
      count = this.#fs.write(this.#fd, bytes);
    } catch (error) {
      count = this.#hiddenPart(bytes);
      if (count === 0) throw error;
    }
    if (count === 0) throw new Error("nothing was written");
    return count;
  }

  /** How much was written before an error that does not tell; the rest fails again, with nothing. */
  #hiddenPart(bytes: Uint8Array): number {
    // Where we stand in somebody else's file we do not know.
    if (!this.#fs.hidesPartialWrites || this.#isBorrowed) return 0;
    const grown = this.#sizeOf(this.#fd) - this.#position;
    return Math.min(Math.max(grown, 0), bytes.length);
  }

  /** The file is full, or a switch that failed is to be continued. */
  #attend(): void {
    if (this.#switch === null) {
      // Somebody else may have emptied the file meanwhile.
      this.#position = this.#sizeOf(this.#fd);
      if (!isFull(this.#position, this.#maxBytes)) return;
      this.#switch = this.#planSwitch();
    }
    this.#continueSwitch();
  }

  #planSwitch(): FileSwitch {
    return FileSwitch.rollingOver(this.#asSwitched(), this.#backups, this.#plan);
  }

  #asSwitched(): SwitchedFile {
    return { path: this.path, key: this.#key, fileSystem: this.#fs };
  }

  /** Carries out what is left of a switch; the old file stays open until the new one is. */
  #continueSwitch(): void {
    const change = this.#switch;
    if (change === null) return;
    try {
      this.#adopt(change.carryOut());
    } catch (error) {
      this.#attention = this.#position +
        (change.isRollover ? Math.min(this.#limit(), ROLLOVER_RETRY_BYTES) : 1);
      return this.#trouble(this.#fd === NO_FD ? "failing" : "stuck", error);
    }
    this.#switch = null;
    if (this.#backlog.size === 0) this.#recover();
    announce(this.#key, "switched");
    if (change.keepsOld) this.#onRolledOver?.();
  }

  #keep(bytes: Uint8Array, error: unknown): void {
    this.#push(bytes);
    this.#trouble("failing", error);
  }

  #push(bytes: Uint8Array): void {
    this.#bytesDropped += this.#backlog.push(bytes);
    if (this.#backlog.size >= FULL_BYTES) this.#pressure?.full();
  }

  #writeLater(bytes: Uint8Array): void {
    if (this.#isClosed) {
      this.#bytesDropped += bytes.length;
      return;
    }
    this.#push(bytes);
    this.#flush();
  }

  /** Writes what waits, as far as it goes. */
  #flush(): void {
    if (this.#fd === NO_FD) this.#continueSwitch();
    if (this.#fd === NO_FD) return;
    for (let head = this.#backlog.head(); head !== undefined; head = this.#backlog.head()) {
      let count: number;
      try {
        count = this.#write(head);
      } catch (error) {
        return this.#trouble("failing", error);
      }
      this.#backlog.consume(count);
      this.#bytesWritten += count;
      this.#position += count;
    }
    if (this.#switch === null) this.#recover();
    else this.#isWritable = true;
    this.#pressure?.room();
    if (this.#position >= this.#attention) this.#attend();
    announce(this.#key, "changed");
  }

  #trouble(trouble: "failing" | "stuck", error: unknown): void {
    if (trouble === "failing") {
      this.#isWritable = false;
      this.#armRetry();
    }
    if (this.#reported) return;
    this.#reported = true;
    this.#onError(blockedLog(trouble, this.path, error, this.#backlogLimit));
  }

  #recover(): void {
    this.#isWritable = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (!this.#reported) return;
    this.#reported = false;
    const bytesLost = this.#bytesDropped - this.#droppedWhenWell;
    this.#droppedWhenWell = this.#bytesDropped;
    this.#onError(recoveredLog(this.path, bytesLost));
  }

  #armRetry(): void {
    if (this.#clock === undefined || this.#cancelRetry !== null || this.#isClosed) return;
    this.#cancelRetry = this.#clock.after(RETRY_MS, () => {
      this.#cancelRetry = null;
      this.#flush();
      if (!this.#isWritable) this.#armRetry();
    });
  }
}
