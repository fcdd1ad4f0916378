import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { planPatch } from "../../../packaging/quiet_start/patch.ts";

const VARIABLES = ["ONE=1", "SUPERVISORD_QUIET=start"];
/** Where things are in the little executable below. */
const AT = { segments: 64, names: 0x100, symbols: 0x110, sections: 0x200, text: 0x1d00 } as const;
const BASE = 0x400000;
const ENTRY = BASE + AT.text + 0x20;
const ENVIRON = 0x600010;

interface Shape {
  readonly machine?: number;
  /** Where the segment before the text ends. */
  readonly dataEnd?: number;
  /** A byte between the two. */
  readonly litter?: number;
  readonly symbol?: string;
}

/** As much of an executable as is looked at: two segments, and the table of dynamic symbols. */
function executable(
  { machine = 62, dataEnd = 0x1764, litter, symbol = "environ" }: Shape = {},
): Buffer {
  const file = Buffer.alloc(0x2000);
  file.writeUInt32BE(0x7f454c46, 0);
  file[4] = 2;
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(BigInt(ENTRY), 24);
  file.writeBigUInt64LE(BigInt(AT.segments), 32);
  file.writeBigUInt64LE(BigInt(AT.sections), 40);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(2, 60);
  const segment = (index: number, flags: number, offset: number, length: number) => {
    const at = AT.segments + index * 56;
    file.writeUInt32LE(1, at);
    file.writeUInt32LE(flags, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(BASE + offset), at + 16);
    file.writeBigUInt64LE(BigInt(length), at + 32);
  };
  segment(0, 4, 0, dataEnd);
  segment(1, 5, AT.text, 0x300);
  const section = (index: number, type: number, offset: number, length: number, link: number) => {
    const at = AT.sections + index * 64;
    file.writeUInt32LE(type, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 24);
    file.writeBigUInt64LE(BigInt(length), at + 32);
    file.writeUInt32LE(link, at + 40);
  };
  section(0, 3, AT.names, 16, 0);
  section(1, 11, AT.symbols, 24, 0);
  file.write(`\0${symbol}\0`, AT.names, "latin1");
  file.writeUInt32LE(1, AT.symbols);
  file.writeUInt16LE(9, AT.symbols + 6);
  file.writeBigUInt64LE(BigInt(ENVIRON), AT.symbols + 8);
  if (litter !== undefined) file[litter] = 1;
  return file;
}

function plan(file: Buffer) {
  return planPatch((at, length) => file.subarray(at, at + length), VARIABLES);
}

for (const [name, machine] of [["x86-64", 62], ["AArch64", 183]] as const) {
  test(`on ${name} the instructions go before the text, with the way to the entry behind`, () => {
    const patch = plan(executable({ machine }));
    assert.ok(typeof patch === "object", String(patch));
    // Behind the other segment, on the page where the text begins, and in front of the text.
    assert.equal(patch.at, 0x1770);
    assert.equal(patch.entry, BASE + 0x1770);
    assert.ok(patch.at + patch.bytes.length <= AT.text);
    const strings = Buffer.from(VARIABLES.map((variable) => `${variable}\0`).join(""));
    const data = patch.bytes.subarray(patch.bytes.length - strings.length - 24);
    assert.deepEqual(data.subarray(24), strings);
    const numbers = [0, 8, 16].map((at) => Number(data.readBigInt64LE(at)));
    assert.deepEqual(numbers, [ENTRY - patch.entry, ENVIRON - patch.entry, VARIABLES.length]);
  });
}

test("the instructions never go to another page than the text is on", () => {
  const patch = plan(executable({ dataEnd: 0x800 }));
  assert.ok(typeof patch === "object");
  assert.equal(patch.at, 0x1000);
});

const LEFT: readonly (readonly [title: string, file: Buffer, reason: RegExp])[] = [
  ["a file of another kind", Buffer.alloc(0x2000), /no 64 bit ELF/],
  ["another processor", executable({ machine: 243 }), /a processor without code/],
  ["one without room", executable({ dataEnd: 0x1ce0 }), /^no room: 32 bytes/],
  ["one with something in the room", executable({ litter: 0x1790 }), /not empty/],
  ["one whose environ is elsewhere", executable({ symbol: "envoron" }), /environ/],
];
for (const [title, file, reason] of LEFT) {
  test(`${title} is left as it is`, () => {
    assert.match(String(plan(file)), reason);
  });
}
