/**
 * Listening at a socket that the program before this one has opened, where the runtime's own
 * listening cannot take one over: through node:net, which can.
 */
import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import { DescriptorGauge } from "./http/descriptor_gauge.ts";
import type {
  ListenOptions,
  StreamHandler,
  StreamListener,
  StreamSocket,
} from "./http/stream_socket.ts";

/** Connections are few when they have less than this part of all descriptors. */
const FEW_PART = 4;

/** Connections are not adopted: the caller's program before has given none away. */
export function adoptWithNode(
  { connected, maxDescriptors, adopt }: ListenOptions & {
    readonly adopt: NonNullable<ListenOptions["adopt"]>;
  },
): Promise<StreamListener> {
  const gauge = new DescriptorGauge(maxDescriptors);
  let live = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const stream = new NodeStream(socket);
    const scarcity = gauge.read(live < maxDescriptors / FEW_PART ? 0 : Infinity);
    live++;
    socket.once("close", () => live--);
    stream.run(connected(stream, scarcity));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ fd: adopt.fd }, () => {
      server.off("error", reject);
      // A client that could not be accepted is the client's trouble.
      server.on("error", () => {});
      resolve({
        port: adopt.port,
        fd: adopt.fd,
        stop: () => void server.close(),
      });
    });
  });
}

class NodeStream implements StreamSocket {
  readonly #socket: Socket;
  #handler: StreamHandler | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? "";
  }

  get remotePort(): number {
    return this.#socket.remotePort ?? 0;
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  run(handler: StreamHandler): void {
    this.#handler = handler;
    this.#socket.on("data", (chunk: Uint8Array) => handler.received(new Uint8Array(chunk)));
    this.#socket.on("drain", () => handler.drained());
    this.#socket.on("end", () => handler.peerEnded());
    this.#socket.on("close", () => handler.closed());
    // A close follows.
    this.#socket.on("error", () => {});
  }

  write(data: string | Uint8Array, more: string | Uint8Array = ""): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) return true;
    const bytes = [data, more].map((part) => typeof part === "string" ? Buffer.from(part) : part);
    return this.#socket.write(Buffer.concat(bytes));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    // Before run() the socket is not flowing yet, and begins to when it is listened to.
    if (this.#handler !== undefined) this.#socket.resume();
  }

  end(): void {
    this.#socket.end(() => this.#socket.destroy());
  }

  shutdown(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The descriptor of a connection is not told. */
  duplicate(): null {
    return null;
  }
}
