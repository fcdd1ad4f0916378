/** Who is told when what people see of a process has changed, beside its record. */
import type { ManagedProcess } from "./types.ts";

export class ViewListeners {
  readonly #listeners = new Set<(process: ManagedProcess) => void>();
  readonly #onDefect: (error: unknown) => void;

  /** @param onDefect a listener has thrown: the others are told all the same */
  constructor(onDefect: (error: unknown) => void) {
    this.#onDefect = onDefect;
  }

  /** @returns what ends it */
  add(listener: (process: ManagedProcess) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(process: ManagedProcess): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(process);
      } catch (error) {
        this.#onDefect(error);
      }
    }
  }
}
