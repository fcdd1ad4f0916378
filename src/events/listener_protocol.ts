/**
 * The protocol a listener speaks on its standard output, as a machine over bytes.
 *
 * A listener starts ACKNOWLEDGED. It prints `READY\n` and is READY: it may be given one
 * event, which makes it BUSY. It answers `RESULT n\n` and n bytes; the answer `OK` means
 * processed, anything else rejected; either way it is ACKNOWLEDGED again and has to say
 * READY once more. Whatever breaks this order makes it UNKNOWN, and it gets nothing more
 * until its process is replaced.
 *
 * Bytes and facts in, outcomes out. Records are plain data and never changed in place, so
 * that they can be kept, compared and handed over to a next version of the daemon.
 *
 * @see Supervisor docs, events.rst, "Event Listener States"
 */

import { Buffer } from "node:buffer";

export type ListenerState = "READY" | "BUSY" | "ACKNOWLEDGED" | "UNKNOWN";

export interface ListenerRecord {
  readonly state: ListenerState;
  /** Received, but too little to decide on: less than a READY token, or a part of a result line. */
  readonly undecided: Uint8Array;
  /** What is still to come of a result whose line was read; null before the line. */
  readonly result: ResultInProgress | null;
}

export interface ResultInProgress {
  readonly remaining: number;
  /** Only as much as it takes to tell `OK` from anything else: results may be huge. */
  readonly start: Uint8Array;
}

/** In the order they happened. */
export type ListenerOutcome =
  | { readonly type: "changed"; readonly from: ListenerState; readonly to: ListenerState }
  /** The event in hand was taken care of. A change to ACKNOWLEDGED follows. */
  | { readonly type: "processed" }
  /** The event in hand is to be delivered again. A change to ACKNOWLEDGED follows. */
  | { readonly type: "rejected" }
  /** The event in hand is to be delivered again. A change to UNKNOWN follows. */
  | { readonly type: "badResultLine"; readonly line: Uint8Array };

export interface ListenerStep {
  readonly record: ListenerRecord;
  readonly outcomes: readonly ListenerOutcome[];
}

const NOTHING = new Uint8Array(0);
const LINE_FEED = 0x0a;
const READY_TOKEN = new TextEncoder().encode("READY\n");
const OK_RESULT = new TextEncoder().encode("OK");
const USUAL_ANSWER = new TextEncoder().encode("RESULT 2\nOK");
const USUAL_ANSWER_AND_READY = new TextEncoder().encode("RESULT 2\nOKREADY\n");
/** The length is read after as many bytes as `RESULT ` has; the word itself is not checked. */
const RESULT_WORD_LENGTH = 7;
/** One byte more than `OK`: enough to see that a result is not `OK`. */
const RESULT_START_LENGTH = OK_RESULT.length + 1;
/**
 * Longest result line waited for. The reference has no limit, so that a busy listener that
 * prints without end eats the daemon's memory; a real line has a dozen bytes.
 */
export const MAX_RESULT_LINE = 64 * 1024;

/** A listener whose process has just been started. */
export const NEW_LISTENER: ListenerRecord = {
  state: "ACKNOWLEDGED",
  undecided: NOTHING,
  result: null,
};

/** READY -> BUSY: an event was written to the listener. Only a READY listener may be given one. */
export function dispatched(record: ListenerRecord): ListenerRecord {
  return { ...record, state: "BUSY" };
}

/**
 * What nearly every listener says nearly always, in one write or in two: known by comparing bytes,
 * without anything being made. The general way below comes to the same.
 */
const PROCESSED_AND_READY: ListenerStep = {
  record: { state: "READY", undecided: NOTHING, result: null },
  outcomes: [
    { type: "processed" },
    { type: "changed", from: "BUSY", to: "ACKNOWLEDGED" },
    { type: "changed", from: "ACKNOWLEDGED", to: "READY" },
  ],
};
const PROCESSED: ListenerStep = {
  record: NEW_LISTENER,
  outcomes: PROCESSED_AND_READY.outcomes.slice(0, 2),
};
const READY: ListenerStep = {
  record: PROCESSED_AND_READY.record,
  outcomes: PROCESSED_AND_READY.outcomes.slice(2),
};

function usualStep(
  { state, undecided, result }: ListenerRecord,
  bytes: Uint8Array,
): ListenerStep | null {
  if (undecided.length > 0 || result !== null) return null;
  if (state === "ACKNOWLEDGED") return isSame(bytes, READY_TOKEN) ? READY : null;
  if (state !== "BUSY") return null;
  if (isSame(bytes, USUAL_ANSWER_AND_READY)) return PROCESSED_AND_READY;
  return isSame(bytes, USUAL_ANSWER) ? PROCESSED : null;
}

function isSame(bytes: Uint8Array, others: Uint8Array): boolean {
  return bytes.length === others.length && Buffer.compare(bytes, others) === 0;
}

