import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupSpec, ListenerSpec } from "../../../src/config/types.ts";
import { ListenerPool, type MemberHandle } from "../../../src/daemon/listeners.ts";
import { EventBus } from "../../../src/events/bus.ts";
import type { DaemonEvent } from "../../../src/events/types.ts";
import type { LogLevel } from "../../../src/process/machine_types.ts";

const utf8 = new TextEncoder();

interface FakeMember {
  readonly handle: MemberHandle;
  readonly received: string[];
  isRunning: boolean;
  /** What send() does; by default it takes everything. */
  send: (text: string) => boolean;
  say(text: string): void;
}

function setUp(options: Partial<ListenerSpec> & { pools?: string[]; debug?: boolean } = {}) {
  const bus = new EventBus();
  const log: string[] = [];
  let serial = 0;
  const make = (name: string, members: readonly string[]) => {
    const listener: ListenerSpec = {
      events: ["REMOTE_COMMUNICATION"],
      bufferSize: 10,
      resultHandler: "supervisor.dispatchers:default_handler",
      eventLength: "characters",
      ...options,
    };
    const spec = {
      name,
      kind: "eventlistener",
      priority: -1,
      processes: members.map((member) => ({ name: member })),
      listener,
      fcgi: null,
      memberSockets: {},
      source: { file: "x.conf", line: 1 },
    } as unknown as GroupSpec;
    const pool = new ListenerPool({
      spec,
      bus,
      identifier: () => "supervisor",
      nextSerial: () => serial++,
      log: (level: LogLevel, text: string) => log.push(`${level} ${text}`),
      isEnabled: (level) => level !== "debug" || options.debug === true,
    });
    return { pool, members: members.map((member) => addMember(pool, member)) };
  };
  return { bus, log, make };
}

function addMember(pool: ListenerPool, name: string): FakeMember {
  const received: string[] = [];
  const member: FakeMember = {
    handle: pool.addMember({
      name,
      isRunning: () => member.isRunning,
      send: (bytes) => {
        const text = new TextDecoder().decode(bytes);
        if (!member.send(text)) return false;
        received.push(text);
        return true;
      },
    }),
    received,
    isRunning: true,
    send: () => true,
    say: (text) => member.handle.stdout(utf8.encode(text)),
  };
  return member;
}

function remote(bus: EventBus, ...data: string[]): void {
  for (const text of data) {
    bus.publish({ kind: "remote-communication", type: "t", data: text });
  }
}

/** The data of each event, without its `type:` line. */
function data(member: FakeMember | undefined): string[] {
  return (member?.received ?? []).map((text) => text.slice(text.lastIndexOf("\n") + 1));
}

function numbers(text: string | undefined): string {
  return /serial:(\d+) pool:\S+ poolserial:(\d+)/.exec(text ?? "")?.slice(1).join("/") ?? "";
}

test("a listener gets one event at a time, and the next after RESULT and READY", () => {
  const { bus, make } = setUp();
  const { members: [a] } = make("el", ["el"]);
  assert.ok(a);
  remote(bus, "0", "1", "2");
  assert.deepEqual(data(a), []);
  a.say("READY\n");
  assert.deepEqual(data(a), ["0"]);
  assert.equal(a.handle.state, "BUSY");
  a.say("RESULT 2\nOK");
  assert.deepEqual(data(a), ["0"]);
  a.say("READY\n");
  assert.deepEqual(data(a), ["0", "1"]);
  a.say("RESULT 2\nOKREADY\n");
  assert.deepEqual(data(a), ["0", "1", "2"]);
  assert.deepEqual(a.received.map(numbers), ["0/0", "1/1", "2/2"]);
});

test("READY said while STARTING counts once the process is RUNNING", () => {
  const { bus, make } = setUp();
  const { members: [a] } = make("el", ["el"]);
  assert.ok(a);
  a.isRunning = false;
  a.say("READY\n");
  remote(bus, "0");
  assert.deepEqual(data(a), []);
  a.isRunning = true;
  a.handle.running();
  assert.deepEqual(data(a), ["0"]);
});

test("the first free member in configuration order gets the event", () => {
  const { bus, make } = setUp();
  const { pool, members: [a, b] } = make("el", ["a", "b"]);
  for (const member of [b, a]) member?.say("READY\n");
  remote(bus, "0", "1", "2");
  assert.deepEqual([data(a), data(b)], [["0"], ["1"]]);
  b?.say("RESULT 2\nOKREADY\n");
  assert.deepEqual([data(a), data(b)], [["0"], ["1", "2"]]);
  assert.equal(pool.waiting, 0);
});

