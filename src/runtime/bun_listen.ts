/**
 * Listening through Bun.listen, the sockets below its own HTTP server. That server itself would not
 * do: it answers 400 to the empty Host header that Python's `supervisorctl tail -f` sends, and holds
 * the head of a streamed answer back until its first chunk. node:http needs half of our time.
 */
import { Buffer } from "node:buffer";
import { duplicateDescriptor } from "./descriptors.ts";
import { DescriptorGauge } from "./http/descriptor_gauge.ts";
import type {
  Listen,
  ListenOptions,
  StreamHandler,
  StreamListener,
  StreamSocket,
} from "./http/stream_socket.ts";
import type { LoadedLibrary } from "./libc.ts";

/** The part of Bun's sockets in use; declared here because deno check reads this file too. */
interface BunSocket {
  /** Ours: what belongs to the connection. */
  data: BunStream | undefined;
  readonly fd: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Returns how many bytes were taken; -1 or fewer when it is closed. Nothing is kept. */
  write(data: string | Uint8Array): number;
  pause(): void;
  resume(): void;
  end(): void;
  shutdown(): void;
  close(): void;
}

interface BunListenOptions {
  readonly unix?: string;
  readonly hostname?: string;
  readonly port?: number;
  /** Of a socket that is open: one that listens, or (for connect) one that is connected. */
  readonly fd?: number;
  readonly allowHalfOpen: boolean;
  readonly socket: {
    open(socket: BunSocket): void;
    data(socket: BunSocket, chunk: Uint8Array): void;
    drain(socket: BunSocket): void;
    end(socket: BunSocket): void;
    close(socket: BunSocket): void;
    error(socket: BunSocket, error: Error): void;
  };
}

export interface BunListener {
  listen(options: BunListenOptions): {
    readonly port?: number;
    readonly fd: number;
    stop(closeActiveConnections?: boolean): void;
  };
  connect(options: BunListenOptions): Promise<unknown>;
}

export function listenWithBun(bun: BunListener): Listen {
  return function listen(options: ListenOptions, libc: LoadedLibrary) {
    const duplicate = (fd: number) => duplicateDescriptor(fd, libc);
    const { unix, hostname, port, maxDescriptors, connected, adopt } = options;
    const gauge = new DescriptorGauge(maxDescriptors);
    const place = unix === undefined ? { hostname: hostname ?? "", port: port ?? 0 } : { unix };
    /** @param adopted see ListenOptions.connected */
    const handlers = (adopted?: number): BunListenOptions["socket"] => ({
      open(socket) {
        const stream = new BunStream(socket, duplicate);
        socket.data = stream;
        stream.handler = connected(stream, gauge.read(socket.fd), adopted);
      },
      data: (socket, chunk) => socket.data?.handler?.received(chunk),
      drain: (socket) => socket.data?.flush(),
      end: (socket) => socket.data?.handler?.peerEnded(),
      close: (socket) => socket.data?.close(),
      // A close follows.
      error: () => {},
    });
    const listener = bun.listen({
      ...(adopt === undefined ? place : { fd: adopt.fd }),
      allowHalfOpen: true,
      socket: handlers(),
    });
    for (const [index, fd] of adopt?.connections.entries() ?? []) {
      // Gone meanwhile: nobody is left to be told.
      bun.connect({ fd, allowHalfOpen: true, socket: handlers(index) }).catch(() => {});
    }
    return {
      port: adopt?.port ?? (unix === undefined ? listener.port ?? 0 : 0),
      fd: listener.fd,
      stop: () => listener.stop(),
    } satisfies StreamListener;
  };
}

class BunStream implements StreamSocket {
  handler: StreamHandler | undefined;
  readonly #socket: BunSocket;
  /** What the kernel did not take, in order. */
  #kept: Uint8Array[] = [];
  /** What is to be done when nothing is kept any more. */
  #then: "go on" | "shut down" | "end" = "go on";
  #isClosed = false;

  readonly #duplicate: (fd: number) => number;

  constructor(socket: BunSocket, duplicate: (fd: number) => number) {
    this.#socket = socket;
    this.#duplicate = duplicate;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? "";
  }

