/** Finds the end of a request's head in what has come so far, looking at no byte twice. */
import type { InputBuffer } from "./input_buffer.ts";

const LF = 0x0a;
const CR = 0x0d;

/** The empty line behind a head. */
export interface HeadEnd {
  /** Bytes of the head in front of it. */
  readonly length: number;
  /** Bytes of the line break and the empty line. */
  readonly separator: number;
}

export class HeadScanner {
  readonly #input: InputBuffer;
  /** How much of the input is known not to hold the end of the head. */
  #searched = 0;

  constructor(input: InputBuffer) {
    this.#input = input;
  }

  /** @returns null as long as the head is incomplete; what was found is to be taken at once */
  find(): HeadEnd | null {
    this.#skipEmptyLines();
    const input = this.#input;
    const from = this.#searched;
    const strict = input.indexOf("\r\n\r\n", from);
    const limit = strict === -1 ? input.length : strict + 3;
    // Whichever comes first: with another end for the same bytes a request could hide in them.
    const bare = input.indexOf("\n\n", from, limit);
    const mixed = input.indexOf("\n\r\n", from, bare === -1 ? limit : bare + 2);
    if (mixed !== -1) return this.#found(mixed, 3);
    if (bare !== -1) return this.#found(bare, 2);
    if (strict !== -1) return this.#found(strict, 4);
    this.#searched = Math.max(0, input.length - 3);
    return null;
  }

  #found(length: number, separator: number): HeadEnd {
    this.#searched = 0;
    return { length, separator };
  }

  /** Some clients send one behind a body (RFC 9112, 2.2). */
  #skipEmptyLines(): void {
    const input = this.#input;
    if (this.#searched > 0) return;
    for (;;) {
      if (input.byteAt(0) === LF) input.take(1);
      else if (input.byteAt(0) === CR && input.byteAt(1) === LF) input.take(2);
      else return;
    }
  }
}
