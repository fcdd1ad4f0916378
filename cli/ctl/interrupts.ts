/** Ctrl-C, given to whoever asked last. */
import process from "node:process";

/** What a wait ends with when Ctrl-C was pressed. */
export class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("interrupted");
  }
}

/**
 * Scopes that want to know of Ctrl-C, the innermost first: `tail -f` inside the shell gets it,
 * and the shell goes on. While there is no scope the signal keeps its default, which ends the
 * program as the user expects.
 */
export class Interrupts {
  readonly #scopes: AbortController[] = [];
  readonly #onSignal = () => this.fire();

  /** Runs `work` in a scope of its own; the signal is aborted by Ctrl-C. */
  async during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const scope = new AbortController();
    if (this.#scopes.length === 0) process.on("SIGINT", this.#onSignal);
    this.#scopes.push(scope);
    try {
      return await work(scope.signal);
    } finally {
      this.#scopes.splice(this.#scopes.indexOf(scope), 1);
      if (this.#scopes.length === 0) process.off("SIGINT", this.#onSignal);
    }
  }

  /**
   * Ctrl-C was pressed. A terminal in raw mode sends a key and no signal, so the line editor
   * calls this as well.
   */
  fire(): void {
    const scope = this.#scopes.at(-1);
    if (scope === undefined) process.kill(process.pid, "SIGINT");
    else scope.abort();
  }
}

/** Resolves as `work` does, or rejects with Interrupted as soon as the signal is aborted. */
export async function interruptible<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) throw new Interrupted();
  const interrupted = Promise.withResolvers<never>();
  const abort = () => interrupted.reject(new Interrupted());
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, interrupted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
