import assert from "node:assert/strict";
import { test } from "node:test";
import { EventHub, MAX_CLIENTS, type Subscription } from "../../../../src/http/api/event_hub.ts";
import { MAX_WAITING_BYTES } from "../../../../src/http/api/event_client.ts";
import { streamTypes } from "../../../../src/http/api/event_json.ts";
import { FakeDaemon, groupSpec } from "../../../support/fake_daemon.ts";
import { processSpec } from "../../../support/process_spec.ts";

function setUp() {
  const daemon = new FakeDaemon([
    groupSpec("web", [processSpec("web")]),
    groupSpec("g", [processSpec("a", { group: "g" }), processSpec("b", { group: "g" })]),
  ]);
  let samples = 0;
  const hub = new EventHub({
    daemon,
    usage: () => Promise.resolve({ sample: ++samples }),
    epoch: "boot",
  });
  const open = (types: string, overrides: Partial<Subscription> = {}) =>
    hub.open({
      types: streamTypes(types.split(",")),
      processes: null,
      snapshot: false,
      lastEventId: null,
      ...overrides,
    });
  return { daemon, hub, open };
}

interface Seen {
  readonly id: string | null;
  readonly event: string;
  // deno-lint-ignore no-explicit-any -- whatever a test asks of it
  readonly data: any;
}

/** All that waits for a client now. */
async function take(client: { stream: ReadableStream<Uint8Array>; isIdle: boolean }) {
  if (client.isIdle) return [];
  const reader = client.stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return parse(new TextDecoder().decode(value));
}

function parse(text: string): Seen[] {
  return text.split("\n\n").flatMap((frame) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1] ?? null;
    const data = field("data");
    return data === null
      ? []
      : [{ id: field("id"), event: field("event") ?? "", data: JSON.parse(data) }];
  });
}

const names = (seen: readonly Seen[]) => seen.map(({ event }) => event);

test("nobody listens: no subscription, no timer", () => {
  const { daemon } = setUp();
  assert.equal(daemon.events.isWanted("PROCESS_STATE_RUNNING"), false);
  assert.equal(daemon.clock.armed, 0);
});

test("a client is greeted, and told of what happens, with ids that count", async () => {
  const { daemon, open } = setUp();
  const client = open("PROCESS_STATE");
  assert.deepEqual(names(await take(client)), ["hello"]);
  daemon.submit(daemon.find("web"), { type: "start" });
  daemon.advance(1);
  const seen = await take(client);
  assert.deepEqual(seen.map(({ id, event, data }) => [id, event, data.type, data.namespec]), [
    ["boot-1", "process-state", "PROCESS_STATE_STARTING", "web"],
    ["boot-2", "process-state", "PROCESS_STATE_RUNNING", "web"],
  ]);
  assert.equal(seen[0]?.data.from, "STOPPED");
});

test("several changes of one process in one turn make one row", async () => {
  const { daemon, open } = setUp();
  const client = open("PROCESS");
  await take(client);
  const web = daemon.find("web");
  daemon.submit(web, { type: "start" });
  daemon.submit(web, { type: "stop" });
  daemon.advance(0);
  const seen = await take(client);
  assert.deepEqual(seen.map(({ event, data }) => [event, data.namespec, data.state]), [
    ["process", "web", "STOPPING"],
  ]);
});

test("what a check finds sends the row, also where no event is made of it", async () => {
  const { daemon, open } = setUp();
  const client = open("PROCESS");
  await take(client);
  const web = daemon.find("web");
  daemon.setHealth(web, { ready: false, status: "starting", since: 0, detail: "loading 1 %" });
  daemon.setHealth(web, { ready: false, status: "starting", since: 0, detail: "loading 2 %" });
  daemon.clock.advance(0);
  const seen = await take(client);
  assert.deepEqual(names(seen), ["process"]);
  assert.equal(seen[0]?.data.health.detail, "loading 2 %");
});

test("a group that is added sends the rows of its processes", async () => {
  const { daemon, open } = setUp();
  const client = open("PROCESS");
  await take(client);
  daemon.events.publish({ kind: "process-group", change: "ADDED", group: "g" });
  daemon.advance(0);
  assert.deepEqual((await take(client)).map(({ data }) => data.namespec), ["g:a", "g:b"]);
});

test("filters by process let everything pass that is about nobody in particular", async () => {
  const { daemon, open } = setUp();
  const client = open("EVENT", { processes: ["g:a"] });
  const group = open("PROCESS_STATE", { processes: ["g:*"] });
  await take(client);
  await take(group);
  for (const name of ["web", "g:a", "g:b"]) daemon.submit(daemon.find(name), { type: "start" });
  daemon.events.publish({ kind: "daemon-state", state: "STOPPING" });
  daemon.events.publish({ kind: "process-group", change: "ADDED", group: "web" });
  daemon.events.publish({ kind: "process-group", change: "ADDED", group: "g" });
  assert.deepEqual(
    (await take(client)).map(({ data }) => data.namespec ?? data.type),
    ["g:a", "SUPERVISOR_STATE_CHANGE_STOPPING", "PROCESS_GROUP_ADDED"],
  );
  assert.deepEqual((await take(group)).map(({ data }) => data.namespec), ["g:a", "g:b"]);
});

