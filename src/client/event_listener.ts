/**
 * The other end of the event listener protocol: what a program that supervisord runs as an
 * `[eventlistener:x]` needs, as an async iterator. Uses nothing but `node:process`, so it runs
 * on Bun, Deno and Node alike.
 *
 * @see Supervisor docs, events.rst
 */
import { writeSync } from "node:fs";
import process from "node:process";

/** The header line of an event, in the types of its values. */
export interface EventHeader {
  /** Protocol version, `3.0`. */
  readonly version: string;
  /** identifier= of the supervisord that sent it. */
  readonly server: string;
  /** Number of the event, unique within one life of the daemon. */
  readonly serial: number;
  /** The listener's own pool, and the number of the event in it. */
  readonly pool: string;
  /** The number of the event in that pool. */
  readonly poolSerial: number;
  /** Concrete type: `PROCESS_STATE_EXITED`, `TICK_5`, … */
  readonly eventName: string;
}

/** One event; it must be answered before the next one comes. */
export interface ReceivedEvent {
  /** What the line before the payload said. */
  readonly header: EventHeader;
  /** The payload as it came. */
  readonly payload: string;
  /** The `key:value` pairs of the payload's first line: processname, groupname, from_state, pid … */
  readonly fields: Readonly<Record<string, string>>;
  /** What follows the first line: log data, communication, remote data. "" where there is none. */
  readonly data: string;
  /** Done with it. Also what happens when the loop goes on without an answer. */
  acknowledge(): void;
  /** Not handled: supervisord will send it again, perhaps to another process of the pool. */
  reject(): void;
}

/** Where a listener reads and writes. */
export interface ListenOptions {
  /** Where events come from; default: standard input. */
  readonly input?: AsyncIterable<Uint8Array | string>;
  /** Where answers go; default: descriptor 1. Everything else must stay off it. */
  readonly output?: (text: string) => void;
  /**
   * What `len` counts: "characters" unless the eventlistener section sets
   * `event_length = bytes`.
   */
  readonly eventLength?: "characters" | "bytes";
}

/** The header or the payload was not what the protocol promises. */
export class EventProtocolError extends Error {
  /**
   * Makes one to be thrown.
   *
   * @param message what was received, and what was expected
   */
  constructor(message: string) {
    super(message);
    this.name = "EventProtocolError";
  }
}

const READY = "READY\n";
const ACKNOWLEDGE = "RESULT 2\nOK";
const REJECT = "RESULT 4\nFAIL";

/**
 * Iterates over the events supervisord sends to this process. Leaving the loop (or an error in
 * it) rejects an event that was not answered yet; the end of standard input ends the loop.
 *
 * @example
 * for await (const event of listenForEvents()) {
 *   if (event.header.eventName === "PROCESS_STATE_FATAL") await page(event.fields.processname);
 *   event.acknowledge();
 * }
 *
 * @throws EventProtocolError when the input is not an event
 */
export async function* listenForEvents(
  options: ListenOptions = {},
): AsyncGenerator<ReceivedEvent, void, void> {
  const say = options.output ?? ((text: string) => void writeSync(1, text));
  const reader = new EventReader(options.input ?? process.stdin, options.eventLength);
  for (;;) {
    say(READY);
    const received = await reader.next();
    if (received === null) return;
    let isAnswered = false;
    const answer = (text: string): void => {
      if (isAnswered) return;
      isAnswered = true;
      say(text);
    };
    let isDone = false;
    try {
      yield {
        ...received,
        acknowledge: () => answer(ACKNOWLEDGE),
        reject: () => answer(REJECT),
      };
      isDone = true;
    } finally {
      answer(isDone ? ACKNOWLEDGE : REJECT);
    }
  }
}

/** Cuts the byte stream into headers and payloads. */
class EventReader {
  readonly #input: AsyncIterator<Uint8Array | string>;
  readonly #countsBytes: boolean;
  #buffer: Uint8Array<ArrayBufferLike> = new Uint8Array(0);

  constructor(input: AsyncIterable<Uint8Array | string>, length: ListenOptions["eventLength"]) {
    this.#input = input[Symbol.asyncIterator]();
    this.#countsBytes = length === "bytes";
  }

  /** null at the end of the input. */
  async next(): Promise<Pick<ReceivedEvent, "header" | "payload" | "fields" | "data"> | null> {
    let end = this.#buffer.indexOf(NEWLINE);
    while (end < 0) {
      if (!await this.#more()) return null;
      end = this.#buffer.indexOf(NEWLINE);
    }
    const line = decoder.decode(this.#take(end + 1)).trimEnd();
    const tokens = parseTokens(line);
    const length = wholeNumber(tokens, "len", line);
    const payload = await this.#payload(length);
    const newline = payload.indexOf("\n");
    return {
      header: {
        version: tokens["ver"] ?? "",
        server: tokens["server"] ?? "",
        serial: wholeNumber(tokens, "serial", line),
        pool: tokens["pool"] ?? "",
        poolSerial: wholeNumber(tokens, "poolserial", line),
        eventName: tokens["eventname"] ?? "",
      },
      payload,
      fields: parseTokens(newline < 0 ? payload : payload.slice(0, newline)),
      data: newline < 0 ? "" : payload.slice(newline + 1),
    };
  }

  async #payload(length: number): Promise<string> {
    for (;;) {
      const end = this.#countsBytes ? length : endOfCharacters(this.#buffer, length);
      if (end >= 0 && end <= this.#buffer.length) return decoder.decode(this.#take(end));
      if (!await this.#more()) {
        throw new EventProtocolError(`the input ended inside an event of ${length}`);
      }
    }
  }

  #take(count: number): Uint8Array {
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#input.next();
    if (done === true) return false;
    const chunk = typeof value === "string" ? encoder.encode(value) : value;
    const joined = new Uint8Array(this.#buffer.length + chunk.length);
    joined.set(this.#buffer);
    joined.set(chunk, this.#buffer.length);
    this.#buffer = joined;
    return true;
  }
}

const NEWLINE = 10;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Offset behind the first `count` UTF-8 characters, or -1 if they are not all there yet. What is no
 * UTF-8 is counted as far as it goes, so that the place does not depend on how much has come.
 */
function endOfCharacters(bytes: Uint8Array, count: number): number {
  let at = 0;
  for (let seen = 0; seen < count; seen++) {
    const lead = bytes[at];
    if (lead === undefined) return -1;
    const width = widthOf(lead);
    let taken = 1;
    for (; taken < width; taken++) {
      const next = bytes[at + taken];
      if (next === undefined) return -1;
      if (!isContinuation(next)) break;
    }
    at += taken;
  }
  return at;
}

/** How many bytes a character has that begins so; 1 for what cannot begin one. */
function widthOf(lead: number): number {
  if (lead < 0xc0) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function parseTokens(line: string): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const word of line.split(" ")) {
    const colon = word.indexOf(":");
    if (colon > 0) tokens[word.slice(0, colon)] = word.slice(colon + 1);
  }
  return tokens;
}

function wholeNumber(tokens: Record<string, string>, name: string, line: string): number {
  const text = tokens[name];
  if (text === undefined || !/^\d+$/.test(text)) {
    throw new EventProtocolError(`"${name}" is not a number in the event header "${line}"`);
  }
  return Number(text);
}
