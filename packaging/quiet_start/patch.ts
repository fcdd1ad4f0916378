/**
 * Gives an executable the runtime settings of the daemon from its first instruction on.
 *
 *     bun packaging/quiet_start/patch.ts EXECUTABLE
 *
 * What keeps an idle runtime from waking up (cli/quiet_collector.ts) is read from the environment
 * before any code of ours runs, so the daemon would have to start itself over: the start of a
 * runtime, for nothing. A few instructions in front of the runtime's own entry put those variables
 * into the environment instead. They go where the linker has left zeros before the first executable
 * byte, in a page that is mapped anyway; nothing else in the file changes but the entry point.
 *
 * An executable without room there, or that is no ELF file (macOS), stays as it is, and its daemon
 * starts itself over.
 */
import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import process from "node:process";
import { quietStartVariables } from "../../cli/quiet_collector.ts";

/** x64.s and arm64.s assembled, in base64, by e_machine; tests/packaging/quiet_start.ts compares. */
export const CODE: ReadonlyMap<number, string> = new Map([
  [
    62,
    "SYngSYsITY1MyBBNicpIizWrAAAASIs9rAAAAEmLAkmDwghIhcB0DUg5MHXvSDl4CHR66+dJiwJJ" +
    "g8IQSIXAdfRIiwWYAAAATInRTCnBSI0MwUgpzEiD5PD8SInnTInGTInJTCnBSMHpA/NIpUmJ+EiN" +
    "NXEAAABIiTdIg8cIgD4ASI12AXX3SP/IdetMic5MidFMKclIwekD80ilSI01Xf///0gDNS4AAABM" +
    "iQZIjQVM////SAMFFQAAAP/gDx8AU1VQRVJWSVNPUkRfUVVJRQ==",
  ],
  [
    183,
    "6QMAkSoBQPkqDQqLSkEAkesDCqptBQAQrTlAqWyFQPgMAQC0jwFA+f8BDeuB//9UjwVA+f8BDuug" +
    "AwBU+P//F28FQfjv//+1TAQAEI0JQPluAQnLzg0Niy4BDsvO7XyS3wEAkTGFQPjRhQD4PwEK66P/" +
    "/1TpAw6qj2EAkc+FAPjxFUA48f//Na0FAPGB//9UUYVA+NGFAPhfAQvro///VA/7/xCQBUD56Wkw" +
    "+LD6/xARAQAQMQJA+RACEYsAAh/WU1VQRVJWSVNPUkRfUVVJRQ==",
  ],
]);

const PAGE = 4096;
const PT_LOAD = 1;
const PF_X = 1;
const SHT_DYNSYM = 11;

/** Offsets in ELF64 structures. */
const HEADER = {
  machine: 18,
  entry: 24,
  segments: 32,
  sections: 40,
  segmentSize: 54,
  segmentCount: 56,
  sectionSize: 58,
  sectionCount: 60,
  bytes: 64,
} as const;
const SEGMENT = { type: 0, flags: 4, offset: 8, vaddr: 16, filesz: 32, bytes: 56 } as const;
const SECTION = { type: 4, offset: 24, size: 32, link: 40, bytes: 64 } as const;
const SYMBOL = { name: 0, section: 6, value: 8, bytes: 24 } as const;

interface Segment {
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly filesz: number;
}

/** What is to be written where; or why not. */
type Patch = { readonly at: number; readonly bytes: Buffer; readonly entry: number } | string;

/**
 * @param read gives bytes of the executable
 * @param variables `NAME=value`
 */
