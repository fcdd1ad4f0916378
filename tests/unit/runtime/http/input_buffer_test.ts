import assert from "node:assert/strict";
import { test } from "node:test";
import { InputBuffer } from "../../../../src/runtime/http/input_buffer.ts";

const UTF8 = new TextEncoder();

test("what goes in comes out, in pieces of any size", () => {
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
  for (const inSize of [1, 2, 7, 64, 5000]) {
    for (const outSize of [1, 3, 50, 5000]) {
      const input = new InputBuffer();
      let out = "";
      for (let at = 0; at < text.length; at += inSize) {
        input.push(UTF8.encode(text.slice(at, at + inSize)));
        if (input.length >= outSize) out += input.takeText(outSize);
      }
      out += input.takeText(input.length);
      assert.equal(out, text, `${inSize} in, ${outSize} out`);
    }
  }
});

test("bytes taken stay as they are when more comes", () => {
  const input = new InputBuffer();
  input.push(UTF8.encode("abc"));
  input.push(UTF8.encode("def"));
  const taken = input.take(2);
  input.push(UTF8.encode("x".repeat(5000)));
  input.take(4);
  input.push(UTF8.encode("y".repeat(5000)));
  assert.equal(new TextDecoder().decode(taken), "ab");
});

test("a chunk that is all there is is not copied", () => {
  const input = new InputBuffer();
  const chunk = UTF8.encode("all");
  input.push(chunk);
  assert.equal(input.take(3).buffer, chunk.buffer);
  assert.equal(input.length, 0);
});

test("positions are counted from the first byte that is left", () => {
  const input = new InputBuffer();
  input.push(UTF8.encode("ab\r\ncd\r\n"));
  assert.equal(input.indexOf("\r\n", 0), 2);
  assert.equal(input.indexOf("\r\n", 3), 6);
  input.take(3);
  assert.equal(input.indexOf("\r\n", 0), 3);
  assert.equal(input.indexOf("\r\n", 0, 4), -1);
});
