/**
 * Arguments and environments as execve(2) and posix_spawn(3) want them: arrays of pointers to C
 * strings, in memory that each start uses again. A hundred children that are started at once have
 * nearly all of their environment in common, which is written once.
 */
import { hasNul, type LoadedLibrary } from "./libc.ts";

export type Variables = Readonly<Record<string, string>>;

const FIRST_BYTES = 4096;
/** Larger memory is not kept for the next call. */
const MAX_KEPT_BYTES = 64 * 1024;

const encoder = new TextEncoder();

/** One array at a time. */
export class ExecStrings {
  readonly #libc: LoadedLibrary;
  #text = bytes(FIRST_BYTES);
  #pointers = new Pointers(FIRST_BYTES);
  #common: CommonVariables | null = null;

  constructor(libc: LoadedLibrary) {
    this.#libc = libc;
  }

  /**
   * @returns the array, NULL at its end, until the next call
   * @throws TypeError when one of the strings has a NUL
   */
  list(strings: readonly string[]): Uint8Array<ArrayBuffer> {
    return this.#write(strings, null);
  }

  /**
   * The same for `NAME=value`. Variables with a NUL cannot exist in a process; they are left out
   * rather than cut short.
   *
   * @param common what `variables` come on top of; not to be changed once it was given
   */
  environment(variables: Variables, common?: Variables): Uint8Array<ArrayBuffer> {
    if (common === undefined) return this.#write(entriesOf(variables), null);
    for (const name in variables) {
      // Each name once, in the place of the first.
      if (Object.hasOwn(common, name)) {
        return this.#write(entriesOf({ ...common, ...variables }), null);
      }
    }
    if (this.#common?.variables !== common) {
      this.#common = new CommonVariables(common, this.#libc);
    }
    return this.#write(entriesOf(variables), this.#common);
  }

  #write(strings: readonly string[], common: CommonVariables | null): Uint8Array<ArrayBuffer> {
    // Every UTF-16 unit takes at most three bytes.
    const text = strings.length === 0 ? "" : `${strings.join("\0")}\0`;
    const room = text.length * 3;
    if (room > this.#text.length || this.#text.length > MAX_KEPT_BYTES) {
      this.#text = bytes(Math.max(room, FIRST_BYTES));
    }
    const before = common?.pointers.count ?? 0;
    const count = before + strings.length;
    if (!this.#pointers.holds(count + 1) || this.#pointers.bytes.length > MAX_KEPT_BYTES) {
      this.#pointers = new Pointers(Math.max(16 * (count + 1), FIRST_BYTES));
    }
    const pointers = this.#pointers;
    if (common !== null) pointers.copy(common.pointers);
    const to = { text: this.#text, address: this.#libc.addressOf(this.#text) };
    writeStrings(strings, text, to, pointers, before);
    pointers.set(count, 0);
    return pointers.bytes;
  }
}

/** Variables of the daemon itself. */
class CommonVariables {
  readonly variables: Variables;
  readonly pointers: Pointers;
  /** What they lead to. */
  readonly text: Uint8Array<ArrayBuffer>;

  constructor(variables: Variables, libc: LoadedLibrary) {
    const strings = entriesOf(variables);
    const text = strings.length === 0 ? "" : `${strings.join("\0")}\0`;
    this.variables = variables;
    this.pointers = new Pointers(8 * strings.length);
    // No larger than need be: it stays for as long as the daemon runs.
    this.text = bytes(encoder.encode(text).length + 1);
    const to = { text: this.text, address: libc.addressOf(this.text) };
    writeStrings(strings, text, to, this.pointers, 0);
  }
}

/** Addresses as 64 bits each, the lower half first: both processors that this runs on do so. */
class Pointers {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #halves: Uint32Array<ArrayBuffer>;

  constructor(size: number) {
    this.bytes = bytes(size);
    this.#halves = new Uint32Array(this.bytes.buffer);
  }

  get count(): number {
    return this.#halves.length / 2;
  }

  holds(count: number): boolean {
    return count <= this.count;
  }

  set(index: number, address: number): void {
    this.#halves[index * 2] = address % 0x1_0000_0000;
    this.#halves[index * 2 + 1] = Math.floor(address / 0x1_0000_0000);
  }

  copy(from: Pointers): void {
    this.#halves.set(from.#halves);
  }
}

/**
 * @param text all strings, a NUL behind each
 * @param first index of the first pointer
 */
function writeStrings(
  strings: readonly string[],
  text: string,
  to: { readonly text: Uint8Array<ArrayBuffer>; readonly address: number },
  pointers: Pointers,
  first: number,
): void {
  // One encode for all strings: a call per string is what made spawning slow.
  const { written } = encoder.encodeInto(text, to.text);
  const isAscii = written === text.length;
  let at = 0;
  for (let i = 0; i < strings.length; i++) {
    pointers.set(first + i, to.address + at);
    at = isAscii ? at + (strings[i] as string).length + 1 : to.text.indexOf(0, at) + 1;
  }
  if (at !== written || (isAscii && strings.some(hasNul))) {
    throw new TypeError("A string with a NUL byte cannot be passed to C");
  }
}

function entriesOf(variables: Variables): string[] {
  const entries: string[] = [];
  for (const name in variables) {
    const entry = `${name}=${variables[name]}`;
    if (!hasNul(entry)) entries.push(entry);
  }
  return entries;
}

/** Memory that stays where it is: see libc.ts. */
function bytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}
