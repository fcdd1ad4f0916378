/**
 * For programs that are over in a moment: what a runtime's start leaves resident of its own
 * executable (some 20 MiB, mapped by the kernel around every page that was touched) is dropped, so
 * that it does not count on top of what the program itself needs. Pages come back from the page
 * cache when they are touched again.
 *
 * Unlike release_memory.ts this reads nothing of /proc: the program headers are in memory, and a
 * segment that may be executed but not written holds nothing but what the file holds.
 */

/** The part of `Bun.FFI` in use. */
interface TinyFfi {
  dlopen<Name extends string>(
    library: string,
    functions: Record<Name, { args: readonly string[]; returns: string }>,
  ): { symbols: Record<Name, (...args: number[]) => number> };
  toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
}

/** From <elf.h> (getauxval, 64 bit program headers) and <asm-generic/mman-common.h>. */
const AT_PHDR = 3;
const AT_PHNUM = 5;
const HEADER_SIZE = 56;
const HEADER = { type: 0, flags: 4, address: 16, size: 40 } as const;
const PT_LOAD = 1;
const PT_PHDR = 6;
const EXECUTE_AND_READ = 5;
const MADV_DONTNEED = 4;
/** A multiple of the page size on every machine; what is cut off at the ends does not matter. */
const ALIGNMENT = 65536;
/** glibc's name, musl's names. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

export interface Segment {
  readonly start: number;
  readonly length: number;
}

/**
 * Whole pages of the segments that hold program text.
 *
 * @param headers the table of program headers
 * @param address where in memory it is: this tells by how much the program was moved
 */
export function textSegments(headers: DataView, address: number): Segment[] {
  const all = Array.from({ length: Math.floor(headers.byteLength / HEADER_SIZE) }, (_, i) => {
    const at = i * HEADER_SIZE;
    return {
      type: headers.getUint32(at + HEADER.type, true),
      flags: headers.getUint32(at + HEADER.flags, true),
      address: Number(headers.getBigUint64(at + HEADER.address, true)),
      size: Number(headers.getBigUint64(at + HEADER.size, true)),
    };
  });
  const own = all.find(({ type }) => type === PT_PHDR);
  if (own === undefined) return [];
  const moved = address - own.address;
  return all.filter(({ type, flags }) => type === PT_LOAD && flags === EXECUTE_AND_READ)
    .map(({ address, size }) => {
      const start = Math.ceil((address + moved) / ALIGNMENT) * ALIGNMENT;
      const end = Math.floor((address + moved + size) / ALIGNMENT) * ALIGNMENT;
      return { start, length: end - start };
    })
    .filter(({ length }) => length > 0);
}

/** Made at the first call: the text of this program, and the way to drop it. */
let drop: (() => void) | null = null;

/** Nothing happens where it cannot be done: it is a favour to the rest of the machine. */
export function shedText(): void {
  drop ??= prepare();
  drop();
}

function prepare(): () => void {
  const ffi = (globalThis as { Bun?: { FFI?: TinyFfi } }).Bun?.FFI;
  if (ffi === undefined) return () => {};
  for (const library of LIBRARIES) {
    try {
      return prepareWith(ffi, library);
    } catch {
      // another C library; on another system there is none of these
    }
  }
  return () => {};
}

function prepareWith(ffi: TinyFfi, library: string): () => void {
  const { getauxval, madvise } = ffi.dlopen(library, {
    getauxval: { args: ["u64"], returns: "u64_fast" },
    madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
  }).symbols;
  const address = getauxval(AT_PHDR);
  const headers = ffi.toArrayBuffer(address, 0, getauxval(AT_PHNUM) * HEADER_SIZE);
  const segments = textSegments(new DataView(headers), address);
  return () => {
    for (const { start, length } of segments) madvise(start, length, MADV_DONTNEED);
  };
}
