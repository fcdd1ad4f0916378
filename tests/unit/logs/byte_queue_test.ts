import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { ByteQueue } from "../../../src/logs/byte_queue.ts";
import { bytes } from "./support.ts";

function drain(queue: ByteQueue, step = Infinity): string {
  const parts: Buffer[] = [];
  for (let head = queue.head(); head !== undefined; head = queue.head()) {
    const part = head.subarray(0, step);
    parts.push(Buffer.from(part));
    queue.consume(part.length);
  }
  assert.equal(queue.size, 0);
  return Buffer.concat(parts).toString();
}

test("a byte queue gives back what it was given, in order, in any pieces", () => {
  for (const step of [1, 3, 1000, Infinity]) {
    const queue = new ByteQueue(1024 * 1024);
    let all = "";
    for (let i = 0; i < 300; i++) {
      const text = `${i},`.repeat(i);
      queue.push(bytes(text));
      all += text;
    }
    assert.equal(queue.size, all.length);
    assert.equal(drain(queue, step), all);
    queue.push(bytes("again"));
    assert.equal(drain(queue), "again");
  }
});

test("what does not fit pushes out the oldest whole lines", () => {
  const queue = new ByteQueue(12);
  assert.equal(queue.push(bytes("aaa\nbbb\nccc\n")), 0);
  assert.equal(queue.push(bytes("d\n")), 4);
  assert.equal(queue.push(bytes("e\n")), 0);
  assert.equal(drain(queue), "bbb\nccc\nd\ne\n");
});

test("more than the limit at once keeps the last lines of it", () => {
  const queue = new ByteQueue(10);
  queue.push(bytes("old\n"));
  assert.equal(queue.push(bytes("11111\n22222\n333\n")), 10);
  assert.equal(drain(queue), "22222\n333\n");
});

test("bytes without lines are dropped to the byte", () => {
  const queue = new ByteQueue(4);
  assert.equal(queue.push(bytes("abcdef")), 2);
  assert.equal(queue.push(bytes("g")), 1);
  assert.equal(drain(queue), "defg");
});

test("the limit holds whatever is pushed", () => {
  const queue = new ByteQueue(1000);
  let pushed = 0;
  let dropped = 0;
  for (let i = 0; i < 500; i++) {
    const text = "x".repeat(i % 37) + (i % 3 === 0 ? "\n" : "");
    pushed += text.length;
    dropped += queue.push(bytes(text));
    assert.ok(queue.size <= 1000);
    assert.equal(queue.size, pushed - dropped);
  }
});
