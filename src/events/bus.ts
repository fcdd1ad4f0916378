/** Subscribe and publish; one instance per daemon. */
import {
  concreteNames,
  type EventName,
  type EventTypeName,
  isEventName,
} from "../process/event_names.ts";
import { type DaemonEvent, eventName } from "./types.ts";

/** What a subscriber is. */
export type EventCallback = (event: DaemonEvent) => void;

export interface EventBusOptions {
  /** Told of what a subscriber threw; the publisher never is. Default: nobody is. */
  readonly onError?: (error: unknown, event: DaemonEvent) => void;
}

/** Hands each event to all who have subscribed to its type or to one above it. */
export class EventBus {
  /** Lists are replaced, never changed, so that subscribing during a publish is safe. */
  readonly #subscribers = new Map<EventName, readonly EventCallback[]>();
  readonly #watchers = new Set<() => void>();
  readonly #onError: (error: unknown, event: DaemonEvent) => void;

  /** Without subscribers at first. */
  constructor(options: EventBusOptions = {}) {
    this.#onError = options.onError ?? ignoreError;
  }

  /**
   * Calls back for each event of these types and those below them, once per event however
   * many of the names match it (the reference delivers once per matching name).
   *
   * @param names upper case, abstract or concrete; others are ignored, config has refused them
   * @returns ends the subscription; harmless when called again
   */
  subscribe(names: readonly string[], callback: EventCallback): () => void {
    const wanted = new Set(
      names.filter(isEventName).flatMap((n: EventTypeName) => concreteNames(n)),
    );
    // The same function may be subscribed twice; a wrapper of its own keeps the two apart.
    const entry: EventCallback = (event) => callback(event);
    this.#change(() => {
      for (const name of wanted) {
        this.#subscribers.set(name, [...this.#subscribers.get(name) ?? [], entry]);
      }
    });
    return () => {
      this.#change(() => {
        for (const name of wanted) this.#remove(name, entry);
      });
      wanted.clear();
    };
  }

  /** Calls every subscriber in the order of subscription; a throwing one stops nobody. */
  publish(event: DaemonEvent): void {
    const subscribers = this.#subscribers.get(eventName(event));
    if (subscribers === undefined) return;
    for (const callback of subscribers) {
      try {
        callback(event);
      } catch (error) {
        this.#onError(error, event);
      }
    }
  }

  /** Asked before an event is made whose making costs something (copies of output, timers). */
  isWanted(name: EventName): boolean {
    return this.#subscribers.has(name);
  }

  /** Called after a subscription changed what isWanted() answers. Returns what ends it. */
  onWantedChange(callback: () => void): () => void {
    const entry = () => callback();
    this.#watchers.add(entry);
    return () => {
      this.#watchers.delete(entry);
    };
  }

  #remove(name: EventName, entry: EventCallback): void {
    const left = (this.#subscribers.get(name) ?? []).filter((callback) => callback !== entry);
    if (left.length === 0) this.#subscribers.delete(name);
    else this.#subscribers.set(name, left);
  }

  #change(edit: () => void): void {
    const before = [...this.#subscribers.keys()];
    edit();
    const same = before.length === this.#subscribers.size &&
      before.every((name) => this.#subscribers.has(name));
    if (!same) { for (const watcher of [...this.#watchers]) watcher(); }
  }
}

function ignoreError(): void {
  // Nobody asked to be told; the next subscriber's turn matters more.
}
