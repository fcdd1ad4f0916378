/**
 * What comes in pieces: wherever the pieces are cut, the outcome must be the same. The first byte
 * of an input says how it is cut.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { MalformedAnswerError } from "../../src/client/errors.ts";
import { EventProtocolError, listenForEvents } from "../../src/client/event_listener.ts";
import { ResponseParser } from "../../src/client/response_parser.ts";
import { encodeEnvelope } from "../support/envelope.ts";
import { dispatched, NEW_LISTENER, receive } from "../../src/events/listener_protocol.ts";
import { OutputChannel } from "../../src/logs/output.ts";
import { stripAnsi } from "../../src/logs/strip_ansi.ts";
import type { LogSink } from "../../src/logs/types.ts";
import type { Target } from "./engine.ts";

/** The rest of the input in pieces of one size; 0 leaves it whole. */
function cut(input: Uint8Array): { whole: Uint8Array; pieces: Uint8Array[] } {
  const [size = 0] = input;
  const whole = input.subarray(1);
  const step = Math.max(1, size % 32);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += step) pieces.push(whole.slice(at, at + step));
  return { whole, pieces };
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** What a listener comes to when each time that it is ready it is given an event. */
function listen(pieces: readonly Uint8Array[]): string[] {
  let record = NEW_LISTENER;
  const said: string[] = [];
  for (const piece of pieces) {
    // The daemon hands an event over between two reads: for comparing, between two bytes.
    for (const byte of piece) {
      const step = receive(record, Uint8Array.of(byte));
      said.push(...step.outcomes.map((outcome) => JSON.stringify(outcome)));
      record = step.record.state === "READY" ? dispatched(step.record) : step.record;
    }
  }
  return [...said, record.state];
}

/** The same without events: what is said before the first one. */
function hear(pieces: readonly Uint8Array[]): string {
  let record = NEW_LISTENER;
  const said: string[] = [];
  for (const piece of pieces) {
    const step = receive(record, piece);
    record = step.record;
    said.push(...step.outcomes.map(({ type }) => type));
  }
  return [...said, record.state].join();
}

class Memory implements LogSink {
  readonly path = null;
  readonly bytesWritten = 0;
  readonly bytesDropped = 0;
  text = "";
  write(bytes: Uint8Array): void {
    this.text += latin1(bytes);
  }
  unwritten(): Uint8Array {
    return new Uint8Array(0);
  }

  reopen(): void {}
  clear(): void {}
  close(): void {}
}

const CAPTURE_BYTES = 32;

function channelOutcome(pieces: readonly Uint8Array[]): { log: string; captured: string[] } {
  const sink = new Memory();
  const captured: string[] = [];
  const channel = new OutputChannel({
    sinks: [sink],
    captureMaxBytes: CAPTURE_BYTES,
    stripAnsi: false,
    onCaptured: (bytes) => captured.push(latin1(bytes)),
  });
  for (const piece of pieces) channel.write(piece);
  channel.end();
  return { log: sink.text, captured };
}

function parseAnswer(pieces: readonly Uint8Array[]): string {
  const heads: string[] = [];
  let body = "";
  const parser = new ResponseParser({
    head: (head) => void heads.push(JSON.stringify(head)),
    body: (bytes) => void (body += latin1(bytes)),
  });
  try {
    for (const piece of pieces) parser.push(piece);
  } catch (error) {
    if (!(error instanceof MalformedAnswerError)) throw error;
    // What came before the fault may have been handed on in other pieces, or not yet at all.
    return `malformed after ${heads.join()}`;
  }
  return `${heads.join()} ${parser.done} ${body}`;
}

async function* arriving(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

async function readEvents(pieces: readonly Uint8Array[]): Promise<string> {
  const events: string[] = [];
  try {
    for await (const event of listenForEvents({ input: arriving(pieces), output: () => {} })) {
      events.push(JSON.stringify([event.header, event.payload]));
    }
  } catch (error) {
    if (!(error instanceof EventProtocolError)) throw error;
    events.push(error.message);
  }
  return events.join("\n");
}

const EVENT = latin1(encodeEnvelope(
  { server: "supervisor", serial: 1, pool: "p", poolSerial: 1 },
  { kind: "remote-communication", type: "kind", data: "what it says" },
  "characters",
));

export const STREAM_TARGETS: readonly Target[] = [
  {
    name: "listener protocol",
    seeds: [
      "\x03READY\nRESULT 2\nOKREADY\nRESULT 4\nFAILREADY\n",
      "\x01READY\nRESULT -1\n",
      "\x05RE",
    ],
    words: ["READY\n", "RESULT ", "RESULT 2\nOK", "\n", "99999999999999999999", "-", "_", "\0"],
    run(input) {
      const { whole, pieces } = cut(input);
      assert.deepEqual(listen(pieces), listen([whole]));
      assert.equal(hear(pieces), hear([whole]));
    },
  },
  {
    name: "capture",
    seeds: [
      "\x02a<!--XSUPERVISOR:BEGIN-->b<!--XSUPERVISOR:END-->c",
      "\x07<!--XSUPERVISOR:BEGIN--><!--XSUPERVISOR:BEGIN-->x<!--XSUPERVISOR:END--><!--XSUPER",
    ],
    words: ["<!--XSUPERVISOR:BEGIN-->", "<!--XSUPERVISOR:END-->", "<!--XSUPERVISOR:", "<", "-->"],
    run(input) {
      const { whole, pieces } = cut(input);
      const outcome = channelOutcome(pieces);
      assert.deepEqual(outcome, channelOutcome([whole]));
      for (const message of outcome.captured) assert.ok(message.length <= CAPTURE_BYTES);
      // The log is what stands outside of tokens: nothing is lost, nothing is added.
      const outside = latin1(whole)
        .replace(/<!--XSUPERVISOR:BEGIN-->[^]*?(<!--XSUPERVISOR:END-->|$)/g, "");
      assert.equal(outcome.log, outside);
    },
  },
  {
    name: "colour codes",
    seeds: ["\x1b[31mred\x1b[0m plain", "a\x1b[", "\x1b[1;2;3mx\x1b[Ky"],
    words: ["\x1b[", "m", "H", "A", "K", "0", ";", "\x1b"],
    run(input) {
      const stripped = stripAnsi(input);
      assert.ok(stripped.length <= input.length);
      if (!input.includes(0x1b)) assert.equal(stripped, input);
    },
  },
  {
    name: "HTTP answer",
    seeds: [
      "\x04HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "\x03HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "\x06HTTP/1.0 404 Not Found\r\nServer: Medusa/1.12\r\n\r\nrest",
    ],
    words: [
      "HTTP/1.1 ",
      "\r\n",
      "\n\n",
      "Content-Length: ",
      "chunked",
      "Connection: close\r\n",
      "ffff\r\n",
    ],
    run(input) {
      const { whole, pieces } = cut(input);
      assert.equal(parseAnswer(pieces), parseAnswer([whole]));
    },
  },
  {
    name: "event stream",
    seeds: [`\x05${EVENT}${EVENT}`, "\x01ver:3.0 server:s serial:1 len:2\nab"],
    words: ["len:", "ver:3.0 ", "\n", ":", " ", "é", "\0", "99999999", "-1"],
    async run(input) {
      const { whole, pieces } = cut(input);
      assert.equal(await readEvents(pieces), await readEvents([whole]));
    },
  },
];
