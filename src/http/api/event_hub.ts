/**
 * Live events for HTTP clients. While nobody listens there is no subscription, no timer and no
 * memory. While somebody does, each event is turned into bytes once, kept in a bounded ring for
 * clients that come back (Last-Event-ID), and put into the queues of those who want it.
 *
 * After the last client has left the recording goes on for GRACE_MS, so that a page whose
 * connection broke finds what it missed. Who comes later, or asks for what was not recorded, is
 * told of the gap.
 */
import type { Daemon, ManagedProcess } from "../../daemon/types.ts";
import { type DaemonEvent, eventName } from "../../events/types.ts";
import { concreteNames, type EventName } from "../../process/event_names.ts";
import { encodeFrame, EventClient } from "./event_client.ts";
import { eventData, type StreamType, type Subject, subjectOf } from "./event_json.ts";
import { ProblemError } from "./problem.ts";
import { daemonView, processRow } from "./process_view.ts";

const GRACE_MS = 30_000;
const HEARTBEAT_MS = 15_000;
const USAGE_MS = 2_000;
const MAX_RING_EVENTS = 2000;
const MAX_RING_BYTES = 1024 * 1024;
export const MAX_CLIENTS = 200;
/** How long a browser waits before it connects again. */
const RETRY_MS = 2000;

const ROW_SOURCES: readonly EventName[] = [
  ...concreteNames("PROCESS_STATE"),
  ...concreteNames("PROCESS_GROUP"),
  "PROCESS_FAILURE",
];

export interface EventHubOptions {
  readonly daemon: Daemon;
  /** The data of a `usage` event. */
  readonly usage: () => Promise<unknown>;
  /** Distinguishes the ids of this daemon from those of the one before it. */
  readonly epoch: string;
}

export interface Subscription {
  readonly types: ReadonlySet<StreamType>;
  readonly processes: readonly string[] | null;
  readonly snapshot: boolean;
  readonly lastEventId: string | null;
}

interface Recorded {
  readonly id: number;
  readonly type: StreamType;
  readonly subject: Subject | null;
  readonly frame: Uint8Array;
}

export class EventHub {
  readonly #o: EventHubOptions;
  readonly #clients = new Set<EventClient>();
  /** What is recorded, and the id after which nothing of it is missing. */
  #recording = new Map<StreamType, number>();
  #ring: Recorded[] = [];
  #ringBytes = 0;
  /** The id of the latest event that is no longer in the ring. */
  #forgotten = 0;
  #lastId = 0;
  #changed = new Set<ManagedProcess>();
  #unsubscribe: (() => void) | null = null;
  /** Cancels, by what they are for. */
  readonly #timers = new Map<"grace" | "heartbeat" | "usage" | "rows", () => void>();

