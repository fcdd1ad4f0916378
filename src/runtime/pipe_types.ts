/** Pipes and sockets of datagrams, each with one owner. */
import type { SystemError } from "./system_error.ts";

/** A real pipe, close-on-exec on both ends, blocking as created. */
export interface PipePair {
  /** The descriptor to read from. */
  readonly read: number;
  /** The descriptor to write to. */
  readonly write: number;
}

/** Where a reader delivers. */
export interface PipeReaderSink {
  /** Bytes as they came. The view is only valid during the call: copy what is to be kept. */
  data(chunk: Uint8Array): void;
  /** End of file (or a read error, which ends the stream alike). The descriptor is closed already. */
  end(): void;
}

/** How a reader reads. */
export interface ReaderOptions {
  /**
   * Somebody waits for an answer to what is read here, so each write is delivered at once. Without
   * it (the default) a steady stream of small writes is gathered for a millisecond.
   */
  readonly prompt?: boolean;
  /** Whether something is to come soon that has been asked for. Default: it may be at any time. */
  readonly isAnswerDue?: () => boolean;
}

/** One owner per descriptor: nobody else may read from it. */
export interface PipeReader {
  /** The descriptor; it is the reader's own. */
  readonly fd: number;
  /**
   * Reads now until the pipe is empty, ends, or about `limit` bytes were taken (default: no
   * limit but one pipe buffer's worth of turns), delivering to the sink synchronously.
   */
  drain(limit?: number): void;
  /** Stop delivering (back-pressure: the child blocks when its pipe is full); resume() goes on. */
  pause(): void;
  /** Goes on after pause(). */
  resume(): void;
  /** Stops reading and closes the descriptor; end() is not called. Idempotent. */
  close(): void;
  /** Stops reading and gives the descriptor back open, for a handover. */
  release(): number;
}

/** A queue of bytes in front of a non-blocking descriptor. */
export interface PipeWriter {
  /** The descriptor; it is the writer's own. */
  readonly fd: number;
  /** Bytes accepted but not yet taken by the other end. */
  readonly pending: number;
  /**
   * Queues bytes and writes what fits now.
   * @throws SystemError EPIPE when the other end is closed
   */
  write(bytes: Uint8Array): void;
  /** Called when a queued write finds the other end closed; the writer is closed then. */
  onError(callback: (error: SystemError) => void): void;
  /** Called each time the queue becomes empty after having held something. */
  onDrain(callback: () => void): void;
  /** Closes the descriptor; what is pending is lost. */
  close(): void;
  /** Gives the descriptor back open, with what is pending, for a handover. */
  release(): { fd: number; unwritten: Uint8Array };
  /** A copy of what is pending; everything goes on as it is. */
  unsent(): Uint8Array;
}

/** A unix socket that receives datagrams. */
export interface DatagramSocket {
  /** The descriptor; it is the socket's own. */
  readonly fd: number;
  /** Takes now what has arrived but was not delivered yet. */
  drain(): void;
  /** Closes it; its file stays. Idempotent. */
  close(): void;
}
