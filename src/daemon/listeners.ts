/**
 * One `[eventlistener:x]`: joins the event bus, the buffer of events/pool.ts and the protocol
 * of events/listener_protocol.ts to the processes of the pool.
 *
 * An event goes to the first member, in configuration order, whose process is RUNNING and
 * which said READY; events wait in the buffer while there is none. At most one event is on
 * its way to a member, so a member that stops reading holds up nothing but that event.
 */
import type { GroupSpec } from "../config/types.ts";
import type { EventBus } from "../events/bus.ts";
import type { LengthUnit } from "../events/envelope.ts";
import {
  dispatched,
  type ListenerOutcome,
  type ListenerRecord,
  type ListenerState,
  NEW_LISTENER,
  receive,
} from "../events/listener_protocol.ts";
import {
  describe,
  EventBuffer,
  type EventBufferSnapshot,
  PooledEvent,
  type PooledEventData,
} from "../events/pool.ts";
import { OutputBlocks } from "../events/output_blocks.ts";
import { pythonBytesLiteral } from "../events/python_literal.ts";
import { textOrUndecodable } from "../events/text.ts";
import type { DaemonEvent } from "../events/types.ts";
import type { LogLevel } from "../process/machine_types.ts";

export interface ListenerPoolOptions {
  /** A group of kind "eventlistener". */
  readonly spec: GroupSpec;
  readonly bus: EventBus;
  /** The daemon's identifier, for the `server:` token. */
  readonly identifier: () => string;
  /** The next number of the daemon's own series; asked once per event, by its first pool. */
  readonly nextSerial: () => number;
  readonly log: (level: LogLevel, text: string) => void;
  /** Lets costly debug lines be left unmade. Default: every level is logged. */
  readonly isEnabled?: (level: LogLevel) => boolean;
}

export interface ListenerMemberOptions {
  /** Process name, without the group. */
  readonly name: string;
  /** True while the process state is RUNNING. */
  isRunning(): boolean;
  /** Queues bytes for the member's standard input; false when its other end is closed. */
  send(bytes: Uint8Array): boolean;
}

/** What the owner of a member's process reports. */
export interface MemberHandle {
  /** Bytes of the member's standard output; the view is not kept. */
  stdout(chunk: Uint8Array): void;
  /** A new child was started: it begins ACKNOWLEDGED. */
  started(): void;
  /** The process state became RUNNING: events may wait for it. */
  running(): void;
  /** The child is gone, its output was read to the end: what it held is delivered again. */
  exited(): void;
  /** The process is not part of the pool any more; what it held is delivered to others. */
  leave(): void;
  readonly state: ListenerState;
}

/** Live state of a pool as plain data (its bytes valid for now), for the next version of the daemon. */
export interface ListenerPoolSnapshot {
  readonly buffer: EventBufferSnapshot;
  readonly members: readonly {
    readonly name: string;
    readonly record: ListenerRecord;
    readonly held: PooledEventData | null;
  }[];
}

interface Member {
  readonly options: ListenerMemberOptions;
  record: ListenerRecord;
  /** The event that was sent and not answered yet. */
  held: PooledEvent | null;
}

/**
 * The serial of an event, shared by all pools that take it. Keyed by the event object, so
 * that daemons in one process do not meet here.
 */
const serials = new WeakMap<DaemonEvent, number>();

export class ListenerPool {
  readonly name: string;
  readonly #options: ListenerPoolOptions;
  readonly #blocks = new OutputBlocks();
  readonly #buffer: EventBuffer;
  readonly #unit: LengthUnit;
  /** Names in configuration order, of members to come, too. */
  #order: readonly string[];
  /** In that order. */
  #members: Member[] = [];
  readonly #unsubscribe: () => void;
  #dispatching = false;
  #closed = false;

