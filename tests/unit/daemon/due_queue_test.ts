import assert from "node:assert/strict";
import { test } from "node:test";
import { DueQueue } from "../../../src/daemon/due_queue.ts";

test("takeDue() gives items in the order of their times, equal times as they were set", () => {
  const queue = new DueQueue<string>();
  queue.set("late", 30);
  queue.set("a", 10);
  queue.set("b", 10);
  queue.set("now", -Infinity);
  assert.equal(queue.earliest(), -Infinity);
  const order = [];
  for (let item = queue.takeDue(30); item !== undefined; item = queue.takeDue(30)) order.push(item);
  assert.deepEqual(order, ["now", "a", "b", "late"]);
  assert.equal(queue.earliest(), Infinity);
});

test("takeDue() leaves what is not due yet", () => {
  const queue = new DueQueue<string>();
  queue.set("a", 10);
  assert.equal(queue.takeDue(9.9), undefined);
  assert.equal(queue.takeDue(10), "a");
});

test("setting a new time forgets the old one, Infinity removes the item", () => {
  const queue = new DueQueue<string>();
  queue.set("a", 10);
  queue.set("a", 20);
  queue.set("b", 15);
  assert.equal(queue.earliest(), 15);
  queue.set("b", Infinity);
  assert.equal(queue.earliest(), 20);
  assert.equal(queue.takeDue(19), undefined);
  queue.set("a", 5);
  assert.equal(queue.takeDue(5), "a");
  assert.equal(queue.takeDue(100), undefined);
});

test("a thousand items with random changes come out like from a sorted list", () => {
  const queue = new DueQueue<number>();
  const times = new Map<number, number>();
  let state = 7;
  const random = (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state % n;
  };
  for (let i = 0; i < 5000; i++) {
    const item = random(1000);
    const at = random(10) === 0 ? Infinity : random(100_000);
    queue.set(item, at);
    if (at === Infinity) times.delete(item);
    else times.set(item, at);
  }
  const want = [...times.values()].sort((a, b) => a - b);
  const got: number[] = [];
  for (;;) {
    const item = queue.takeDue(Number.MAX_VALUE);
    if (item === undefined) break;
    got.push(times.get(item) as number);
  }
  assert.deepEqual(got, want);
});
