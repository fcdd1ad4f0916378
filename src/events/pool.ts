/**
 * The buffer of one listener pool: which events wait, in which order, under which numbers.
 * Decides nothing about listeners and touches nothing outside itself.
 *
 * Oldest first. An event that a listener did not take goes back to the head, so that it is
 * delivered before later ones, and keeps its numbers. When the buffer is full the event at
 * the head is dropped, for a new event as for one that comes back.
 */
import { Buffer } from "node:buffer";
import { Deque } from "./deque.ts";
import { type EnvelopeParts, envelopeParts, joinEnvelope, type LengthUnit } from "./envelope.ts";
import { HEAD_ROOM, type OutputBlock, type OutputBlocks } from "./output_blocks.ts";
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
  /** Holds the output that the event is about; null for all other events. */
  readonly #block: OutputBlock | null;
  #envelope: Uint8Array | null = null;

  /** @param blocks where a copy of output is kept that is only valid for now; null: it is a copy */
  constructor(
    event: DaemonEvent,
    serial: number,
    poolSerial: number,
    blocks: OutputBlocks | null = null,
  ) {
    this.serial = serial;
    this.poolSerial = poolSerial;
    this.#block = blocks !== null && event.kind === "process-log" ? blocks.hold(event.data) : null;
    this.event = this.#block !== null && event.kind === "process-log"
      ? { ...event, data: this.#block.data }
      : event;
  }

  /** Encoded at the first delivery (dropped events cost nothing) and kept for others. */
  envelope(server: string, pool: string, unit: LengthUnit): Uint8Array {
    this.#envelope ??= this.#encode(envelopeParts(
      { server, serial: this.serial, pool, poolSerial: this.poolSerial },
      this.event,
      unit,
    ));
    return this.#envelope;
  }

  /** The event was taken care of, or dropped: neither it nor its envelope is looked at again. */
  release(blocks: OutputBlocks): void {
    if (this.#block !== null) blocks.giveBack(this.#block);
  }

  /** The head goes in front of the bytes where they are. */
  #encode(parts: EnvelopeParts): Uint8Array {
    const block = this.#block;
    const headSize = block === null ? 0 : Buffer.byteLength(parts.head);
    if (block === null || parts.tail !== block.data || headSize > HEAD_ROOM) {
      return joinEnvelope(parts);
    }
    const envelope = Buffer.from(
      block.memory.buffer,
      block.memory.byteOffset + HEAD_ROOM - headSize,
      headSize + block.data.length,
    );
    envelope.write(parts.head, "utf8");
    return envelope;
  }
}

export interface EventBufferOptions {
  /** How many events wait at most, at least 1. */
  readonly capacity: number;
  /** Memory for output that is only valid while its event is published. */
  readonly blocks?: OutputBlocks;
}

export class EventBuffer {
  readonly capacity: number;
  readonly #waiting = new Deque<PooledEvent>();
  readonly #blocks: OutputBlocks | null;
  #poolSerial = -1;
  #dropped = 0;

  constructor(options: EventBufferOptions) {
    this.capacity = Math.max(1, options.capacity);
    this.#blocks = options.blocks ?? null;
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
    this.#waiting.pushBack(new PooledEvent(event, serial, this.#poolSerial, this.#blocks));
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

  /** What a next version of the daemon needs to go on; plain data, whose bytes must be copied at once. */
  snapshot(): EventBufferSnapshot {
    return {
      poolSerial: this.#poolSerial,
      dropped: this.#dropped,
      waiting: this.#waiting.toArray().map(describe),
    };
  }

  /** Replaces the content by what snapshot() gave. */
  restore(snapshot: EventBufferSnapshot): void {
    while (this.#waiting.popFront() !== undefined);
    for (const { event, serial, poolSerial } of snapshot.waiting) {
      this.#waiting.pushBack(new PooledEvent(event, serial, poolSerial));
    }
    this.#poolSerial = snapshot.poolSerial;
    this.#dropped = snapshot.dropped;
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
  readonly dropped: number;
  readonly waiting: readonly PooledEventData[];
}

export function describe(event: PooledEvent): PooledEventData {
  return { event: event.event, serial: event.serial, poolSerial: event.poolSerial };
}
