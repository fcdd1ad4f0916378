/** Lines of standard input: from a pipe or file here, from a terminal in terminal.ts. */
import process from "node:process";
import { Interrupted } from "./interrupts.ts";
import { Output } from "./output.ts";

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
 * It is read only while a line is waited for; what came with that line is kept for the next.
 */
export class PipeInput implements LineInput {
  readonly #output: Output;
  readonly #splitter = new LineSplitter();
  readonly #lines: string[] = [];
  #ended = false;
  #isListening = false;
  #wake: (() => void) | null = null;

  constructor(output: Output) {
    this.#output = output;
  }

  async readLine(prompt: string, options: ReadLineOptions = {}): Promise<string | null> {
    this.#output.write(prompt);
    return await this.#next(options.signal);
  }

  readSecret(prompt: string): Promise<string | null> {
    this.#output.write(prompt);
    return this.#next(undefined);
  }

  close(): void {
    if (this.#isListening) process.stdin.pause();
  }

  async #next(signal: AbortSignal | undefined): Promise<string | null> {
    if (signal?.aborted) throw new Interrupted();
    this.#listen();
    const abort = () => this.#wake?.();
    signal?.addEventListener("abort", abort);
    try {
      while (this.#lines.length === 0 && !this.#ended && !signal?.aborted) {
        process.stdin.resume();
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#wake = null;
      process.stdin.pause();
    }
    if (signal?.aborted) throw new Interrupted();
    return this.#lines.shift() ?? null;
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    process.stdin.on("data", (bytes: Uint8Array) => {
      this.#lines.push(...this.#splitter.push(bytes));
      this.#wake?.();
    });
    const end = () => {
      if (this.#ended) return;
      this.#ended = true;
      this.#lines.push(...this.#splitter.end());
      this.#wake?.();
    };
    process.stdin.on("end", end);
    process.stdin.on("close", end);
    // A closed or unreadable standard input is an empty one.
    process.stdin.on("error", end);
  }
}
