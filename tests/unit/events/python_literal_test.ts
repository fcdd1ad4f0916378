import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonBytesLiteral } from "../../../src/events/python_literal.ts";
import { textOrUndecodable } from "../../../src/events/text.ts";

const LITERALS: readonly (readonly [readonly number[], string])[] = [
  [[], "b''"],
  [[0x52, 0x0a], "b'R\\n'"],
  [[0x09, 0x0d, 0x5c], "b'\\t\\r\\\\'"],
  [[0x00, 0x1f, 0x7f, 0x80, 0xff], "b'\\x00\\x1f\\x7f\\x80\\xff'"],
  [[0x27], 'b"\'"'],
  [[0x22], "b'\"'"],
  [[0x27, 0x22], "b'\\'\"'"],
  [[0x20, 0x7e], "b' ~'"],
];

for (const [bytes, literal] of LITERALS) {
  test(`bytes [${bytes}] are shown as ${literal}`, () => {
    assert.equal(pythonBytesLiteral(Uint8Array.from(bytes)), literal);
  });
}

test("text that decodes is left alone, everything else is marked as a whole", () => {
  assert.equal(textOrUndecodable(new TextEncoder().encode("\ufeffé")), "\ufeffé");
  assert.equal(textOrUndecodable(Uint8Array.of(0x61, 0xc3)), "Undecodable: b'a\\xc3'");
});
