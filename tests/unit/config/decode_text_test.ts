import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError, decodeText } from "../../../src/config/decode_text.ts";

function bytes(...parts: (string | number[])[]): Uint8Array {
  const encoder = new TextEncoder();
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...encoder.encode(part)] : part),
  );
}

const BAD: readonly (readonly [string, Uint8Array, string])[] = [
  ["a start byte that is none", bytes("ab", [0xff]), "byte 0xff in position 2: invalid start byte"],
  ["a stray continuation", bytes("é", [0x80], "x"), "byte 0x80 in position 2: invalid start byte"],
  [
    "a cut sequence in the text",
    bytes([0xe2, 0x28]),
    "byte 0xe2 in position 0: invalid continuation byte",
  ],
  [
    "two good bytes of three",
    bytes([0xe2, 0x82, 0x28]),
    "bytes in position 0-1: invalid continuation byte",
  ],
  ["a surrogate", bytes([0xed, 0xa0, 0x80]), "byte 0xed in position 0: invalid continuation byte"],
  ["an overlong form", bytes([0xc0, 0x80]), "byte 0xc0 in position 0: invalid start byte"],
  // Counted from what was left over when the file ended.
  [
    "a sequence cut by the end",
    bytes("abc", [0xe2, 0x82]),
    "bytes in position 0-1: unexpected end of data",
  ],
  // Python decodes 8192 bytes at a time and counts from the start of the chunk.
  [
    "the second chunk",
    bytes("x".repeat(8192), "ab", [0xff]),
    "byte 0xff in position 2: invalid start byte",
  ],
  [
    "a character across chunks",
    bytes("x".repeat(8191), "é", "a", [0xff]),
    "byte 0xff in position 3: invalid start byte",
  ],
];

for (const [title, input, expected] of BAD) {
  test(`decodeText() words its error as Python does for ${title}`, () => {
    assert.throws(() => decodeText(input), (error) => {
      assert.ok(error instanceof DecodeError);
      assert.equal(error.message, `'utf-8' codec can't decode ${expected}`);
      return true;
    });
  });
}

test("decodeText() reads every line end as one, and drops a byte order mark", () => {
  assert.equal(decodeText(bytes([0xef, 0xbb, 0xbf], "a\r\nb\rc\n")), "a\nb\nc\n");
});

test("a DecodeError knows its line", () => {
  assert.throws(() => decodeText(bytes("a\nb\r\nc", [0xff])), { line: 3 });
});