  /** @throws TypeError when the group is no listener pool */
  constructor(options: ListenerPoolOptions) {
    const { spec, bus } = options;
    if (spec.listener === null) throw new TypeError(`${spec.name} is not an event listener`);
    this.name = spec.name;
    this.#options = options;
    this.#order = spec.processes.map((process) => process.name);
    this.#buffer = new EventBuffer({
      capacity: spec.listener.bufferSize,
      blocks: this.#blocks,
    });
    this.#unit = spec.listener.eventLength;
    this.#unsubscribe = bus.subscribe(spec.listener.events, (event) => this.#accept(event));
  }

  /** Events that wait for a free member. */
  get waiting(): number {
    return this.#buffer.size;
  }

  /** Events dropped because the buffer was full. */
  get dropped(): number {
    return this.#buffer.dropped;
  }

  /** Adds a process of the pool; its child is reported through the handle. */
  addMember(options: ListenerMemberOptions): MemberHandle {
    const member: Member = { options, record: NEW_LISTENER, held: null };
    this.#members.push(member);
    this.#sort();
    return {
      stdout: (chunk) => this.#receive(member, chunk),
      started: () => {
        member.record = NEW_LISTENER;
      },
      running: () => this.#dispatch(),
      exited: () => this.#release(member),
      leave: () => {
        this.#members = this.#members.filter((one) => one !== member);
        this.#release(member);
      },
      get state() {
        return member.record.state;
      },
    };
  }

  /**
   * The pool gets other members, which come and leave one by one: what waits is kept.
   *
   * @param names of all that are to be members, in configuration order
   */
  reorder(names: readonly string[]): void {
    this.#order = names;
    this.#sort();
  }

  /** Ends the subscription and forgets what waits; reports of members are ignored from now on. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe();
  }

  snapshot(): ListenerPoolSnapshot {
    return {
      buffer: this.#buffer.snapshot(),
      members: this.#members.map(({ options, record, held }) => ({
        name: options.name,
        record,
        held: held === null ? null : describe(held),
      })),
    };
  }

  /** Goes on from a snapshot; members that it names must have been added before. */
  restore(snapshot: ListenerPoolSnapshot): void {
    this.#buffer.restore(snapshot.buffer);
    for (const { name, record, held } of snapshot.members) {
      const member = this.#members.find(({ options }) => options.name === name);
      if (member === undefined) continue;
      member.record = record;
      member.held = held === null
        ? null
        : new PooledEvent(held.event, held.serial, held.poolSerial);
    }
    this.#dispatch();
  }

  #sort(): void {
    const rank = new Map(this.#order.map((name, at) => [name, at]));
    const rankOf = ({ options }: Member) => rank.get(options.name) ?? rank.size;
    this.#members.sort((a, b) => rankOf(a) - rankOf(b));
  }

  #accept(event: DaemonEvent): void {
    let serial = serials.get(event);
    if (serial === undefined) {
      serial = this.#options.nextSerial();
      serials.set(event, serial);
    }
    this.#reportOverflow(this.#buffer.accept(event, serial));
    this.#dispatch();
  }

  #receive(member: Member, chunk: Uint8Array): void {
    if (this.#closed || chunk.length === 0) return;
    const { name } = member.options;
    this.#debug(() => `'${name}' stdout output:\n${pythonBytesLiteral(chunk)}`);
    const { record, outcomes } = receive(member.record, chunk);
    member.record = record;
    for (const outcome of outcomes) this.#settle(member, outcome);
    if (outcomes.length > 0) this.#dispatch();
  }

  #settle(member: Member, outcome: ListenerOutcome): void {
    const { name } = member.options;
    const { log } = this.#options;
    switch (outcome.type) {
      case "processed":
        member.held?.release(this.#blocks);
        member.held = null;
        this.#debug(() => `${name}: event was processed`);
        return;
      case "rejected":
        log("warn", `${name}: event was rejected`);
        this.#putBack(member);
        return;
      case "badResultLine":
        log("warn", `${name}: bad result line: '${textOrUndecodable(outcome.line)}'`);
        this.#putBack(member);
        return;
      case "changed":
        this.#debug(() => `${name}: ${outcome.from} -> ${outcome.to}`);
        if (outcome.to === "UNKNOWN") {
          log(
            "warn",
            `${name}: has entered the UNKNOWN state and will no longer receive events, this ` +
              `usually indicates the process violated the eventlistener protocol`,
          );
        }
        return;
    }
  }

  #release(member: Member): void {
    if (this.#closed) return;
    this.#putBack(member);
    this.#dispatch();
  }

  #putBack(member: Member): void {
    const event = member.held;
    if (event === null) return;
    member.held = null;
    this.#debug(() =>
      `rebuffering event ${event.serial} for pool ${this.name} ` +
      `(buf size=${this.#buffer.size}, max=${this.#buffer.capacity})`
    );
    this.#reportOverflow(this.#buffer.putBack(event));
  }

  #reportOverflow(dropped: PooledEvent | undefined): void {
    if (dropped === undefined) return;
    this.#options.log(
      "error",
      `pool ${this.name} event buffer overflowed, discarding event ${dropped.serial}`,
    );
    dropped.release(this.#blocks);
  }

  /** Sends what waits, oldest first, until no member is free. */
  #dispatch(): void {
    // A member's send() may end up here again (a closed pipe is an event, too): the loop
    // that is under way sees whatever changed.
    if (this.#dispatching || this.#closed) return;
    this.#dispatching = true;
    try {
      for (let event = this.#buffer.peek(); event !== undefined; event = this.#buffer.peek()) {
        const member = this.#deliver(event);
        if (member === null) return;
      }
    } finally {
      this.#dispatching = false;
    }
  }

  /**
   * Gives the oldest event to the first free member that can be written to.
   *
   * @returns null when nobody can take it
   */
  #deliver(event: PooledEvent): Member | null {
    const { identifier } = this.#options;
    for (const member of this.#members) {
      if (member.record.state !== "READY" || !member.options.isRunning()) continue;
      // Taken out, and the member busy, before anything is sent: what send() leads to must
      // find the books in order.
      this.#buffer.take();
      const ready = member.record;
      member.record = dispatched(ready);
      member.held = event;
      if (member.options.send(event.envelope(identifier(), this.name, this.#unit))) {
        this.#debug(() => `event ${event.serial} sent to listener ${member.options.name}`);
        return member;
      }
      this.#debug(() =>
        `epipe occurred while sending event ${event.serial} to listener ` +
        `${member.options.name}, listener state unchanged`
      );
      // The failed send may have ended the member, which put the event back already.
      if (member.held !== event) return member;
      member.record = ready;
      member.held = null;
      this.#reportOverflow(this.#buffer.putBack(event));
    }
    return null;
  }

  #debug(text: () => string): void {
    if (this.#options.isEnabled?.("debug") ?? true) this.#options.log("debug", text());
  }
}
