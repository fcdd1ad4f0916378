/** Lines typed at a terminal, with editing, history and completion from node:readline. */
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { PassThrough, Writable } from "node:stream";
import type { History } from "./history.ts";
import type { Completer, LineInput, ReadLineOptions } from "./input.ts";
import { Interrupted, type Interrupts } from "./interrupts.ts";
import type { Output } from "./output.ts";

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";
const BACKSPACE = "\b";
const DELETE = "\x7f";

/** Signals that would end us with the terminal in raw mode. */
const FATAL_SIGNALS = ["SIGTERM", "SIGHUP"] as const;

export interface TerminalInputOptions {
  readonly output: Output;
  readonly history: History;
  readonly interrupts: Interrupts;
  /** Called once at the end, e.g. to save the history. */
  readonly onClose?: () => void;
}

/**
 * The line editor runs only while a line is waited for. Between lines the terminal is as the
 * user left it, so that Ctrl-C is a signal again, output of commands is shown as it comes and
 * what is typed ahead waits in the kernel.
 */
export class TerminalInput implements LineInput {
  readonly #output: Output;
  readonly #history: History;
  readonly #interrupts: Interrupts;
  /** Came from the terminal behind the line that was asked for (pasted text). */
  #held = "";
  readonly #decoder = new TextDecoder();
  #hungUp = false;
  readonly #onClose: () => void;

  constructor(options: TerminalInputOptions) {
    this.#onClose = options.onClose ?? (() => {});
    this.#output = options.output;
    this.#history = options.history;
    this.#interrupts = options.interrupts;
  }

  async readLine(prompt: string, options: ReadLineOptions = {}): Promise<string | null> {
    const { signal, complete } = options;
    if (signal?.aborted) throw new Interrupted();
    if (options.plain) {
      return await this.#readPlain(prompt, {
        echo: true,
        ...(signal === undefined ? {} : { signal }),
      });
    }
    const keys = new PassThrough();
    const screen = this.#openScreen();
    // The editor asks its input for raw mode; the terminal behind it is what is meant.
    Object.assign(keys, { isTTY: true, setRawMode });
    const editor = createInterface({
      input: keys,
      output: screen,
      prompt,
      terminal: true,
      history: this.#history.newestFirst(),
      historySize: Number.MAX_SAFE_INTEGER,
      ...(complete === undefined ? {} : { completer: adaptCompleter(complete) }),
    });
    try {
      const line = await this.#withKeys(
        (text) => writeByKey(keys, text),
        () => this.#edit(editor, signal),
      );
      if (line !== null) this.#history.add(line);
      return line;
    } finally {
      editor.close();
    }
  }

  async readSecret(prompt: string): Promise<string | null> {
    return await this.#readPlain(prompt, { echo: false });
  }

  /** What the terminal's own line discipline does, by hand: see readLine() for why. */
  async #readPlain(
    prompt: string,
    options: { echo: boolean; signal?: AbortSignal },
  ): Promise<string | null> {
    const { signal } = options;
    const show = (text: string) => {
      if (options.echo) this.#output.write(text);
    };
    let typed: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<string | null>();
    const take = (text: string) => {
      for (const key of text) {
        if (key === CTRL_C) {
          this.#interrupts.fire();
          return reject(new Interrupted());
        }
        if (key === CTRL_D && typed.length === 0) return resolve(null);
        if (key === "\r" || key === "\n") {
          this.#output.line("");
          return resolve(typed.join(""));
        }
        if (key === CTRL_U) {
          show("\b \b".repeat(typed.length));
          typed = [];
        } else if (key === BACKSPACE || key === DELETE) {
          if (typed.pop() !== undefined) show("\b \b");
        } else if (key >= " " || key === "\t") {
          typed.push(key);
          show(key);
        }
      }
    };
    const abort = () => reject(new Interrupted());
    signal?.addEventListener("abort", abort);
    // The prompt comes after: whoever waits for it may answer at once, and that must not be echoed.
    setRawMode(true);
    this.#output.write(prompt);
    try {
      return await this.#withKeys(take, () => promise);
    } finally {
      setRawMode(false);
      signal?.removeEventListener("abort", abort);
    }
  }

  close(): void {
    setRawMode(false);
    process.stdin.pause();
    this.#onClose();
  }

  #edit(editor: Interface, signal: AbortSignal | undefined): Promise<string | null> {
    const { promise, resolve, reject } = Promise.withResolvers<string | null>();
    const abort = () => reject(new Interrupted());
    signal?.addEventListener("abort", abort);
    editor.on("line", resolve);
    editor.on("close", () => resolve(null));
    editor.on("SIGINT", () => {
      this.#interrupts.fire();
      reject(new Interrupted());
    });
    editor.prompt();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /**
   * Feeds what is typed to `take`, one line at most, while `wait` waits. What is behind that
   * line is held for the next one: the editor would take it, echo it and lose it.
   */
  async #withKeys(
    take: (text: string) => void,
    wait: () => Promise<string | null>,
  ): Promise<string | null> {
    let isFed = false;
    const feed = (text: string) => {
      this.#held += text;
      if (isFed) return;
      const end = this.#held.search(/[\r\n]/);
      const piece = end === -1 ? this.#held : this.#held.slice(0, end + 1);
      isFed = end !== -1;
      this.#held = this.#held.slice(piece.length);
      take(piece);
    };
    const { promise: hangUp, resolve: hungUp } = Promise.withResolvers<null>();
    const onData = (bytes: Uint8Array) => feed(this.#decoder.decode(bytes, { stream: true }));
    const onEnd = () => {
      this.#hungUp = true;
      hungUp(null);
    };
    if (this.#hungUp) return null;
    process.stdin.on("data", onData);
    process.stdin.on("end", onEnd);
    process.stdin.on("error", onEnd);
    for (const name of FATAL_SIGNALS) process.on(name, dieBy);
    try {
      const line = wait();
      if (this.#held !== "") feed("");
      process.stdin.resume();
      return await Promise.race([line, hangUp]);
    } finally {
      process.stdin.off("data", onData);
      process.stdin.off("end", onEnd);
      process.stdin.off("error", onEnd);
      for (const name of FATAL_SIGNALS) process.off(name, dieBy);
      process.stdin.pause();
    }
  }

  /** The editor's view of the terminal, written to like everything else we print. */
  #openScreen(): Writable {
    const output = this.#output;
    const screen = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        output.write(chunk);
        done();
      },
    });
    return Object.defineProperties(screen, {
      isTTY: { value: true },
      columns: { get: () => process.stdout.columns ?? 80 },
      rows: { get: () => process.stdout.rows ?? 24 },
    });
  }
}

function setRawMode(isRaw: boolean): void {
  if (process.stdin.isTTY && process.stdin.isRaw !== isRaw) process.stdin.setRawMode(isRaw);
}

/**
 * Tab completes only where it ends a piece of input: node:readline takes one in the middle for
 * pasted text, but two Tabs hit quickly come in one piece as well.
 */
function writeByKey(keys: PassThrough, text: string): void {
  for (const piece of text.split(/(?<=\t)/)) keys.write(piece);
}

/** Puts the terminal right, then lets the signal do what it does. */
function dieBy(signal: NodeJS.Signals): void {
  setRawMode(false);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function adaptCompleter(complete: Completer) {
  return (
    typed: string,
    answer: (error: Error | null, result: [string[], string]) => void,
  ): void => {
    complete(typed).then(
      ({ matches, word }) => answer(null, [matches, word]),
      // A server that does not answer has no suggestions.
      () => answer(null, [[], typed]),
    );
  };
}