test("members come and leave, and what waits or was held goes to whoever is there", () => {
  const { bus, make } = setUp();
  const { pool, members: [a, b] } = make("el", ["a", "b"]);
  assert.ok(a && b);
  for (const member of [a, b]) member.say("READY\n");
  remote(bus, "0", "1", "2", "3");
  assert.deepEqual([data(a), data(b), pool.waiting], [["0"], ["1"], 2]);
  // Without an answer to what it has.
  a.handle.leave();
  assert.equal(pool.waiting, 3);
  pool.reorder(["c", "b"]);
  const c = addMember(pool, "c");
  b.say("RESULT 2\nOKREADY\n");
  c.say("READY\n");
  assert.deepEqual([data(b), data(c), pool.waiting], [["1", "0"], ["2"], 1]);
  assert.deepEqual(pool.snapshot().members.map(({ name }) => name), ["c", "b"]);
  // What it still says is about nothing.
  a.say("RESULT 2\nOKREADY\n");
  assert.deepEqual([data(a), pool.waiting], [["0"], 1]);
});

test("a rejected event comes again before later ones, with its numbers, to its own pool only", () => {
  const { bus, log, make } = setUp();
  const { members: [a] } = make("one", ["a"]);
  const { members: [b] } = make("two", ["b"]);
  assert.ok(a && b);
  a.say("READY\n");
  b.say("READY\n");
  remote(bus, "0", "1");
  a.say("RESULT 4\nFAILREADY\n");
  assert.deepEqual(data(a), ["0", "0"]);
  assert.equal(numbers(a.received[0]), numbers(a.received[1]));
  assert.deepEqual(data(b), ["0"]);
  assert.ok(log.includes("warn a: event was rejected"));
  b.say("RESULT 2\nOKREADY\n");
  assert.deepEqual(data(b), ["0", "1"]);
});

test("pools share an event's serial and count their own poolserial", () => {
  const { bus, make } = setUp();
  const { members: [a] } = make("one", ["a"]);
  remote(bus, "0");
  const { members: [b] } = make("two", ["b"]);
  remote(bus, "1");
  for (const member of [a, b]) member?.say("READY\n");
  a?.say("RESULT 2\nOKREADY\n");
  assert.deepEqual(a?.received.map(numbers), ["0/0", "1/1"]);
  assert.deepEqual(b?.received.map(numbers), ["1/0"]);
});

test("events nobody subscribes to use up no serial", () => {
  const { bus, make } = setUp();
  const { members: [a] } = make("el", ["a"]);
  bus.publish({ kind: "tick", period: 5, when: 5 });
  a?.say("READY\n");
  remote(bus, "0");
  assert.deepEqual(a?.received.map(numbers), ["0/0"]);
});

test("overlapping subscriptions deliver once", () => {
  const { bus, make } = setUp({ events: ["EVENT", "REMOTE_COMMUNICATION"] });
  const { pool } = make("el", ["a"]);
  remote(bus, "0");
  assert.equal(pool.waiting, 1);
});

test("a full buffer drops the oldest event and says which", () => {
  const { bus, log, make } = setUp({ bufferSize: 2 });
  const { pool, members: [a] } = make("el", ["a"]);
  remote(bus, "0", "1", "2", "3");
  assert.equal(pool.dropped, 2);
  assert.deepEqual(log, [
    "error pool el event buffer overflowed, discarding event 0",
    "error pool el event buffer overflowed, discarding event 1",
  ]);
  a?.say("READY\n");
  assert.deepEqual(data(a), ["2"]);
  remote(bus, "4");
  a?.handle.exited();
  assert.equal(log.at(-1), "error pool el event buffer overflowed, discarding event 3");
});

test("an event in the hands of a listener that dies goes to the next one", () => {
  const { bus, make } = setUp();
  const { members: [a, b] } = make("el", ["a", "b"]);
  assert.ok(a && b);
  a.say("READY\n");
  remote(bus, "0", "1");
  b.isRunning = true;
  a.isRunning = false;
  a.handle.exited();
  b.say("READY\n");
  assert.deepEqual(data(b), ["0"]);
  b.say("RESULT 2\nOK");
  a.handle.started();
  a.isRunning = true;
  assert.equal(a.handle.state, "ACKNOWLEDGED");
  a.say("READY\n");
  assert.deepEqual(data(a), ["0", "1"]);
});

test("a bad result line puts the listener out of order and keeps the event", () => {
  const { bus, log, make } = setUp();
  const { pool, members: [a] } = make("el", ["el"]);
  assert.ok(a);
  a.say("READY\n");
  remote(bus, "0");
  a.say("RESULT abc\n");
  assert.equal(a.handle.state, "UNKNOWN");
  assert.equal(pool.waiting, 1);
  assert.deepEqual(log, [
    "warn el: bad result line: 'RESULT abc'",
    "warn el: has entered the UNKNOWN state and will no longer receive events, this usually " +
    "indicates the process violated the eventlistener protocol",
  ]);
  a.say("READY\n");
  remote(bus, "1");
  assert.deepEqual(data(a), ["0"]);
  a.handle.exited();
  a.handle.started();
  a.say("READY\n");
  assert.deepEqual(data(a), ["0", "0"]);
});

