import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EventProtocolError,
  listenForEvents,
  type ReceivedEvent,
} from "../../../src/client/event_listener.ts";

const encoder = new TextEncoder();

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) {
    await Promise.resolve();
    yield bytes.slice(i, i + size);
  }
}

function event(name: string, payload: string, serial = 1, length?: number): string {
  const characters = length ?? [...payload].length;
  return `ver:3.0 server:supervisor serial:${serial} pool:p poolserial:${serial} ` +
    `eventname:${name} len:${characters}\n${payload}`;
}

const TWO = event("PROCESS_STATE_EXITED", "processname:cat groupname:cat from_state:RUNNING", 7) +
  event("PROCESS_LOG_STDOUT", "processname:ä groupname:g pid:3 channel:stdout\nGrüße 😀\nx", 8);

for (const size of [1, 2, 3, 5, 1000]) {
  test(`listenForEvents() reads whole events from pieces of ${size} bytes`, async () => {
    const said: string[] = [];
    const seen: ReceivedEvent[] = [];
    const input = chunks(encoder.encode(TWO), size);
    for await (const received of listenForEvents({ input, output: (t) => void said.push(t) })) {
      seen.push(received);
      if (received.header.serial === 7) received.reject();
    }
    assert.deepEqual(seen.map((e) => [e.header.serial, e.header.eventName, e.data]), [
      [7, "PROCESS_STATE_EXITED", ""],
      [8, "PROCESS_LOG_STDOUT", "Grüße 😀\nx"],
    ]);
    assert.equal(seen[1]?.fields["processname"], "ä");
    assert.equal(said.join(""), "READY\nRESULT 4\nFAILREADY\nRESULT 2\nOKREADY\n");
  });
}

test("what is no UTF-8 belongs to the same event, whatever pieces it comes in", async () => {
  const head = encoder.encode("ver:3.0 serial:1 poolserial:1 len:2\nab");
  const stray = [0xa9, 0xa9];
  const next = encoder.encode(" serial:2 poolserial:2 len:0\n");
  for (const size of [1, 2, 3, 1000]) {
    const input = chunks(Uint8Array.of(...head, ...stray, ...next), size);
    const seen: [number, string][] = [];
    for await (const { header, payload } of listenForEvents({ input, output: () => {} })) {
      seen.push([header.serial, payload]);
    }
    assert.deepEqual(seen, [[1, "ab"], [2, ""]], `in pieces of ${size}`);
  }
});

test("event_length = bytes is counted in bytes", async () => {
  const payload = "processname:ä groupname:g pid:3\nü";
  const text = event("PROCESS_COMMUNICATION_STDOUT", payload, 1, encoder.encode(payload).length);
  const seen: string[] = [];
  const options = { input: chunks(encoder.encode(text), 4), eventLength: "bytes" } as const;
  for await (const received of listenForEvents({ ...options, output: () => {} })) {
    seen.push(received.data);
  }
  assert.deepEqual(seen, ["ü"]);
});

test("an error in the loop rejects the event in hand", async () => {
  const said: string[] = [];
  const run = async (): Promise<void> => {
    const input = chunks(encoder.encode(TWO), 64);
    for await (const received of listenForEvents({ input, output: (t) => void said.push(t) })) {
      throw new Error(`cannot handle ${received.header.serial}`);
    }
  };
  await assert.rejects(run, /cannot handle 7/);
  assert.deepEqual(said, ["READY\n", "RESULT 4\nFAIL"]);
});

for (
  const [title, text] of [
    ["a header without a length", "ver:3.0 serial:1 poolserial:1\n"],
    ["a length that is no number", "ver:3.0 serial:1 poolserial:1 len:x\n"],
    ["an input that ends inside a payload", "serial:1 poolserial:1 len:10\nabc"],
  ] as const
) {
  test(`${title} is a protocol error`, async () => {
    const events = listenForEvents({ input: chunks(encoder.encode(text), 8), output: () => {} });
    await assert.rejects(() => events.next(), EventProtocolError);
  });
}
