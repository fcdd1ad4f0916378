import assert from "node:assert/strict";
import { test } from "node:test";
import { Deque } from "../../../src/events/deque.ts";
import { EventBuffer, nextSerial } from "../../../src/events/pool.ts";
import type { DaemonEvent } from "../../../src/events/types.ts";

function remote(data: string): DaemonEvent {
  return { kind: "remote-communication", type: "t", data };
}

function serials(buffer: EventBuffer): number[] {
  return buffer.snapshot().waiting.map(({ serial }) => serial);
}

test("events leave the buffer in the order they came, numbered from 0", () => {
  const buffer = new EventBuffer({ capacity: 10 });
  for (let i = 0; i < 3; i++) assert.equal(buffer.accept(remote(`${i}`), 100 + i), undefined);
  assert.deepEqual(
    [buffer.take(), buffer.take(), buffer.take(), buffer.take()].map((e) => e?.poolSerial),
    [0, 1, 2, undefined],
  );
});

test("a full buffer drops the oldest for a new event", () => {
  const buffer = new EventBuffer({ capacity: 2 });
  for (let i = 0; i < 2; i++) buffer.accept(remote(`${i}`), i);
  assert.equal(buffer.accept(remote("2"), 2)?.serial, 0);
  assert.deepEqual(serials(buffer), [1, 2]);
  assert.equal(buffer.dropped, 1);
});

test("an event that comes back goes to the head with its numbers; a full buffer drops its head", () => {
  const buffer = new EventBuffer({ capacity: 2 });
  for (let i = 0; i < 3; i++) buffer.accept(remote(`${i}`), i);
  const first = buffer.take();
  assert.ok(first !== undefined);
  assert.equal(buffer.putBack(first), undefined);
  assert.deepEqual(serials(buffer), [1, 2]);
  buffer.take();
  buffer.accept(remote("3"), 3);
  assert.equal(buffer.putBack(first)?.serial, 2);
  assert.deepEqual(serials(buffer), [1, 3]);
  assert.equal(buffer.peek()?.poolSerial, 1);
});

test("the envelope is encoded once and is the same at a second delivery", () => {
  const buffer = new EventBuffer({ capacity: 1 });
  buffer.accept(remote("x"), 5);
  const event = buffer.take();
  const envelope = event?.envelope("s", "p", "characters");
  assert.equal(event?.envelope("s", "p", "characters"), envelope);
  assert.equal(
    new TextDecoder().decode(envelope),
    "ver:3.0 server:s serial:5 pool:p poolserial:0 eventname:REMOTE_COMMUNICATION len:8\ntype:t\nx",
  );
});

test("a snapshot carries the buffer and its numbering over", () => {
  const buffer = new EventBuffer({ capacity: 3 });
  for (let i = 0; i < 3; i++) buffer.accept(remote(`${i}`), i);
  buffer.take();
  const next = new EventBuffer({ capacity: 3 });
  next.restore(buffer.snapshot());
  next.accept(remote("3"), 9);
  assert.deepEqual(next.snapshot().waiting.map((e) => [e.serial, e.poolSerial]), [
    [1, 1],
    [2, 2],
    [9, 3],
  ]);
});

test("serials start over after the largest exact integer", () => {
  assert.equal(nextSerial(-1), 0);
  assert.equal(nextSerial(Number.MAX_SAFE_INTEGER), 0);
});

test("a deque does what an array does, at both ends and over its growth", () => {
  const deque = new Deque<number>();
  const model: number[] = [];
  let seed = 7;
  for (let i = 0; i < 5000; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    switch ((seed >> 8) % 5) {
      case 0:
      case 1:
        deque.pushBack(i);
        model.push(i);
        break;
      case 2:
        deque.pushFront(i);
        model.unshift(i);
        break;
      default:
        assert.equal(deque.peekFront(), model[0]);
        assert.equal(deque.popFront(), model.shift());
    }
    assert.equal(deque.size, model.length);
  }
  assert.deepEqual(deque.toArray(), model);
});