/** Bytes came from the listener's standard output, cut anywhere. The view is not kept. */
export function receive(record: ListenerRecord, bytes: Uint8Array): ListenerStep {
  const usual = usualStep(record, bytes);
  if (usual !== null) return usual;
  const outcomes: ListenerOutcome[] = [];
  let at: Position = { record, rest: bytes };
  while (at.rest.length > 0) at = advance(at.record, at.rest, outcomes);
  return { record: at.record, outcomes };
}

interface Position {
  readonly record: ListenerRecord;
  readonly rest: Uint8Array;
}

function advance(record: ListenerRecord, bytes: Uint8Array, out: ListenerOutcome[]): Position {
  switch (record.state) {
    case "ACKNOWLEDGED":
      return awaitReady(record, bytes, out);
    case "READY":
      // A READY listener has nothing to say until it is given an event.
      return violate("READY", out);
    case "BUSY":
      return record.result === null
        ? awaitResultLine(record, bytes, out)
        : awaitResult(record.result, bytes, out);
    case "UNKNOWN":
      return { record, rest: NOTHING };
  }
}

function awaitReady(record: ListenerRecord, bytes: Uint8Array, out: ListenerOutcome[]): Position {
  const data = concat(record.undecided, bytes);
  // Even bytes that cannot become READY are not judged before there are enough of them.
  if (data.length < READY_TOKEN.length) return undecided(record, data);
  if (!startsWith(data, READY_TOKEN)) return violate("ACKNOWLEDGED", out);
  // ACKNOWLEDGED -> READY
  out.push({ type: "changed", from: "ACKNOWLEDGED", to: "READY" });
  return {
    record: { state: "READY", undecided: NOTHING, result: null },
    rest: data.subarray(READY_TOKEN.length),
  };
}

function awaitResultLine(
  record: ListenerRecord,
  bytes: Uint8Array,
  out: ListenerOutcome[],
): Position {
  const end = bytes.indexOf(LINE_FEED);
  if (end === -1) {
    const data = concat(record.undecided, bytes);
    return data.length > MAX_RESULT_LINE ? refuseLine(data, out) : undecided(record, data);
  }
  const line = concat(record.undecided, bytes.subarray(0, end));
  const length = parseResultLength(line);
  if (length === null) return refuseLine(line, out);
  const rest = bytes.subarray(end + 1);
  // A result of no bytes is complete already; the reference waits for one more byte.
  if (length === 0) return judge(NOTHING, rest, out);
  return {
    record: { state: "BUSY", undecided: NOTHING, result: { remaining: length, start: NOTHING } },
    rest,
  };
}

function awaitResult(
  result: ResultInProgress,
  bytes: Uint8Array,
  out: ListenerOutcome[],
): Position {
  const taken = Math.min(result.remaining, bytes.length);
  const wanted = Math.min(taken, RESULT_START_LENGTH - result.start.length);
  const start = wanted > 0 ? concat(result.start, bytes.subarray(0, wanted)) : result.start;
  const rest = bytes.subarray(taken);
  const remaining = result.remaining - taken;
  if (remaining === 0) return judge(start, rest, out);
  return { record: { state: "BUSY", undecided: NOTHING, result: { remaining, start } }, rest };
}

/** BUSY -> ACKNOWLEDGED, whatever the answer: only the event's fate differs. */
function judge(result: Uint8Array, rest: Uint8Array, out: ListenerOutcome[]): Position {
  const isOk = result.length === OK_RESULT.length && startsWith(result, OK_RESULT);
  out.push({ type: isOk ? "processed" : "rejected" });
  out.push({ type: "changed", from: "BUSY", to: "ACKNOWLEDGED" });
  return { record: NEW_LISTENER, rest };
}

function refuseLine(line: Uint8Array, out: ListenerOutcome[]): Position {
  out.push({ type: "badResultLine", line: line.slice(0, MAX_RESULT_LINE) });
  return violate("BUSY", out);
}

/** any -> UNKNOWN; what else was said does not matter any more. */
function violate(from: ListenerState, out: ListenerOutcome[]): Position {
  out.push({ type: "changed", from, to: "UNKNOWN" });
  return { record: { state: "UNKNOWN", undecided: NOTHING, result: null }, rest: NOTHING };
}

function undecided(record: ListenerRecord, data: Uint8Array): Position {
  return { record: { ...record, undecided: data }, rest: NOTHING };
}

/**
 * The number at the end of a result line, as Python's int() reads bytes: blanks around it, a
 * sign and underscores between digits are allowed, so `RESULT 2\r` is 2. Null if it is none.
 *
 * A negative length is refused too; the reference accepts it and never gets out of the result.
 */
export function parseResultLength(line: Uint8Array): number | null {
  let text = "";
  for (const byte of line.subarray(RESULT_WORD_LENGTH)) text += String.fromCharCode(byte);
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-9]+(?:_[0-9]+)*)[ \t\n\v\f\r]*$/.exec(text);
  if (match === null) return null;
  const length = Number((match[2] ?? "").replaceAll("_", ""));
  return match[1] === "-" && length !== 0 ? null : length;
}

/** Always a copy: what came in is only a view of a buffer that will be reused. */
function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte);
}
