/** What the daemon asks of a place that bytes go to. */

/** Told by a sink that has to wait for its target; either may be told more than once. */
export interface Pressure {
  /** So much waits that the next bytes might be dropped. */
  full(): void;
  /** There is room again. */
  room(): void;
}

/** Somewhere bytes are appended: a rotated file, an unseekable target, syslog. */
export interface LogSink {
  /** Never blocks, never throws; a sink that cannot keep up counts what it drops. */
  write(bytes: Uint8Array): void;
  /** Closes and opens the file anew by its path (after an external rotation). */
  reopen(): void;
  /** Removes the content; backups stay. @throws Error with `code` */
  clear(): void;
  /** The child has ended: what was kept for the end of its last line is written. */
  end?(): void;
  /** Begins a new file now, whatever its size; absent where there are no files to keep. */
  rollOver?(): void;
  close(): void;
  /** Path on disk, or null when nobody can read back what was written. */
  readonly path: string | null;
  readonly bytesWritten: number;
  readonly bytesDropped: number;
  /**
   * What was given to this sink alone and is not on its way yet, for the one that takes its place
   * in the next program: a copy. What waits at a shared target is not among it.
   */
  unwritten(): Uint8Array;
}