export function planPatch(
  read: (at: number, length: number) => Buffer,
  variables: readonly string[],
): Patch {
  const header = read(0, HEADER.bytes);
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2) return "no 64 bit ELF file";
  const code = CODE.get(header.readUInt16LE(HEADER.machine));
  if (code === undefined) return "a processor without code for it";
  const entry = Number(header.readBigUInt64LE(HEADER.entry));

  const environ = findEnviron(header, read);
  if (environ === null) return "environ is not its own";

  const segments = readSegments(header, read);
  const text = segments.find(({ flags }) => (flags & PF_X) !== 0);
  if (text === undefined) return "no executable segment";
  const before = segments.filter(({ offset }) => offset < text.offset)
    .map(({ offset, filesz }) => offset + filesz);
  const pageStart = Math.floor(text.offset / PAGE) * PAGE;
  const at = Math.ceil(Math.max(pageStart, ...before) / 16) * 16;
  const address = text.vaddr - (text.offset - at);

  const bytes = Buffer.concat([
    Buffer.from(code, "base64"),
    int64(entry - address),
    int64(environ - address),
    int64(variables.length),
    ...variables.map((variable) => Buffer.from(`${variable}\0`)),
  ]);
  if (at + bytes.length > text.offset) return `no room: ${text.offset - at} bytes`;
  if (read(at, bytes.length).some((byte) => byte !== 0)) return "what looks like room is not empty";
  return { at, bytes, entry: address };
}

/** Where the C library's `environ` is, when the linker has placed it in the executable. */
function findEnviron(header: Buffer, read: (at: number, length: number) => Buffer): number | null {
  const start = Number(header.readBigUInt64LE(HEADER.sections));
  const size = header.readUInt16LE(HEADER.sectionSize);
  const sections = Array.from({ length: header.readUInt16LE(HEADER.sectionCount) }, (_, index) => {
    const section = read(start + index * size, SECTION.bytes);
    return {
      type: section.readUInt32LE(SECTION.type),
      link: section.readUInt32LE(SECTION.link),
      bytes: () =>
        read(
          Number(section.readBigUInt64LE(SECTION.offset)),
          Number(section.readBigUInt64LE(SECTION.size)),
        ),
    };
  });
  const table = sections.find(({ type }) => type === SHT_DYNSYM);
  const names = sections[table?.link ?? -1]?.bytes();
  if (table === undefined || names === undefined) return null;
  const symbols = table.bytes();
  for (let at = 0; at < symbols.length; at += SYMBOL.bytes) {
    const name = symbols.readUInt32LE(at + SYMBOL.name);
    const isDefined = symbols.readUInt16LE(at + SYMBOL.section) !== 0;
    if (isDefined && names.toString("latin1", name, name + 8) === "environ\0") {
      return Number(symbols.readBigUInt64LE(at + SYMBOL.value));
    }
  }
  return null;
}

function readSegments(header: Buffer, read: (at: number, length: number) => Buffer): Segment[] {
  const start = Number(header.readBigUInt64LE(HEADER.segments));
  const size = header.readUInt16LE(HEADER.segmentSize);
  return Array.from({ length: header.readUInt16LE(HEADER.segmentCount) }, (_, index) => {
    const segment = read(start + index * size, SEGMENT.bytes);
    return {
      type: segment.readUInt32LE(SEGMENT.type),
      flags: segment.readUInt32LE(SEGMENT.flags),
      offset: Number(segment.readBigUInt64LE(SEGMENT.offset)),
      vaddr: Number(segment.readBigUInt64LE(SEGMENT.vaddr)),
      filesz: Number(segment.readBigUInt64LE(SEGMENT.filesz)),
    };
  }).filter(({ type }) => type === PT_LOAD);
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

function main(path: string): void {
  const fd = openSync(path, "r+");
  const patch = planPatch((at, length) => {
    const bytes = Buffer.alloc(length);
    readSync(fd, bytes, 0, length, at);
    return bytes;
  }, quietStartVariables());
  if (typeof patch === "string") {
    process.stderr.write(`quiet start: left as it is (${patch})\n`);
  } else {
    writeSync(fd, patch.bytes, 0, patch.bytes.length, patch.at);
    writeSync(fd, int64(patch.entry), 0, 8, HEADER.entry);
  }
  closeSync(fd);
}

if (import.meta.main) main(process.argv[2] ?? "");