  constructor(options: EventHubOptions) {
    this.#o = options;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** @throws ProblemError when too many listen already */
  open(subscription: Subscription): EventClient {
    if (this.#clients.size >= MAX_CLIENTS) {
      throw new ProblemError("SHUTDOWN_STATE", `${MAX_CLIENTS} clients listen already`);
    }
    const client = new EventClient({ ...subscription, onEnd: (ended) => this.#forget(ended) });
    const missed = this.#missedSince(subscription);
    this.#clients.add(client);
    this.#record(subscription.types);
    this.#welcome(client, subscription, missed);
    this.#arm("heartbeat", HEARTBEAT_MS, () => this.#beat());
    if (client.types.has("USAGE")) this.#arm("usage", 0, () => void this.#sendUsage());
    return client;
  }

  #welcome(client: EventClient, subscription: Subscription, missed: Recorded[] | null): void {
    const { daemon } = this.#o;
    const isNew = subscription.lastEventId === null;
    const { identifier, state, pid } = daemon;
    const hello = { daemon: { identifier, state, pid }, resumed: !isNew && missed !== null };
    client.send(new TextEncoder().encode(`retry: ${RETRY_MS}\n`));
    // Where events are to follow, the id is theirs to give.
    const id = missed === null || missed.length === 0 ? this.#idText(this.#lastId) : null;
    client.send(encodeFrame("hello", hello, id));
    if (!isNew && missed === null) {
      const text = "Events since the last one you saw are lost: ask for the state of everything.";
      client.send(encodeFrame("gap", { missed: true, text }, null));
    }
    if (subscription.snapshot && (isNew || missed === null)) {
      const processes = this.#allProcesses().map((process) => processRow(daemon, process));
      client.send(encodeFrame("snapshot", { daemon: daemonView(daemon), processes }, null));
    }
    for (const { type, subject, frame } of missed ?? []) {
      if (client.wants(type, subject)) client.send(frame);
    }
  }

  #allProcesses(): ManagedProcess[] {
    return this.#o.daemon.groups().flatMap((group) => group.processes);
  }

  /** What came after the last event that a client saw; null when that cannot be told in full. */
  #missedSince({ lastEventId, types }: Subscription): Recorded[] | null {
    const [epoch, number] = lastEventId?.split("-") ?? [];
    if (epoch !== this.#o.epoch || number === undefined || !/^\d+$/.test(number)) return null;
    const seen = Number(number);
    if (seen < this.#forgotten || seen > this.#lastId) return null;
    for (const type of types) {
      // Usage is of the moment: nobody wants what was.
      if (type !== "USAGE" && (this.#recording.get(type) ?? Infinity) > seen) return null;
    }
    return this.#ring.filter(({ id }) => id > seen);
  }

  /** Sees to it that these are recorded from now on, beside what is already. */
  #record(types: Iterable<StreamType>): void {
    for (const type of types) {
      if (!this.#recording.has(type)) this.#recording.set(type, this.#lastId);
    }
    this.#subscribe();
  }

  #subscribe(): void {
    const names = new Set<string>(this.#recording.keys());
    const wantsRows = names.delete("PROCESS");
    if (wantsRows) { for (const name of ROW_SOURCES) names.add(name); }
    names.delete("USAGE");
    const previous = this.#unsubscribe;
    const { daemon } = this.#o;
    const ends: (() => void)[] = [];
    if (names.size > 0) {
      ends.push(daemon.events.subscribe([...names], (event) => this.#accept(event)));
    }
    // Not by the events of health: what is found changes more often than they are sent.
    if (wantsRows) ends.push(daemon.onHealthChange((process) => this.#noteProcess(process)));
    this.#unsubscribe = ends.length === 0 ? null : () => {
      for (const end of ends) end();
    };
    previous?.();
  }

  #accept(event: DaemonEvent): void {
    const { daemon } = this.#o;
    const type = eventName(event);
    if (this.#recording.has(type)) {
      this.#publish(event.kind, type, subjectOf(event), eventData(event, daemon.clock.wall()));
    }
    if (this.#recording.has("PROCESS")) this.#noteChange(event);
  }

  /** The rows go out when the work at hand is done: several changes of one process make one row. */
  #noteChange(event: DaemonEvent): void {
    const subject = subjectOf(event);
    const group = subject === null ? undefined : this.#o.daemon.group(subject.group);
    if (subject === null || group === undefined) return;
    for (const process of group.processes) {
      if (subject.process === null || process.name === subject.process) this.#noteProcess(process);
    }
  }

  #noteProcess(process: ManagedProcess): void {
    this.#changed.add(process);
    this.#arm("rows", 0, () => this.#sendRows());
  }

  #sendRows(): void {
    const { daemon } = this.#o;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const process of changed) {
      // Its group may have been removed since.
      if (daemon.group(process.groupName)?.process(process.name) !== process) continue;
      const subject = { group: process.groupName, process: process.name };
      this.#publish("process", "PROCESS", subject, processRow(daemon, process));
    }
  }

  #publish(kind: string, type: StreamType, subject: Subject | null, data: unknown): void {
    const id = ++this.#lastId;
    const frame = encodeFrame(kind, data, this.#idText(id));
    this.#ring.push({ id, type, subject, frame });
    this.#ringBytes += frame.length;
    this.#trimRing();
    for (const client of this.#clients) if (client.wants(type, subject)) client.send(frame);
  }

  #trimRing(): void {
    let excess = 0;
    while (
      this.#ring.length - excess > MAX_RING_EVENTS ||
      (this.#ringBytes > MAX_RING_BYTES && excess < this.#ring.length)
    ) {
      const oldest = this.#ring[excess++] as Recorded;
      this.#ringBytes -= oldest.frame.length;
      this.#forgotten = oldest.id;
    }
    if (excess > 0) this.#ring.splice(0, excess);
  }

  #idText(id: number): string {
    return `${this.#o.epoch}-${id}`;
  }

  #beat(): void {
    for (const client of this.#clients) client.heartbeat();
    if (this.#clients.size > 0) this.#arm("heartbeat", HEARTBEAT_MS, () => this.#beat());
  }

  async #sendUsage(): Promise<void> {
    const listeners = [...this.#clients].filter(({ types }) => types.has("USAGE"));
    if (listeners.length === 0) return;
    const frame = encodeFrame("usage", await this.#o.usage(), null);
    // Who has not read what came before does not need more of it.
    for (const client of listeners) if (client.isIdle) client.send(frame);
    this.#arm("usage", USAGE_MS, () => void this.#sendUsage());
  }

  #forget(client: EventClient): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) {
      for (const what of ["heartbeat", "usage"] as const) this.#disarm(what);
    }
    this.#disarm("grace");
    this.#arm("grace", GRACE_MS, () => this.#shrink());
  }

  /** Stops recording what no client wants any more; with no client, everything. */
  #shrink(): void {
    const wanted = new Set([...this.#clients].flatMap(({ types }) => [...types]));
    const kept = [...this.#recording].filter(([type]) => wanted.has(type));
    if (kept.length === this.#recording.size) return;
    this.#recording = new Map(kept);
    // An id that nobody has seen: who saw the one before it has missed what comes now.
    this.#lastId++;
    if (kept.length === 0) {
      this.#ring = [];
      this.#ringBytes = 0;
      this.#forgotten = this.#lastId;
      this.#disarm("rows");
    }
    this.#subscribe();
  }

  /** Sets a timer unless it is set already. */
  #arm(what: "grace" | "heartbeat" | "usage" | "rows", ms: number, callback: () => void): void {
    if (this.#timers.has(what)) return;
    const cancel = this.#o.daemon.clock.after(ms, () => {
      this.#timers.delete(what);
      callback();
    });
    this.#timers.set(what, cancel);
  }

  #disarm(what: "grace" | "heartbeat" | "usage" | "rows"): void {
    this.#timers.get(what)?.();
    this.#timers.delete(what);
  }
}
