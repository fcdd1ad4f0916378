import assert from "node:assert/strict";
import { test } from "node:test";
import { inStartOrder, shutdownBatches } from "../../../src/process/order.ts";

const groups = [
  { name: "a", priority: 999 },
  { name: "listener", priority: -1 },
  { name: "b", priority: 999 },
  { name: "db", priority: 10 },
  { name: "added", priority: 10 },
];
const names = (items: readonly { name: string }[]): string => items.map((i) => i.name).join(" ");

test("inStartOrder() is ascending and keeps the order of addition among equals", () => {
  assert.equal(names(inStartOrder(groups, (group) => group.priority)), "listener db added a b");
});

test("shutdownBatches() is descending, equals together, the last added first", () => {
  assert.deepEqual(shutdownBatches(groups).map(names), ["b a", "added db", "listener"]);
});

test("shutdownBatches() of nothing is nothing", () => {
  assert.deepEqual(shutdownBatches([]), []);
});
