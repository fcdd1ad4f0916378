/**
 * Puts a time, names or JSON around each line on its way to a log. Lines come in pieces: what has
 * no end yet is kept until the rest comes, the child ends, or it is too long for one line.
 */
import { Buffer } from "node:buffer";
import type { LineField, LineFormat } from "../process/log_settings.ts";
import type { LogSink } from "./types.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Bytes of the longest line; a longer one becomes several, each with the same around it. */
export const LONGEST_LINE = 64 * 1024;

export interface LineFacts {
  readonly name: string;
  readonly group: string;
  readonly program: string;
  readonly stream: "stdout" | "stderr";
  readonly pid: () => number;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** Milliseconds that local time is ahead of UTC then. */
  readonly utcOffset: (wall: number) => number;
}

export interface FormattedSinkOptions {
  readonly sink: LogSink;
  readonly format: LineFormat;
  readonly facts: LineFacts;
}

export class FormattedSink implements LogSink {
  readonly #sink: LogSink;
  readonly #format: LineFormat;
  readonly #facts: LineFacts;
  /** The beginning of a line, and when it came. */
  #held: Uint8Array = new Uint8Array(0);
  #heldAt = 0;

  constructor(options: FormattedSinkOptions) {
    this.#sink = options.sink;
    this.#format = options.format;
    this.#facts = options.facts;
  }

  get path(): string | null {
    return this.#sink.path;
  }

  get bytesWritten(): number {
    return this.#sink.bytesWritten;
  }

  get bytesDropped(): number {
    return this.#sink.bytesDropped;
  }

  write(bytes: Uint8Array): void {
    const now = this.#facts.wall();
    const heldBytes = this.#held.length;
    const all = heldBytes === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const out: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      // What was held has no line feed in it: it is not searched again.
      const end = all.indexOf(LINE_FEED, Math.max(start, heldBytes));
      const stop = end === -1 ? all.length : end;
      while (stop - start > LONGEST_LINE) {
        const cut = start + wholeCharacters(all.subarray(start, start + LONGEST_LINE));
        this.#line(
          all.subarray(start, cut),
          start === 0 && heldBytes > 0 ? this.#heldAt : now,
          out,
        );
        start = cut;
      }
      if (end === -1) break;
      this.#line(all.subarray(start, end), start === 0 && heldBytes > 0 ? this.#heldAt : now, out);
      start = end + 1;
    }
    if (start > 0 || heldBytes === 0) this.#heldAt = now;
    // A copy: the view is not ours to keep.
    this.#held = start === all.length ? new Uint8Array(0) : all.slice(start);
    if (out.length > 0) this.#sink.write(Buffer.concat(out));
  }

  /** The last line has no end of its own. */
  end(): void {
    if (this.#held.length === 0) return;
    const out: Uint8Array[] = [];
    this.#line(this.#held, this.#heldAt, out);
    this.#held = new Uint8Array(0);
    this.#sink.write(Buffer.concat(out));
  }

  /** What a full disk has kept back has its format already, and gets it once more after a handover. */
  unwritten(): Uint8Array {
    return Buffer.concat([this.#sink.unwritten(), this.#held]);
  }

  reopen(): void {
    this.#sink.reopen();
  }

  rollOver(): void {
    this.#sink.rollOver?.();
  }

  clear(): void {
    this.#held = new Uint8Array(0);
    this.#sink.clear();
  }

  close(): void {
    this.end();
    this.#sink.close();
  }

  #line(message: Uint8Array, at: number, out: Uint8Array[]): void {
    if (this.#format === "json") {
      out.push(Buffer.from(`${this.#json(message, at)}\n`));
      return;
    }
    let text = "";
    for (const part of this.#format) {
      if (typeof part === "string") text += part;
      else if (part.field !== "message") text += this.#field(part.field, at);
      else {
        // The bytes as they are: they need not be valid in any encoding.
        if (text !== "") out.push(Buffer.from(text));
        out.push(message);
        text = "";
      }
    }
    out.push(Buffer.from(`${text}\n`));
  }

  /** Bytes that are not valid UTF-8 become U+FFFD: there is no JSON with them. */
  #json(message: Uint8Array, at: number): string {
    const { name, group, stream, pid } = this.#facts;
    const isCrLf = message[message.length - 1] === CARRIAGE_RETURN;
    const shown = isCrLf ? message.subarray(0, -1) : message;
    return JSON.stringify({
      time: new Date(at).toISOString(),
      group,
      name,
      stream,
      pid: pid(),
      message: Buffer.from(shown.buffer, shown.byteOffset, shown.byteLength).toString("utf8"),
    });
  }

  #field(field: Exclude<LineField, "message">, at: number): string {
    switch (field) {
      case "time":
        return new Date(at).toISOString();
      case "localtime":
        return localTime(at, this.#facts.utcOffset(at));
      case "pid":
        return String(this.#facts.pid());
      default:
        return this.#facts[field];
    }
  }
}

/**
 * ISO 8601 with the offset of the place: `2026-11-23T23:01:13.042+01:00`.
 *
 * @param at milliseconds since the epoch
 * @param ahead milliseconds that local time is ahead of UTC
 */
export function localTime(at: number, ahead: number): string {
  const offset = Math.trunc(ahead / 60_000);
  const two = (n: number) => String(n).padStart(2, "0");
  const zone = `${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const shown = new Date(at + offset * 60_000).toISOString().slice(0, -1);
  return `${shown}${offset < 0 ? "-" : "+"}${zone}`;
}

/** How many bytes can be taken so that no UTF-8 sequence is cut; all of them if it is none. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 4; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
