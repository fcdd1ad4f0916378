/** Lines of standard input: from a pipe or file here, from a terminal in terminal.ts. */
import process from "node:process";
import { Interrupted, interruptible } from "./interrupts.ts";
import type { Output } from "./output.ts";

export interface ReadLineOptions {
  /** Ends the wait: readLine() throws Interrupted and the next line is somebody else's. */
  readonly signal?: AbortSignal;
  /** Suggests words on Tab. Terminals only. */
  readonly complete?: Completer;
  /**
   * Echo and nothing else: no editor that redraws the line over what others print on it, and
   * no history. Terminals only.
   */
  readonly plain?: boolean;
}

/** Suggestions for the end of what is typed, and the part of it that they replace. */
export type Completer = (typed: string) => Promise<{ matches: string[]; word: string }>;

export interface LineInput {
  /**
   * Prints the prompt and waits for a line.
   *
   * @returns the line without its end; null at the end of input
   * @throws Interrupted
   */
  readLine(prompt: string, options?: ReadLineOptions): Promise<string | null>;
  /** The same for a password: not shown where it is typed, not remembered. */
  readSecret(prompt: string): Promise<string | null>;
  /** Gives standard input back as it was. */
  close(): void;
}

/** Cuts bytes into lines of UTF-8 text, however they are cut into pieces. */
export class LineSplitter {
  #rest = "";
  readonly #decoder = new TextDecoder();

  push(bytes: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  /** The last line, if it was not ended. */
  end(): string[] {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}

/**
 * Standard input that is no terminal. Prompts are printed all the same, lines are not echoed.
 * A piece is read only when a line is waited for and none is there; what came with that line
 * is kept for the next.
 */
export class PipeInput implements LineInput {
  readonly #output: Output;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #splitter = new LineSplitter();
  readonly #lines: string[] = [];
  #ended = false;
  /** The piece now waited for. It outlives a wait that was interrupted. */
  #reading: Promise<void> | null = null;

  /** @param source standard input, unless a test brings its own */
  constructor(output: Output, source: AsyncIterable<Uint8Array> = process.stdin) {
    this.#output = output;
    this.#source = source[Symbol.asyncIterator]();
  }

  async readLine(prompt: string, options: ReadLineOptions = {}): Promise<string | null> {
    this.#output.write(prompt);
    const { signal } = options;
    while (this.#lines.length === 0 && !this.#ended) {
      this.#reading ??= this.#read();
      await (signal === undefined ? this.#reading : interruptible(signal, this.#reading));
    }
    if (signal?.aborted) throw new Interrupted();
    return this.#lines.shift() ?? null;
  }

  readSecret(prompt: string): Promise<string | null> {
    return this.readLine(prompt);
  }

  close(): void {}

  async #read(): Promise<void> {
    try {
      const { value, done } = await this.#source.next();
      this.#lines.push(...(done ? this.#splitter.end() : this.#splitter.push(value)));
      this.#ended = done === true;
    } catch {
      // A closed or unreadable standard input is an empty one.
      this.#ended = true;
    }
    this.#reading = null;
  }
}
