/** One listener of the event stream: what waits for it, and the end of its patience. */
import type { StreamType, Subject } from "./event_json.ts";
import { splitNamespec } from "../../rpc/namespec.ts";

/**
 * Bytes that may wait for a client: enough for every process of a large configuration to change
 * its state several times while the client blinks.
 */
export const MAX_WAITING_BYTES = 2 * 1024 * 1024;

const UTF8 = new TextEncoder();

/** One event in the form of the stream. @see HTML standard, "Server-sent events" */
export function encodeFrame(event: string, data: unknown, id: string | null): Uint8Array {
  // JSON has no line feeds of its own, so it is always one line.
  const head = id === null ? "" : `id: ${id}\n`;
  return UTF8.encode(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

const CUT = encodeFrame("cut", {
  text: "You read too slowly: events were waiting for you and had to be given up. Connect again.",
}, null);

const HEARTBEAT = UTF8.encode(":\n\n");

export interface EventClientOptions {
  readonly types: ReadonlySet<StreamType>;
  /** Namespecs, `group:*`; null: all. */
  readonly processes: readonly string[] | null;
  /** Called once, however it ends. */
  readonly onEnd: (client: EventClient) => void;
}

export class EventClient {
  readonly types: ReadonlySet<StreamType>;
  readonly stream: ReadableStream<Uint8Array>;
  readonly #filter: ProcessFilter | null;
  readonly #onEnd: (client: EventClient) => void;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #wake: (() => void) | null = null;
  /** Nothing more comes; the stream closes when what waits was taken. */
  #isOver = false;
  #hasEnded = false;

  constructor(options: EventClientOptions) {
    this.types = options.types;
    this.#filter = options.processes === null ? null : new ProcessFilter(options.processes);
    this.#onEnd = options.onEnd;
    this.stream = new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.end(),
    }, { highWaterMark: 0 });
  }

  wants(type: StreamType, subject: Subject | null): boolean {
    return this.types.has(type) && (this.#filter?.passes(subject) ?? true);
  }

  /** Whether everything sent so far was taken. */
  get isIdle(): boolean {
    return this.#bytes === 0;
  }

  /** Queues a frame. A client that lets too much wait gets a notice instead of all of it. */
  send(frame: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#bytes > 0 && this.#bytes + frame.length > MAX_WAITING_BYTES) {
      this.#waiting = [CUT];
      this.#bytes = CUT.length;
      this.end();
      return;
    }
    this.#waiting.push(frame);
    this.#bytes += frame.length;
    this.#awake();
  }

  /** Shows proxies in between, and the daemon, that the other end is still there. */
  heartbeat(): void {
    if (this.isIdle) this.send(HEARTBEAT);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#isOver = true;
    this.#awake();
    this.#onEnd(this);
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#waiting.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const [first, ...others] = this.#waiting;
    if (first !== undefined) controller.enqueue(others.length === 0 ? first : this.#join());
    this.#waiting = [];
    this.#bytes = 0;
    if (this.#isOver) closeQuietly(controller);
  }

  #join(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const frame of this.#waiting) {
      all.set(frame, at);
      at += frame.length;
    }
    return all;
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // Cancelled by the other end meanwhile: closed all the same.
  }
}

class ProcessFilter {
  readonly #groups = new Set<string>();
  readonly #processes = new Set<string>();

  constructor(namespecs: readonly string[]) {
    for (const namespec of namespecs) {
      const { group, process } = splitNamespec(namespec);
      if (process === null) this.#groups.add(group);
      else this.#processes.add(`${group}:${process}`);
    }
  }

  /** What is about nobody in particular concerns everybody. */
  passes(subject: Subject | null): boolean {
    if (subject === null || this.#groups.has(subject.group)) return true;
    const { group, process } = subject;
    if (process !== null) return this.#processes.has(`${group}:${process}`);
    return [...this.#processes].some((name) => name.startsWith(`${group}:`));
  }
}
