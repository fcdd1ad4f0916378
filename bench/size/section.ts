/** Where the program lies in an executable: a section of the ELF file that the runtime is. */
import { closeSync, openSync, readSync } from "node:fs";

/** Offsets of the 64-bit header and of a section's; both are little-endian on all our targets. */
const HEADER = { size: 64, sectionsAt: 40, entrySize: 58, entries: 60, namesIndex: 62 };
const ENTRY = { name: 0, offset: 24, size: 32 };

/**
 * @returns the bytes of the section
 * @throws Error if it is no such file, or has no such section
 */
export function readSection(file: string, wanted: string): Uint8Array {
  const descriptor = openSync(file, "r");
  const read = (offset: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, offset);
    return bytes;
  };
  try {
    const header = read(0, HEADER.size);
    if (header.toString("latin1", 0, 5) !== "\x7fELF\x02") {
      throw new Error(`${file} is no ELF file of 64 bits`);
    }
    const entrySize = header.readUInt16LE(HEADER.entrySize);
    const table = read(
      Number(header.readBigUInt64LE(HEADER.sectionsAt)),
      entrySize * header.readUInt16LE(HEADER.entries),
    );
    const contentOf = (index: number): Buffer => {
      const entry = table.subarray(index * entrySize);
      return read(
        Number(entry.readBigUInt64LE(ENTRY.offset)),
        Number(entry.readBigUInt64LE(ENTRY.size)),
      );
    };
    const names = contentOf(header.readUInt16LE(HEADER.namesIndex));
    for (let index = 0; index * entrySize < table.length; index++) {
      const at = table.readUInt32LE(index * entrySize + ENTRY.name);
      if (names.toString("latin1", at, names.indexOf(0, at)) === wanted) return contentOf(index);
    }
    throw new Error(`${file} has no section ${wanted}`);
  } finally {
    closeSync(descriptor);
  }
}