  get remotePort(): number {
    return this.#socket.remotePort ?? 0;
  }

  get fd(): number {
    return this.#socket.fd;
  }

  get unsent(): number {
    return this.#kept.reduce((sum, { length }) => sum + length, 0);
  }

  write(data: string | Uint8Array, more: string | Uint8Array = ""): boolean {
    if (this.#isClosed) return true;
    if (this.#kept.length > 0) {
      this.#kept.push(asBytes(data), asBytes(more));
      return false;
    }
    if (typeof data === "string" && typeof more === "string" && isShort(data, more)) {
      const text = data + more;
      return this.#send(text, Buffer.byteLength(text));
    }
    const bytes = scratch.join(data, more);
    if (bytes !== null) return this.#send(bytes, bytes.length);
    const first = asBytes(data);
    const second = asBytes(more);
    if (this.#send(first, first.length)) return this.#send(second, second.length);
    this.#kept.push(second);
    return false;
  }

  /** @param data may be in the shared memory: what has to be kept is copied */
  #send(data: string | Uint8Array, size: number): boolean {
    if (size === 0) return true;
    const taken = this.#socket.write(data);
    // Negative: closed under our hands, and its event follows.
    if (taken === size || taken < 0) return true;
    const bytes = asBytes(data);
    this.#kept.push(scratch.holds(bytes) ? bytes.slice(taken) : bytes.subarray(taken));
    return false;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#then = "end";
    if (this.#kept.length === 0) this.#socket.end();
  }

  shutdown(): void {
    this.#then = "shut down";
    if (this.#kept.length === 0) this.#socket.shutdown();
  }

  destroy(): void {
    this.#socket.close();
  }

  duplicate(): number | null {
    const fd = this.#duplicate(this.#socket.fd);
    return fd === -1 ? null : fd;
  }

  /** There is room again. */
  flush(): void {
    if (this.#kept.length === 0) return;
    for (let chunk = this.#kept[0]; chunk !== undefined; chunk = this.#kept[0]) {
      const taken = this.#socket.write(chunk);
      if (taken < chunk.length) {
        if (taken > 0) this.#kept[0] = chunk.subarray(taken);
        return;
      }
      this.#kept.shift();
    }
    if (this.#then === "end") this.#socket.end();
    else if (this.#then === "shut down") this.#socket.shutdown();
    this.handler?.drained();
  }

  close(): void {
    this.#isClosed = true;
    this.#kept = [];
    this.handler?.closed();
  }
}

/** Text of fewer characters goes to the socket as it is. */
const SHORT = 4096;
/** Answers up to this size are put together in memory that is there already. */
const SCRATCH_BYTES = 512 * 1024;

function isShort(data: string, more: string): boolean {
  return data.length + more.length <= SHORT;
}

/**
 * Memory that all answers share. The time that a large answer takes is mostly that of getting new
 * memory for its bytes, which are gone as soon as the kernel has them.
 */
class Scratch {
  #bytes: Uint8Array | undefined;

  /** Both pieces, until the next call; null when they do not fit. */
  join(data: string | Uint8Array, more: string | Uint8Array): Uint8Array | null {
    if (data.length + more.length > SCRATCH_BYTES) return null;
    const bytes = this.#bytes ??= new Uint8Array(SCRATCH_BYTES);
    const first = put(data, bytes);
    if (first === null) return null;
    const second = put(more, bytes.subarray(first));
    return second === null ? null : bytes.subarray(0, first + second);
  }

  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#bytes?.buffer;
  }
}

const scratch = new Scratch();
const UTF8 = new TextEncoder();

/** @returns the number of bytes; null when there was no room for all of them */
function put(data: string | Uint8Array, bytes: Uint8Array): number | null {
  if (typeof data === "string") {
    const { read, written } = UTF8.encodeInto(data, bytes);
    return read === data.length ? written : null;
  }
  if (data.length > bytes.length) return null;
  bytes.set(data);
  return data.length;
}

function asBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? Buffer.from(data) : data;
}
