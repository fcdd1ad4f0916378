/** The body of a request, read when somebody asks for it. */

/** The client left before all of it had come. */
export class BodyAbortedError extends Error {
  override readonly name = "BodyAbortedError";
}

const NONE = new Uint8Array(0);

/** A first guess at how much will really come of what was announced. */
const FIRST_BYTES = 64 * 1024;

export class IncomingBody {
  /** Bytes announced. */
  readonly length: number;
  /** Someone waits for it. */
  isWanted = false;
  readonly #onWanted: () => void;
  #bytes: Uint8Array = NONE;
  #received = 0;
  #failure: Error | null = null;
  #settle: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void } | null = null;

  /** @param onWanted called once, when it is asked for before all of it is there */
  constructor(length: number, onWanted: () => void) {
    this.length = length;
    this.#onWanted = onWanted;
  }

  get isComplete(): boolean {
    return this.#received === this.length;
  }

  get received(): number {
    return this.#received;
  }

  get missing(): number {
    return this.length - this.#received;
  }

  /** Takes no more than is missing. @param chunk stays as it is when it is the whole body */
  push(chunk: Uint8Array): void {
    if (this.#received === 0 && chunk.length === this.length) {
      this.#bytes = chunk;
    } else {
      this.#makeRoom(this.#received + chunk.length);
      this.#bytes.set(chunk, this.#received);
    }
    this.#received += chunk.length;
    if (!this.isComplete) return;
    this.#settle?.resolve(this.#bytes);
    this.#settle = null;
  }

  /** @throws BodyAbortedError as a rejection */
  read(): Promise<Uint8Array> {
    if (this.isComplete) return Promise.resolve(this.#bytes);
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.isWanted = true;
      this.#onWanted();
    });
  }

  /** No more will come. */
  abort(reason: string): void {
    if (this.isComplete || this.#failure !== null) return;
    this.#failure = new BodyAbortedError(reason);
    this.#bytes = NONE;
    this.#settle?.reject(this.#failure);
    this.#settle = null;
  }

  /** Doubles, so that neither a lie about the length nor tiny pieces cost more than what came. */
  #makeRoom(needed: number): void {
    if (this.#bytes.length >= needed) return;
    const size = Math.min(this.length, Math.max(needed, this.#bytes.length * 2, FIRST_BYTES));
    const larger = new Uint8Array(size);
    larger.set(this.#bytes.subarray(0, this.#received));
    this.#bytes = larger;
  }
}
