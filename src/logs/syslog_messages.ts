/** Lines as messages: of syslog's protocol, and of the journal's. Nothing here sends anything. */
import { Buffer } from "node:buffer";
import { FACILITIES, SEVERITIES, type SyslogSettings } from "../process/log_settings.ts";

export function priorityOf({ facility, severity }: SyslogSettings): number {
  return FACILITIES.indexOf(facility) * 8 + SEVERITIES.indexOf(severity);
}

/** The longest message: what receivers have to take is less, what they do take is more. */
export const LONGEST_MESSAGE = 8 * 1024;

export interface MessageHead {
  readonly priority: number;
  readonly host: string;
  readonly tag: string;
  /** 0: unknown. */
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** RFC 5424, without structured data. A tag that is none of its words becomes one. */
export function syslogMessage(head: MessageHead, line: Uint8Array): Uint8Array {
  const { priority, host, tag, pid, at } = head;
  const time = new Date(at).toISOString();
  const words = [time, word(host, 255), word(tag, 48), pid === 0 ? "-" : String(pid), "-", "-"];
  return Buffer.concat([Buffer.from(`<${priority}>1 ${words.join(" ")} `), cut(line)]);
}

function word(text: string, longest: number): string {
  const plain = text.replace(/[^\x21-\x7e]/g, "_").slice(0, longest);
  return plain === "" ? "-" : plain;
}

function cut(line: Uint8Array): Uint8Array {
  return line.subarray(0, LONGEST_MESSAGE);
}

/** RFC 6587: the length in front, so that a stream can be taken apart again. */
export function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/**
 * The journal's native protocol. Binary lines have their length in front, so that nothing in them
 * can pass for another field.
 *
 * @see systemd docs, JOURNAL_NATIVE_PROTOCOL
 */
export function journalMessage(
  fields: Readonly<Record<string, string>>,
  line: Uint8Array,
): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(line.length));
  const text = Object.entries(fields).map(([name, value]) => `${name}=${value}\n`).join("");
  return Buffer.concat([
    Buffer.from(`${text}MESSAGE\n`),
    length,
    line,
    Buffer.from("\n"),
  ]);
}
