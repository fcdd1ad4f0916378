import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { CaptureScanner, LastBytes } from "../../../src/logs/capture.ts";

const B = "<!--XSUPERVISOR:BEGIN-->";
const E = "<!--XSUPERVISOR:END-->";

interface Seen {
  plain: string;
  captured: string;
  messages: string[];
}

function scan(chunks: readonly Uint8Array[], end = true): Seen {
  const seen: Seen = { plain: "", captured: "", messages: [] };
  let message = "";
  const scanner = new CaptureScanner({
    plain: (bytes) => seen.plain += Buffer.from(bytes).toString(),
    captured: (bytes) => {
      const text = Buffer.from(bytes).toString();
      seen.captured += text;
      message += text;
    },
    complete: () => {
      seen.messages.push(message);
      message = "";
    },
  });
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    scanner.push(reused);
    reused.fill(0x21);
  }
  if (end) scanner.end();
  return seen;
}

const STREAMS: readonly (readonly [string, Seen])[] = [
  [`plain\n`, { plain: "plain\n", captured: "", messages: [] }],
  [`a${B}m${E}b\n`, { plain: "ab\n", captured: "m", messages: ["m"] }],
  [`${B}${E}`, { plain: "", captured: "", messages: [""] }],
  [`x${B}1${E}${B}2${E}y`, { plain: "xy", captured: "12", messages: ["1", "2"] }],
  [`a<!--<<!--XSUPERVISOR:BEG!${B}<!--XSUPERVISOR:EN${E}z`, {
    plain: "a<!--<<!--XSUPERVISOR:BEG!z",
    captured: "<!--XSUPERVISOR:EN",
    messages: ["<!--XSUPERVISOR:EN"],
  }],
  [`${E}a${B}${B}${E}`, { plain: `${E}a`, captured: B, messages: [B] }],
  [`a<!--XSUPERVISOR:`, { plain: "a<!--XSUPERVISOR:", captured: "", messages: [] }],
  [`a${B}half<!--XS`, { plain: "a", captured: "half<!--XS", messages: [] }],
];

for (const [stream, expected] of STREAMS) {
  test(`capture finds its tokens in ${JSON.stringify(stream)} wherever it is cut`, () => {
    const bytes = Buffer.from(stream);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second += 3) {
        const chunks = [
          bytes.subarray(0, first),
          bytes.subarray(first, second),
          bytes.subarray(second),
        ];
        assert.deepEqual(scan(chunks), expected, `cut at ${first} and ${second}`);
      }
    }
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assert.deepEqual(scan(single), expected, "byte by byte");
  });
}

test("only what may begin a token is held back: a short line shows at once", () => {
  assert.equal(scan([Buffer.from("short\n")], false).plain, "short\n");
  assert.equal(scan([Buffer.from("short<!--X")], false).plain, "short");
});

test("LastBytes keeps the last bytes, whatever the writes were", () => {
  let seed = 3;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return (seed >> 8) % below;
  };
  for (const limit of [1, 2, 7, 100, 5000]) {
    const last = new LastBytes(limit);
    for (let round = 0; round < 20; round++) {
      let all = Buffer.alloc(0);
      const writes = random(30);
      for (let i = 0; i < writes; i++) {
        const chunk = Buffer.from(Array.from({ length: random(limit * 2) }, () => random(256)));
        last.push(chunk);
        all = Buffer.concat([all, chunk]);
        assert.equal(last.length, Math.min(limit, all.length));
      }
      assert.deepEqual(Buffer.from(last.take()), all.subarray(Math.max(0, all.length - limit)));
      assert.equal(last.length, 0);
    }
  }
});
