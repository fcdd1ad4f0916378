import assert from "node:assert/strict";
import { test } from "node:test";
import { HeadScanner } from "../../../../src/runtime/http/head_scanner.ts";
import { InputBuffer } from "../../../../src/runtime/http/input_buffer.ts";

/** The first head in the text, when it comes in these pieces; null when its end has not come. */
function headOf(...pieces: string[]): string | null {
  const input = new InputBuffer();
  const scanner = new HeadScanner(input);
  for (const piece of pieces) {
    input.push(new TextEncoder().encode(piece));
    const end = scanner.find();
    if (end !== null) return input.takeText(end.length);
  }
  return null;
}

const ENDS = ["\r\n\r\n", "\n\n", "\n\r\n"];

test("a head ends at its first empty line, whatever kind of it comes later, wherever it is cut", () => {
  for (const first of ENDS) {
    for (const second of ENDS) {
      const wire = `GET / HTTP/1.1\nA: b${first}GET /hidden HTTP/1.1${second}`;
      assert.equal(headOf(wire), "GET / HTTP/1.1\nA: b", JSON.stringify(wire));
      for (let at = 0; at <= wire.length; at++) {
        const head = headOf(wire.slice(0, at), wire.slice(at));
        assert.equal(head, "GET / HTTP/1.1\nA: b", `${JSON.stringify(wire)} cut at ${at}`);
      }
    }
  }
});

test("a head without its empty line is waited for", () => {
  assert.equal(headOf("GET / HTTP/1.1\r\n", "A: b\r\n", "\r"), null);
});
