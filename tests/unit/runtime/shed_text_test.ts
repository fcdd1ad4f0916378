import assert from "node:assert/strict";
import { test } from "node:test";
import { shedText, textSegments } from "../../../src/runtime/shed_text.ts";

const LOAD = 1;
const TABLE = 6;
const READ = 4;
const READ_WRITE = 6;
const READ_EXECUTE = 5;
const MIB = 1 << 20;

/** Program headers with these types, flags, addresses and sizes. */
function table(...rows: [type: number, flags: number, address: number, size: number][]): DataView {
  const view = new DataView(new ArrayBuffer(rows.length * 56));
  rows.forEach(([type, flags, address, size], i) => {
    view.setUint32(i * 56, type, true);
    view.setUint32(i * 56 + 4, flags, true);
    view.setBigUint64(i * 56 + 16, BigInt(address), true);
    view.setBigUint64(i * 56 + 40, BigInt(size), true);
  });
  return view;
}

test("only what may be executed and not written is program text", () => {
  const headers = table(
    [TABLE, READ, 0x200040, 0x1f8],
    [LOAD, READ, 0x200000, 8 * MIB],
    [LOAD, READ_EXECUTE, 16 * MIB, 32 * MIB],
    [LOAD, READ_WRITE, 64 * MIB, MIB],
  );
  assert.deepEqual(textSegments(headers, 0x200040), [{ start: 16 * MIB, length: 32 * MIB }]);
});

test("text lies where the program was moved to, and is cut to whole pages", () => {
  const headers = table([TABLE, READ, 64, 0x1f8], [LOAD, READ_EXECUTE, 0xd00, 3 * 65536]);
  const moved = 0x5555_0000_0000;
  assert.deepEqual(textSegments(headers, moved + 64), [{
    start: moved + 65536,
    length: 2 * 65536,
  }]);
});

test("a program that does not say where its headers are, or has little text, keeps it", () => {
  assert.deepEqual(textSegments(table([LOAD, READ_EXECUTE, 0, MIB]), 64), []);
  const small = table([TABLE, READ, 64, 0], [LOAD, READ_EXECUTE, 0x1000, 0x2000]);
  assert.deepEqual(textSegments(small, 64), []);
});

test("a program goes on after its text was dropped, as often as one likes", () => {
  for (let i = 0; i < 3; i++) shedText();
  assert.equal(JSON.stringify({ text: "came back" }), '{"text":"came back"}');
});
