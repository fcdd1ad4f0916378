import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeEnvelope } from "../../support/envelope.ts";
import { OutputBlocks } from "../../../src/events/output_blocks.ts";
import { EventBuffer } from "../../../src/events/pool.ts";
import type { DaemonEvent } from "../../../src/events/types.ts";

const LARGE = 64 * 1024;

function output(data: Uint8Array, process = "p"): DaemonEvent {
  return { kind: "process-log", channel: "stdout", process, group: "g", pid: 7, data };
}

function header(serial: number) {
  return { server: "s", serial, pool: "l", poolSerial: 0 };
}

test("what is held is a copy: the reader's buffer may be written to again", () => {
  const bytes = new Uint8Array(LARGE).fill(1);
  const block = new OutputBlocks().hold(bytes);
  bytes.fill(2);
  assert.ok(block.data.every((byte) => byte === 1));
  assert.equal(block.data.length, LARGE);
});

test("a block that was given back holds the next large piece, and none that is still held", () => {
  const blocks = new OutputBlocks();
  const first = blocks.hold(new Uint8Array(LARGE).fill(1));
  const second = blocks.hold(new Uint8Array(LARGE).fill(2));
  blocks.giveBack(first);
  const third = blocks.hold(new Uint8Array(20_000).fill(3));
  assert.equal(third.memory, first.memory);
  assert.equal(third.data.length, 20_000);
  assert.notEqual(third.memory, second.memory);
  assert.ok(second.data.every((byte) => byte === 2));
});

test("small pieces take no block, and few blocks are kept", () => {
  const blocks = new OutputBlocks();
  assert.ok(blocks.hold(new Uint8Array(100)).memory.length < 2000);
  const held = Array.from({ length: 10 }, () => blocks.hold(new Uint8Array(LARGE)));
  for (const block of held) blocks.giveBack(block);
  const again = Array.from({ length: 10 }, () => blocks.hold(new Uint8Array(LARGE)).memory);
  const reused = held.filter(({ memory }) => again.includes(memory));
  assert.equal(reused.length, 4);
});

for (
  const [what, data, process] of [
    ["text", new TextEncoder().encode("grün\n".repeat(9000)), "p"],
    ["little", new TextEncoder().encode("x\n"), "p"],
    ["no UTF-8", new Uint8Array(30_000).fill(0xff), "p"],
    ["text of a program with a very long name", new Uint8Array(30_000).fill(65), "n".repeat(3000)],
  ] as const
) {
  for (const unit of ["characters", "bytes"] as const) {
    test(`the envelope made in a block is the one made elsewhere: ${what}, in ${unit}`, () => {
      const buffer = new EventBuffer({ capacity: 2, blocks: new OutputBlocks() });
      const given = data.slice();
      const expected = encodeEnvelope(header(5), output(data, process), unit);
      buffer.accept(output(given, process), 5);
      given.fill(0);
      const event = buffer.take();
      assert.deepEqual(event?.envelope("s", "l", unit), expected);
      assert.deepEqual(event?.envelope("s", "l", unit), expected, "at a second delivery, too");
    });
  }
}

test("an event that waits is untouched by the memory of those before it being used again", () => {
  const blocks = new OutputBlocks();
  const buffer = new EventBuffer({ capacity: 10, blocks });
  for (const value of [65, 66]) buffer.accept(output(new Uint8Array(LARGE).fill(value)), value);
  const first = buffer.take();
  first?.envelope("s", "l", "bytes");
  first?.release(blocks);
  buffer.accept(output(new Uint8Array(LARGE).fill(67)), 67);
  for (const value of [66, 67]) {
    const envelope = buffer.take()?.envelope("s", "l", "bytes");
    assert.ok(envelope?.subarray(-LARGE).every((byte) => byte === value));
  }
});
