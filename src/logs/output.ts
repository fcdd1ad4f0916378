/** One output channel of one child, from its pipe to everywhere its bytes are wanted. */
import { CaptureScanner, LastBytes, type ScannerSnapshot } from "./capture.ts";
import { stripAnsi } from "./strip_ansi.ts";
import type { LogSink } from "./types.ts";

export interface OutputChannelOptions {
  /** Where plain output goes; the channel owns them from now on. */
  readonly sinks: readonly LogSink[];
  /** How many bytes of a captured message are kept, the last ones; 0: no capture mode. */
  readonly captureMaxBytes: number;
  readonly stripAnsi: boolean;
  /**
   * Everything the child prints, captured messages included (as in the reference, against
   * its documentation), without the tokens and after stripping: for PROCESS_LOG events and
   * the debug log. The view is only valid during the call.
   */
  readonly onData?: (bytes: Uint8Array) => void;
  /** A complete captured message; the bytes are the receiver's own. */
  readonly onCaptured?: (bytes: Uint8Array) => void;
}

export interface OutputSnapshot {
  /** null without capture mode. */
  readonly scanner: ScannerSnapshot | null;
  /** Captured so far. */
  readonly message: Uint8Array;
  /** What each sink has taken and not passed on. */
  readonly unwritten: readonly Uint8Array[];
}

export class OutputChannel {
  readonly #sinks: readonly LogSink[];
  /** The only place to go when nothing else is wanted: the common case costs one call. */
  readonly #only: LogSink | null;
  readonly #scanner: CaptureScanner | null;
  readonly #message: LastBytes;
  readonly #strips: boolean;
  readonly #onData: ((bytes: Uint8Array) => void) | undefined;

  constructor(options: OutputChannelOptions) {
    const { sinks, captureMaxBytes, onData, onCaptured } = options;
    this.#sinks = sinks;
    this.#strips = options.stripAnsi;
    this.#onData = onData;
    this.#message = new LastBytes(captureMaxBytes);
    this.#scanner = captureMaxBytes <= 0 ? null : new CaptureScanner({
      plain: (bytes) => this.#log(bytes),
      captured: (bytes) => this.#capture(bytes),
      complete: () => onCaptured?.(this.#message.take()),
    });
    const isDirect = this.#scanner === null && !options.stripAnsi && onData === undefined;
    this.#only = isDirect && sinks.length === 1 ? sinks[0] ?? null : null;
  }

  /** Bytes from the pipe, cut anywhere. The view is not kept. */
  write(chunk: Uint8Array): void {
    if (this.#only !== null) this.#only.write(chunk);
    else if (this.#scanner !== null) this.#scanner.push(chunk);
    else this.#log(chunk);
  }

  /** The child's output is at its end: lets go of what may have been the start of a token. */
  end(): void {
    if (this.#scanner !== null) {
      this.#scanner.end();
      this.#message.take();
    }
    for (const sink of this.#sinks) sink.end?.();
  }

  /** Begins new files where there are files. */
  rollOver(): void {
    for (const sink of this.#sinks) sink.rollOver?.();
  }

  /** What it is in the middle of, as plain data. Nothing is changed. */
  snapshot(): OutputSnapshot {
    return {
      scanner: this.#scanner?.snapshot() ?? null,
      message: this.#message.peek(),
      unwritten: this.#sinks.map((sink) => sink.unwritten()),
    };
  }

  /** How many bytes of `counts` are counted once more by who restores the snapshot. */
  get recounted(): number {
    return this.#sinks.reduce(
      (sum, sink) => sink.path === null ? sum + sink.unwritten().length : sum,
      0,
    );
  }

  /** Goes on from a snapshot, in a channel that has taken nothing yet. */
  restore({ scanner, message, unwritten }: OutputSnapshot): void {
    if (scanner !== null) this.#scanner?.restore(scanner);
    this.#message.push(message);
    for (const [index, bytes] of unwritten.entries()) {
      // Fewer sinks than before: another configuration; the bytes still go somewhere.
      if (bytes.length > 0) (this.#sinks[index] ?? this.#sinks[0])?.write(bytes);
    }
  }

  /** What its sinks took and what they lost; a capture goes to none of them. */
  get counts(): { readonly bytes: number; readonly dropped: number } {
    let [bytes, dropped] = [0, 0];
    for (const sink of this.#sinks) {
      bytes += sink.bytesWritten;
      dropped += sink.bytesDropped;
    }
    return { bytes, dropped };
  }

  reopen(): void {
    for (const sink of this.#sinks) sink.reopen();
  }

  /** Clears every sink, and then reports the first that could not be. @throws Error */
  clear(): void {
    let failure: { readonly error: unknown } | null = null;
    for (const sink of this.#sinks) {
      try {
        sink.clear();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== null) throw failure.error;
  }

  close(): void {
    for (const sink of this.#sinks) sink.close();
  }

  #log(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const bytes = this.#strips ? stripAnsi(chunk) : chunk;
    for (const sink of this.#sinks) sink.write(bytes);
    this.#onData?.(bytes);
  }

  #capture(chunk: Uint8Array): void {
    const bytes = this.#strips ? stripAnsi(chunk) : chunk;
    this.#message.push(bytes);
    this.#onData?.(bytes);
  }
}
