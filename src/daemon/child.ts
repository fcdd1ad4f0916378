/**
 * One live process: its pipes, its standard input, and what happens to its output around its
 * end. It decides nothing: bytes go to the logs (and the listener protocol), the exit report
 * goes to whoever owns the child.
 */
import type { PipeReader, PipeWriter } from "../runtime/pipe_types.ts";
import type { Runtime } from "../runtime/types.ts";
import type { Channel } from "./types.ts";

/**
 * How long the pipes of an exited process are still read, for descendants that hold them open.
 * The reference closes them at once, and such a descendant dies of SIGPIPE or loses its words.
 */
const LINGER_MS = 5000;

/** At most this much is taken from a pipe before the exit is reported: a descendant may never stop. */
const DRAIN_BYTES = 4 * 1024 * 1024;

export interface ChildOptions {
  readonly runtime: Runtime;
  readonly pid: number;
  /** Write end of the child's standard input; -1: none (a FastCGI child, or nobody may write). */
  readonly stdin: number;
  /** Read ends; -1: the channel is not watched. */
  readonly stdout: number;
  readonly stderr: number;
  /** What it prints to stdout is one side of a conversation: a listener's. */
  readonly isListener: boolean;
  /** Of a listener: it has been told something, or has to say that it is ready. */
  readonly isAnswerDue: () => boolean;
  /**
   * The child holds both ends of its pipes. A descendant that writes then neither gets an error nor
   * goes on once nobody reads, so they are read to their end.
   */
  readonly hasLastingPipes: boolean;
  /** It has closed a pipe before its exit was reported. */
  readonly onHangUp: () => void;
  readonly onOutput: (channel: Channel, chunk: Uint8Array) => void;
  /** All pipes are at their end, or given up: nothing more will come. */
  readonly onSilent: () => void;
}

/** A child as the next program finds it: plain data, and descriptors that stay open. */
export interface ChildSnapshot {
  readonly pid: number;
  /** -1: none. */
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /** Queued for its standard input. */
  readonly unsent: Uint8Array;
  /** For one that has exited: monotonic milliseconds until which its pipes are read. */
  readonly lingersUntil: number | null;
}

export class Child {
  readonly pid: number;
  readonly #o: ChildOptions;
  readonly #readers = new Map<Channel, PipeReader>();
  /** Of those readers. */
  readonly #outputFds: Record<Channel, number> = { stdout: -1, stderr: -1 };
  #stdinFd: number;
  #stdin: PipeWriter | null = null;
  #hasExited = false;
  #mayHold = true;
  #isSilent = false;
  #cancelLinger: (() => void) | null = null;
  #lingersUntil: number | null = null;

  constructor(options: ChildOptions) {
    this.pid = options.pid;
    this.#o = options;
    this.#stdinFd = options.stdin;
    this.#read("stdout", options.stdout);
    this.#read("stderr", options.stderr);
  }

  #read(channel: Channel, fd: number): void {
    if (fd < 0) return;
    const { runtime, onOutput, isAnswerDue } = this.#o;
    const reader = runtime.openReader(fd, {
      data: (chunk) => onOutput(channel, chunk),
      end: () => {
        this.#readers.delete(channel);
        this.#outputFds[channel] = -1;
        if (!this.#hasExited) this.#o.onHangUp();
        this.#noteSilence();
      },
    }, this.#o.isListener && channel === "stdout" ? { prompt: true, isAnswerDue } : {});
    this.#readers.set(channel, reader);
    this.#outputFds[channel] = fd;
  }

  /** Nothing is changed: if nothing comes of the handover, this one goes on. */
  snapshot(): ChildSnapshot {
    return {
      pid: this.pid,
      stdin: this.#stdin?.fd ?? this.#stdinFd,
      ...this.#outputFds,
      unsent: this.#stdin?.unsent() ?? new Uint8Array(0),
      lingersUntil: this.#lingersUntil,
    };
  }

  /** Does not read a channel for now, so that the process waits when its pipe is full; or reads on. */
  hold(channel: Channel, isHeld: boolean): void {
    const reader = this.#readers.get(channel);
    if (!isHeld) reader?.resume();
    else if (this.#mayHold) reader?.pause();
  }

  /** For one that had exited before the program was replaced. */
  linger(until: number): void {
    this.#mayHold = false;
    for (const reader of this.#readers.values()) reader.resume();
    this.#hasExited = true;
    this.#closeStdin();
    if (this.#readers.size > 0) this.#lingerUntil(until);
    this.#noteSilence();
  }

  #lingerUntil(until: number): void {
    const { clock } = this.#o.runtime;
    this.#lingersUntil = until;
    const wait = Math.max(0, until - clock.monotonic());
    this.#cancelLinger = clock.after(wait, () => this.close());
  }

  /**
   * Queues bytes for the child's standard input.
   *
   * @returns false when it has none, or its other end is closed
   */
  write(bytes: Uint8Array): boolean {
    const writer = this.#openStdin();
    if (writer === null) return false;
    try {
      writer.write(bytes);
      return this.#stdin !== null;
    } catch {
      this.#closeStdin();
      return false;
    }
  }

  /** Bytes queued that it has not taken yet. */
  get stdinPending(): number {
    return this.#stdin?.pending ?? 0;
  }

  /** Opened at the first write: most programs are never written to. */
  #openStdin(): PipeWriter | null {
    if (this.#stdin !== null || this.#stdinFd < 0) return this.#stdin;
    const writer = this.#o.runtime.openWriter(this.#stdinFd);
    this.#stdinFd = -1;
    writer.onError(() => this.#closeStdin());
    this.#stdin = writer;
    return writer;
  }

  #closeStdin(): void {
    this.#stdin?.close();
    this.#stdin = null;
    if (this.#stdinFd >= 0) this.#o.runtime.closeFd(this.#stdinFd);
    this.#stdinFd = -1;
  }

  /**
   * The process has been reaped: takes what it left in its pipes, closes its standard input,
   * and reads on for a while in case a descendant still writes.
   */
  exited(): void {
    // Nobody is left to wait, except descendants, and those have only so long.
    this.#mayHold = false;
    for (const reader of [...this.#readers.values()]) {
      reader.drain(DRAIN_BYTES);
      reader.resume();
    }
    this.#closeStdin();
    this.#hasExited = true;
    if (this.#readers.size > 0) {
      const ms = this.#o.hasLastingPipes ? Infinity : LINGER_MS;
      this.#lingerUntil(this.#o.runtime.clock.monotonic() + ms);
    }
    this.#noteSilence();
  }

  /** Closes everything; the process itself is not touched. */
  close(): void {
    this.#hasExited = true;
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
    this.#closeStdin();
    this.#noteSilence();
  }

  #noteSilence(): void {
    if (!this.#hasExited || this.#readers.size > 0 || this.#isSilent) return;
    this.#isSilent = true;
    this.#cancelLinger?.();
    this.#cancelLinger = null;
    this.#o.onSilent();
  }
}
