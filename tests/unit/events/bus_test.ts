import assert from "node:assert/strict";
import { test } from "node:test";
import { EventBus } from "../../../src/events/bus.ts";
import type { DaemonEvent } from "../../../src/events/types.ts";
import { concreteNames, EVENT_NAMES, isEventName } from "../../../src/process/event_names.ts";

const TICK: DaemonEvent = { kind: "tick", period: 5, when: 5 };
const REMOTE: DaemonEvent = { kind: "remote-communication", type: "t", data: "d" };

test("a subscription covers the name and everything below it", () => {
  const bus = new EventBus();
  const seen: string[] = [];
  bus.subscribe(["EVENT"], () => seen.push("EVENT"));
  bus.subscribe(["TICK"], () => seen.push("TICK"));
  bus.subscribe(["TICK_5"], () => seen.push("TICK_5"));
  bus.subscribe(["TICK_60", "PROCESS_STATE"], () => seen.push("other"));
  bus.publish(TICK);
  assert.deepEqual(seen, ["EVENT", "TICK", "TICK_5"]);
  bus.publish(REMOTE);
  assert.deepEqual(seen, ["EVENT", "TICK", "TICK_5", "EVENT"]);
});

test("overlapping names deliver an event once", () => {
  const bus = new EventBus();
  let count = 0;
  bus.subscribe(["EVENT", "TICK", "TICK_5"], () => count++);
  bus.publish(TICK);
  assert.equal(count, 1);
});

test("a throwing subscriber reaches neither the publisher nor the others", () => {
  const errors: unknown[] = [];
  const bus = new EventBus({ onError: (error) => errors.push(error) });
  let reached = false;
  bus.subscribe(["EVENT"], () => {
    throw new Error("boom");
  });
  bus.subscribe(["EVENT"], () => {
    reached = true;
  });
  bus.publish(TICK);
  assert.equal(reached, true);
  assert.equal((errors[0] as Error).message, "boom");
});

test("isWanted() and onWantedChange() follow the subscriptions", () => {
  const bus = new EventBus();
  const wanted: boolean[] = [];
  const stop = bus.onWantedChange(() => wanted.push(bus.isWanted("TICK_5")));
  const end = bus.subscribe(["TICK"], () => {});
  const endSame = bus.subscribe(["TICK_5"], () => {});
  assert.deepEqual(wanted, [true]);
  end();
  end();
  assert.deepEqual(wanted, [true, true], "TICK_60 is wanted no more, TICK_5 still is");
  assert.equal(bus.isWanted("TICK_60"), false);
  endSame();
  assert.deepEqual(wanted, [true, true, false]);
  stop();
  bus.subscribe(["EVENT"], () => {});
  assert.equal(wanted.length, 3);
});

test("subscriptions may end and begin during a publish", () => {
  const bus = new EventBus();
  const seen: string[] = [];
  const end = bus.subscribe(["EVENT"], () => {
    seen.push("first");
    end();
    bus.subscribe(["EVENT"], () => seen.push("late"));
  });
  bus.subscribe(["EVENT"], () => seen.push("second"));
  bus.publish(TICK);
  assert.deepEqual(seen, ["first", "second"]);
  bus.publish(TICK);
  assert.deepEqual(seen, ["first", "second", "second", "late"]);
});

test("the same function may subscribe twice and end once", () => {
  const bus = new EventBus();
  let count = 0;
  const callback = () => count++;
  const end = bus.subscribe(["TICK"], callback);
  bus.subscribe(["TICK"], callback);
  end();
  bus.publish(TICK);
  assert.equal(count, 1);
});

test("event names form one tree under EVENT, and ours one of their own", () => {
  for (const [name, parent] of Object.entries(EVENT_NAMES)) {
    assert.equal(parent === null, ["EVENT", "PROCESS_HEALTH", "PROCESS_FAILURE"].includes(name));
    if (parent !== null) assert.ok(isEventName(parent));
  }
  assert.equal(isEventName("toString"), false);
  assert.equal(concreteNames("PROCESS_STATE").length, 8);
  assert.deepEqual(concreteNames("REMOTE_COMMUNICATION"), ["REMOTE_COMMUNICATION"]);
  assert.equal(concreteNames("EVENT").length, 20);
  assert.equal(concreteNames("PROCESS_HEALTH").length, 3);
});
