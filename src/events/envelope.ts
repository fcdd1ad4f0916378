/**
 * What a listener reads from its standard input: one header line and the payload.
 * @see Supervisor docs, events.rst, "Event Listener Notification Protocol"
 */
import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { undecodable } from "./text.ts";
import { signalName } from "../process/signals.ts";
import { type DaemonEvent, eventName } from "./types.ts";

/**
 * What `len:` counts. The documentation says bytes, but the reference counts characters and
 * the listeners that exist read text and depend on it; a pool chooses.
 */
export type LengthUnit = "characters" | "bytes";

export interface EnvelopeHeader {
  /** The daemon's identifier. */
  readonly server: string;
  readonly serial: number;
  readonly pool: string;
  readonly poolSerial: number;
}

const NO_BYTES = new Uint8Array(0);

/** What is written to a listener, in two pieces. */
export interface EnvelopeParts {
  /** Header, LF, and the part of the payload that is text by nature. */
  readonly head: string;
  /** The bytes of a child, or what stands for them; the event's own where they are sent as they are. */
  readonly tail: Uint8Array;
}

export function envelopeParts(
  header: EnvelopeHeader,
  event: DaemonEvent,
  unit: LengthUnit,
): EnvelopeParts {
  const text = payloadText(event);
  const data = payloadData(event);
  // Text listeners cannot take bytes that do not decode: the whole chunk becomes the marker.
  const tail = unit === "bytes" || isUtf8(data) ? data : Buffer.from(undecodable(data));
  const length = unit === "bytes"
    ? Buffer.byteLength(text) + tail.byteLength
    : countCharacters(text) + countCodePoints(tail);
  const head = `ver:3.0 server:${header.server} serial:${header.serial} pool:${header.pool} ` +
    `poolserial:${header.poolSerial} eventname:${eventName(event)} len:${length}\n${text}`;
  return { head, tail };
}

/** Header, LF, payload; no terminator follows. */
export function joinEnvelope({ head, tail }: EnvelopeParts): Uint8Array {
  if (tail.byteLength === 0) return Buffer.from(head);
  const headSize = Buffer.byteLength(head);
  const envelope = Buffer.allocUnsafe(headSize + tail.byteLength);
  envelope.write(head, "utf8");
  envelope.set(tail, headSize);
  return envelope;
}

/** The part of the payload that is text by nature: all of it, but for a child's own bytes. */
function payloadText(event: DaemonEvent): string {
  switch (event.kind) {
    case "process-state": {
      const { process, group, change } = event;
      return `processname:${process} groupname:${group} from_state:${change.from}${
        stateExtras(event)
      }`;
    }
    case "process-log":
      return `processname:${event.process} groupname:${event.group} pid:${event.pid} ` +
        `channel:${event.channel}\n`;
    case "process-communication":
      return `processname:${event.process} groupname:${event.group} pid:${event.pid}\n`;
    case "remote-communication":
      return `type:${event.type}\n${event.data}`;
    case "daemon-state":
      return "";
    case "tick":
      return `when:${event.when}`;
    case "process-group":
      // The line feed belongs to the payload and is counted.
      return `groupname:${event.group}\n`;
    case "process-health":
      return `processname:${event.process} groupname:${event.group} pid:${event.pid}\n` +
        event.detail;
    case "process-failure":
      return failureText(event);
  }
}

/** Facts as in every payload, then a sentence for people and a line for each hint. */
function failureText(
  { process, group, report }: DaemonEvent & { kind: "process-failure" },
): string {
  const { pid, exit, tries, oomKilled, reason, hints } = report;
  const end = exit?.type === "exited"
    ? ` exitcode:${exit.code}`
    : exit?.type === "signalled"
    ? ` signal:${signalName(exit.signal)} core:${exit.coreDumped ? 1 : 0}`
    : "";
  const oom = oomKilled === null ? "unknown" : oomKilled ? "1" : "0";
  return [
    `processname:${process} groupname:${group} pid:${pid} tries:${tries}${end} oom:${oom}`,
    reason,
    ...hints.map(({ code, text }) => `${code}: ${text}`),
  ].join("\n");
}

function stateExtras(event: DaemonEvent & { kind: "process-state" }): string {
  const { to, tries, pid, expected } = event.change;
  switch (to) {
    case "STARTING":
    case "BACKOFF":
      return ` tries:${tries}`;
    case "RUNNING":
    case "STOPPING":
    case "STOPPED":
      return ` pid:${pid}`;
    case "EXITED":
      return ` expected:${expected ? 1 : 0} pid:${pid}`;
    case "FATAL":
    case "UNKNOWN":
      return "";
  }
}

function payloadData(event: DaemonEvent): Uint8Array {
  return event.kind === "process-log" || event.kind === "process-communication"
    ? event.data
    : NO_BYTES;
}

/** Code points, as Python's `len` counts: an astral character is one, not two. */
function countCharacters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if (isHighSurrogate(text.charCodeAt(i)) && isLowSurrogate(text.charCodeAt(i + 1))) {
      count -= 1;
      i += 1;
    }
  }
  return count;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** Code points of valid UTF-8: every byte that does not continue a character. */
function countCodePoints(utf8: Uint8Array): number {
  if (isAscii(utf8)) return utf8.byteLength;
  let count = 0;
  for (const byte of utf8) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}
