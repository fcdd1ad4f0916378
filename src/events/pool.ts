/**
 * The buffer of one listener pool: which events wait, in which order, under which numbers.
 * Decides nothing about listeners and touches nothing outside itself.
 *
 * Oldest first. An event that a listener did not take goes back to the head, so that it is
 * delivered before later ones, and keeps its numbers. When the buffer is full the event at
 * the head is dropped, for a new event as for one that comes back.
 */
import { Deque } from "./deque.ts";
import { encodeEnvelope, type LengthUnit } from "./envelope.ts";
import type { DaemonEvent } from "./types.ts";

/** Both serials start over at 0 past this, the largest integer that stays exact. */
const MAX_SERIAL = Number.MAX_SAFE_INTEGER;

/** The serial after this one; the first is 0, after -1. */
export function nextSerial(serial: number): number {
  return serial >= MAX_SERIAL ? 0 : serial + 1;
}

/** An event as one pool knows it. */
export class PooledEvent {
  readonly event: DaemonEvent;
  readonly serial: number;
  readonly poolSerial: number;
  #envelope: Uint8Array | null = null;

  constructor(event: DaemonEvent, serial: number, poolSerial: number) {
    this.event = event;
    this.serial = serial;
    this.poolSerial = poolSerial;
  }

  /** Encoded at the first delivery (dropped events cost nothing) and kept for others. */
  envelope(server: string, pool: string, unit: LengthUnit): Uint8Array {
    this.#envelope ??= encodeEnvelope(
      { server, serial: this.serial, pool, poolSerial: this.poolSerial },
      this.event,
      unit,
    );
    return this.#envelope;
  }
}

export interface EventBufferOptions {
  /** How many events wait at most, at least 1. */
  readonly capacity: number;
}

export class EventBuffer {
  readonly capacity: number;
  readonly #waiting = new Deque<PooledEvent>();
  #poolSerial = -1;
  #dropped = 0;

  constructor(options: EventBufferOptions) {
    this.capacity = Math.max(1, options.capacity);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** How many events were dropped because the buffer was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a new event under the next number of this pool; returns the one it pushed out. */
  accept(event: DaemonEvent, serial: number): PooledEvent | undefined {
    this.#poolSerial = nextSerial(this.#poolSerial);
    const overflowed = this.#makeRoom();
    this.#waiting.pushBack(new PooledEvent(event, serial, this.#poolSerial));
    return overflowed;
  }

  /** Puts an event back at the head; returns the one it pushed out. */
  putBack(event: PooledEvent): PooledEvent | undefined {
    const overflowed = this.#makeRoom();
    this.#waiting.pushFront(event);
    return overflowed;
  }

  /** The oldest event, left where it is. */
  peek(): PooledEvent | undefined {
    return this.#waiting.peekFront();
  }

  /** Takes the oldest event out. */
  take(): PooledEvent | undefined {
    return this.#waiting.popFront();
  }

  /** What a next version of the daemon needs to go on; plain data. */
  snapshot(): EventBufferSnapshot {
    return { poolSerial: this.#poolSerial, waiting: this.#waiting.toArray().map(describe) };
  }

  /** Replaces the content by what snapshot() gave. */
  restore(snapshot: EventBufferSnapshot): void {
    while (this.#waiting.popFront() !== undefined);
    for (const { event, serial, poolSerial } of snapshot.waiting) {
      this.#waiting.pushBack(new PooledEvent(event, serial, poolSerial));
    }
    this.#poolSerial = snapshot.poolSerial;
  }

  #makeRoom(): PooledEvent | undefined {
    if (this.#waiting.size < this.capacity) return undefined;
    this.#dropped += 1;
    return this.#waiting.popFront();
  }
}

/** A numbered event without behaviour. */
export interface PooledEventData {
  readonly event: DaemonEvent;
  readonly serial: number;
  readonly poolSerial: number;
}

export interface EventBufferSnapshot {
  readonly poolSerial: number;
  readonly waiting: readonly PooledEventData[];
}

export function describe(event: PooledEvent): PooledEventData {
  return { event: event.event, serial: event.serial, poolSerial: event.poolSerial };
}