test("a client that comes back gets what it missed, and no gap", async () => {
  const { daemon, open } = setUp();
  const first = open("PROCESS_STATE");
  await take(first);
  daemon.submit(daemon.find("web"), { type: "start" });
  const [seen] = await take(first);
  first.end();
  daemon.submit(daemon.find("g:a"), { type: "start" });
  const again = open("PROCESS_STATE", { lastEventId: seen?.id ?? null, snapshot: true });
  const missed = await take(again);
  assert.deepEqual(missed.map(({ event, data }) => [event, data.namespec ?? data.resumed]), [
    ["hello", true],
    ["process-state", "g:a"],
  ]);
});

const GAPS: readonly [why: string, lastEventId: string, types: string][] = [
  ["it is of another daemon", "other-1", "PROCESS_STATE"],
  ["it is nonsense", "nonsense", "PROCESS_STATE"],
  ["it is of the future", "boot-99", "PROCESS_STATE"],
  ["other types were recorded", "boot-1", "PROCESS_GROUP"],
];
for (const [why, lastEventId, types] of GAPS) {
  test(`a client that comes back is told of a gap when ${why}`, async () => {
    const { daemon, open } = setUp();
    open("PROCESS_STATE");
    daemon.submit(daemon.find("web"), { type: "start" });
    daemon.submit(daemon.find("g:a"), { type: "start" });
    const client = open(types, { lastEventId, snapshot: true });
    assert.deepEqual(names(await take(client)), ["hello", "gap", "snapshot"]);
  });
}

test("after the grace nothing is recorded, and who comes back is told so", async () => {
  const { daemon, open, hub } = setUp();
  const client = open("PROCESS_STATE");
  const [hello] = await take(client);
  client.end();
  assert.equal(hub.clients, 0);
  assert.ok(daemon.events.isWanted("PROCESS_STATE_RUNNING"));
  daemon.clock.advance(30_000);
  assert.equal(daemon.events.isWanted("PROCESS_STATE_RUNNING"), false);
  assert.equal(daemon.clock.armed, 0, "a timer is left");
  const again = open("PROCESS_STATE", { lastEventId: hello?.id ?? null });
  assert.deepEqual(names(await take(again)), ["hello", "gap"]);
});

test("what only a client that has left wanted is not recorded for ever", async () => {
  const { daemon, open } = setUp();
  const page = open("PROCESS_STATE");
  open("TICK_5").end();
  assert.ok(daemon.events.isWanted("TICK_5"));
  daemon.clock.advance(30_000);
  assert.equal(daemon.events.isWanted("TICK_5"), false);
  await take(page);
  daemon.submit(daemon.find("web"), { type: "start" });
  assert.deepEqual(names(await take(page)), ["process-state"]);
});

test("the ring is bounded: who missed more than it holds is told of the gap", async () => {
  const { daemon, open } = setUp();
  const client = open("REMOTE_COMMUNICATION");
  const [hello] = await take(client);
  for (let i = 0; i < 3000; i++) {
    daemon.events.publish({ kind: "remote-communication", type: "t", data: String(i) });
    if (i % 500 === 0) await take(client);
  }
  const again = open("REMOTE_COMMUNICATION", { lastEventId: hello?.id ?? null });
  assert.deepEqual(names(await take(again)), ["hello", "gap"]);
  const recent = open("REMOTE_COMMUNICATION", { lastEventId: "boot-2990" });
  assert.equal((await take(recent)).length, 11);
});

test("a client that does not read is cut with a notice, and costs no more than its limit", async () => {
  const { daemon, open, hub } = setUp();
  const client = open("REMOTE_COMMUNICATION");
  const data = "x".repeat(100_000);
  for (let i = 0; i < MAX_WAITING_BYTES / data.length + 5; i++) {
    daemon.events.publish({ kind: "remote-communication", type: "t", data });
  }
  assert.equal(hub.clients, 0);
  const reader = client.stream.getReader();
  const { value } = await reader.read();
  assert.deepEqual(names(parse(new TextDecoder().decode(value))), ["cut"]);
  assert.equal((await reader.read()).done, true);
});

test("heartbeats come only while somebody is there who has read everything", async () => {
  const { daemon, open } = setUp();
  const client = open("PROCESS_STATE");
  await take(client);
  daemon.clock.advance(15_000);
  assert.equal(client.isIdle, false);
  const reader = client.stream.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), ":\n\n");
  reader.releaseLock();
  client.end();
  daemon.clock.advance(30_000);
  assert.equal(daemon.clock.armed, 0);
});

test("usage is looked at only while somebody wants it", async () => {
  const { daemon, open } = setUp();
  const page = open("PROCESS_STATE");
  assert.ok(daemon.clock.nextDue > 2000, "a timer for nobody");
  const client = open("USAGE");
  await take(client);
  daemon.clock.advance(0);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual((await take(client)).map(({ event, data }) => [event, data.sample]), [
    ["usage", 1],
  ]);
  client.end();
  daemon.clock.advance(5000);
  await new Promise((resolve) => setTimeout(resolve, 0));
  page.end();
  assert.equal(client.isIdle, true);
});

test("a client whose stream is cancelled is gone", async () => {
  const { open, hub } = setUp();
  const client = open("PROCESS_STATE");
  await client.stream.cancel();
  assert.equal(hub.clients, 0);
});

test("there is an end to how many may listen", () => {
  const { open } = setUp();
  for (let i = 0; i < MAX_CLIENTS; i++) open("PROCESS_STATE");
  assert.throws(() => open("PROCESS_STATE"), /listen already/);
});
