import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeEnvelope } from "../../support/envelope.ts";
import { type DaemonEvent, eventName } from "../../../src/events/types.ts";
import type { ProcessState } from "../../../src/process/states.ts";

const HEADER = { server: "supervisor", serial: 21, pool: "listener", poolSerial: 10 };
const text = new TextDecoder();
const utf8 = new TextEncoder();

function encode(event: DaemonEvent, unit: "characters" | "bytes" = "characters"): string {
  return text.decode(encodeEnvelope(HEADER, event, unit));
}

function expected(name: string, length: number, payload: string): string {
  return "ver:3.0 server:supervisor serial:21 pool:listener poolserial:10 " +
    `eventname:${name} len:${length}\n${payload}`;
}

function change(from: ProcessState, to: ProcessState, more: { expected?: boolean } = {}) {
  return {
    kind: "process-state",
    process: "p",
    group: "g",
    change: { from, to, pid: 42, tries: 3, expected: more.expected ?? false },
  } as const;
}

function log(data: Uint8Array): DaemonEvent {
  return { kind: "process-log", channel: "stdout", process: "p", group: "g", pid: 7, data };
}

const HEAD = "processname:p groupname:g";
const EVENTS: readonly (readonly [DaemonEvent, string, string])[] = [
  [change("STOPPED", "STARTING"), "PROCESS_STATE_STARTING", `${HEAD} from_state:STOPPED tries:3`],
  [change("STARTING", "BACKOFF"), "PROCESS_STATE_BACKOFF", `${HEAD} from_state:STARTING tries:3`],
  [change("STARTING", "RUNNING"), "PROCESS_STATE_RUNNING", `${HEAD} from_state:STARTING pid:42`],
  [change("RUNNING", "STOPPING"), "PROCESS_STATE_STOPPING", `${HEAD} from_state:RUNNING pid:42`],
  [change("STOPPING", "STOPPED"), "PROCESS_STATE_STOPPED", `${HEAD} from_state:STOPPING pid:42`],
  [
    change("RUNNING", "EXITED"),
    "PROCESS_STATE_EXITED",
    `${HEAD} from_state:RUNNING expected:0 pid:42`,
  ],
  [
    change("RUNNING", "EXITED", { expected: true }),
    "PROCESS_STATE_EXITED",
    `${HEAD} from_state:RUNNING expected:1 pid:42`,
  ],
  [change("BACKOFF", "FATAL"), "PROCESS_STATE_FATAL", `${HEAD} from_state:BACKOFF`],
  [change("STOPPING", "UNKNOWN"), "PROCESS_STATE_UNKNOWN", `${HEAD} from_state:STOPPING`],
  [log(utf8.encode("hello\n")), "PROCESS_LOG_STDOUT", `${HEAD} pid:7 channel:stdout\nhello\n`],
  [
    { ...log(utf8.encode("x")), channel: "stderr" } as DaemonEvent,
    "PROCESS_LOG_STDERR",
    `${HEAD} pid:7 channel:stderr\nx`,
  ],
  [
    {
      kind: "process-communication",
      channel: "stderr",
      process: "p",
      group: "g",
      pid: 7,
      data: utf8.encode("m"),
    },
    "PROCESS_COMMUNICATION_STDERR",
    `${HEAD} pid:7\nm`,
  ],
  [
    { kind: "remote-communication", type: "t", data: "a\nb" },
    "REMOTE_COMMUNICATION",
    "type:t\na\nb",
  ],
  [{ kind: "daemon-state", state: "STOPPING" }, "SUPERVISOR_STATE_CHANGE_STOPPING", ""],
  [{ kind: "tick", period: 60, when: 1200 }, "TICK_60", "when:1200"],
  [
    {
      kind: "process-health",
      what: "UNHEALTHY",
      process: "p",
      group: "g",
      pid: 7,
      detail: "tcp://h:1: refused",
    },
    "PROCESS_HEALTH_UNHEALTHY",
    `${HEAD} pid:7\ntcp://h:1: refused`,
  ],
  [
    { kind: "process-group", change: "ADDED", group: "g" },
    "PROCESS_GROUP_ADDED",
    "groupname:g\n",
  ],
];

for (const [event, name, payload] of EVENTS) {
  test(`${name} is sent as ${JSON.stringify(payload)}`, () => {
    assert.equal(eventName(event), name);
    assert.equal(encode(event), expected(name, payload.length, payload));
  });
}

const LENGTHS: readonly (readonly [string, number, number])[] = [
  ["é", 1, 2],
  ["✓", 1, 3],
  ["😀", 1, 4],
  ["a😀é\n", 4, 8],
  ["\ufeffbom", 4, 6],
];

for (const [data, characters, bytes] of LENGTHS) {
  test(`len counts code points of ${JSON.stringify(data)}, or bytes when asked`, () => {
    const prefix = `${HEAD} pid:7 channel:stdout\n`;
    const event = log(utf8.encode(data));
    const decode = new TextDecoder("utf-8", { ignoreBOM: true });
    const read = (unit: "characters" | "bytes") =>
      decode.decode(encodeEnvelope(HEADER, event, unit));
    assert.equal(
      read("characters"),
      expected("PROCESS_LOG_STDOUT", prefix.length + characters, prefix + data),
    );
    assert.equal(
      read("bytes"),
      expected("PROCESS_LOG_STDOUT", prefix.length + bytes, prefix + data),
    );
  });
}

test("len counts code points of names and remote data too", () => {
  const event: DaemonEvent = { kind: "remote-communication", type: "ü", data: "😀!" };
  assert.equal(encode(event), expected("REMOTE_COMMUNICATION", 9, "type:ü\n😀!"));
  assert.equal(encode(event, "bytes"), expected("REMOTE_COMMUNICATION", 13, "type:ü\n😀!"));
});

test("data that is no UTF-8 becomes a marker with an escaped bytes literal", () => {
  const payload = `${HEAD} pid:7 channel:stdout\nUndecodable: b'\\xff\\xfe\\x80bin\\n'`;
  const event = log(new Uint8Array([0xff, 0xfe, 0x80, 0x62, 0x69, 0x6e, 0x0a]));
  assert.equal(encode(event), expected("PROCESS_LOG_STDOUT", payload.length, payload));
});

test("with lengths in bytes, data that is no UTF-8 is sent as it is", () => {
  const data = new Uint8Array([0xff, 0x00, 0x80]);
  const envelope = encodeEnvelope(HEADER, log(data), "bytes");
  const prefix = expected("PROCESS_LOG_STDOUT", 50, `${HEAD} pid:7 channel:stdout\n`);
  assert.deepEqual([...envelope.subarray(-3)], [...data]);
  assert.equal(text.decode(envelope.subarray(0, -3)), prefix);
});