test("a member with a closed standard input is passed over and stays READY", () => {
  const { bus, log, make } = setUp({ debug: true });
  const { pool, members: [a, b] } = make("el", ["a", "b"]);
  assert.ok(a && b);
  a.send = () => false;
  a.say("READY\n");
  remote(bus, "0");
  assert.equal(a.handle.state, "READY");
  assert.equal(pool.waiting, 1);
  assert.ok(
    log.includes(
      "debug epipe occurred while sending event 0 to listener a, listener state unchanged",
    ),
  );
  b.say("READY\n");
  assert.deepEqual(data(b), ["0"]);
});

test("what a send leads to is dispatched after it, not inside it", () => {
  const { bus, make } = setUp();
  const { members: [a, b] } = make("el", ["a", "b"]);
  assert.ok(a && b);
  const order: string[] = [];
  a.send = (text) => {
    order.push("begin");
    if (text.endsWith("0")) remote(bus, "1");
    order.push("end");
    return true;
  };
  b.send = () => {
    order.push("b");
    return true;
  };
  b.say("READY\n");
  a.say("READY\n");
  b.isRunning = true;
  remote(bus, "0");
  assert.deepEqual(order, ["begin", "end", "b"]);
});

test("a member that dies inside a failed send does not get its event twice", () => {
  const { bus, make } = setUp();
  const { pool, members: [a] } = make("el", ["a"]);
  assert.ok(a);
  a.send = () => {
    a.isRunning = false;
    a.handle.exited();
    return false;
  };
  a.say("READY\n");
  remote(bus, "0");
  assert.equal(pool.waiting, 1);
});

test("debug lines tell the whole story, and are not made when nobody reads them", () => {
  const { bus, log, make } = setUp({ debug: true });
  const { members: [a] } = make("el", ["el"]);
  assert.ok(a);
  a.say("READY\n");
  remote(bus, "0");
  a.say("RESULT 2\nOK");
  a.say("READY\n");
  remote(bus, "1");
  a.handle.exited();
  assert.deepEqual(log, [
    "debug 'el' stdout output:\nb'READY\\n'",
    "debug el: ACKNOWLEDGED -> READY",
    "debug event 0 sent to listener el",
    "debug 'el' stdout output:\nb'RESULT 2\\nOK'",
    "debug el: event was processed",
    "debug el: BUSY -> ACKNOWLEDGED",
    "debug 'el' stdout output:\nb'READY\\n'",
    "debug el: ACKNOWLEDGED -> READY",
    "debug event 1 sent to listener el",
    "debug rebuffering event 1 for pool el (buf size=0, max=10)",
  ]);
});

test("a closed pool takes no events and ignores its members", () => {
  const { bus, log, make } = setUp();
  const { pool, members: [a] } = make("el", ["a"]);
  pool.close();
  remote(bus, "0");
  a?.say("nonsense nonsense");
  a?.handle.exited();
  assert.deepEqual([data(a), log, pool.waiting], [[], [], 0]);
});

test("a snapshot restores the buffer, the listener states and what they hold", () => {
  const first = setUp();
  const { pool, members: [a] } = first.make("el", ["a"]);
  a?.say("READY\n");
  remote(first.bus, "0", "1");
  a?.say("RESU");
  const snapshot = pool.snapshot();

  const second = setUp();
  const { pool: next, members: [b] } = second.make("el", ["a"]);
  next.restore(snapshot);
  assert.equal(b?.handle.state, "BUSY");
  b?.say("LT 4\nFAILREADY\n");
  b?.say("RESULT 2\nOKREADY\n");
  assert.deepEqual(data(b), ["0", "1"]);
});

test("ten thousand events through one listener take no noticeable time", () => {
  const { bus, make } = setUp({ bufferSize: 20_000 });
  const { pool, members: [a] } = make("el", ["a"]);
  assert.ok(a);
  const event = (i: number): DaemonEvent => ({
    kind: "remote-communication",
    type: "t",
    data: `${i}`,
  });
  for (let i = 0; i < 10_000; i++) bus.publish(event(i));
  a.say("READY\n");
  const answer = utf8.encode("RESULT 2\nOKREADY\n");
  while (pool.waiting > 0) a.handle.stdout(answer);
  assert.equal(a.received.length, 10_000);
  assert.equal(data(a).at(-1), "9999");
});
