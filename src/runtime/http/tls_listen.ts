/**
 * TLS between a runtime's sockets and the HTTP server: node:tls over a stream of our own, which
 * works alike on both runtimes, leaves accepting and its limits as they are, and can take another
 * certificate for each connection. Loaded by servers with a certificate alone.
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { TLSSocket, type TLSSocketOptions } from "node:tls";
import type { TlsServer } from "../http_types.ts";
import { Deadline } from "./deadline.ts";
import type {
  ListenHere,
  ListenOptions,
  Scarcity,
  StreamHandler,
  StreamSocket,
} from "./stream_socket.ts";

/** From the connection to the end of the handshake. */
const HANDSHAKE_MS = 10_000;
/** The same for a client that has ended already. */
const ENDED_MS = 200;

/** Listens as `listen` does; the HTTP server only ever sees what came through the handshake. */
export function listenWithTls(listen: ListenHere, tls: TlsServer): ListenHere {
  return async function listenSecurely(options: ListenOptions) {
    const shaking = new Set<TlsStream>();
    const listener = await listen({
      ...options,
      connected(raw, scarcity) {
        const stream: TlsStream = new TlsStream(raw, tls, {
          secured: () => options.connected(stream, scarcity),
          shaken: () => void shaking.delete(stream),
        });
        shaking.add(stream);
        return stream.start(scarcity);
      },
    });
    return {
      ...listener,
      stop() {
        listener.stop();
        for (const stream of [...shaking]) stream.destroy();
      },
    };
  };
}

interface TlsEvents {
  /** The handshake is over: who takes the connection? */
  readonly secured: () => StreamHandler;
  /** It is over, whether it went well or not. */
  readonly shaken: () => void;
}

class TlsStream implements StreamSocket {
  readonly isSecure = true;
  readonly #raw: StreamSocket;
  readonly #tls: TlsServer;
  readonly #events: TlsEvents;
  readonly #handshake = new Deadline();
  /** The encrypted side, as node:tls wants it. */
  readonly #wire: Duplex;
  #isWirePaused = false;
  #onWireDrained: (() => void) | null = null;
  #socket: TLSSocket | null = null;
  #handler: StreamHandler | null = null;
  #then: "shut down" | "end" = "shut down";
  #isVerified = false;
  #isClosed = false;

  constructor(raw: StreamSocket, tls: TlsServer, events: TlsEvents) {
    this.#raw = raw;
    this.#tls = tls;
    this.#events = events;
    this.#wire = new Duplex({
      read: () => this.#resumeWire(),
      write: (chunk: Uint8Array, _encoding, done) => this.#writeWire(chunk, done),
      final: (done) => {
        if (this.#then === "end") raw.end();
        else raw.shutdown();
        done();
      },
    });
  }

  get remoteAddress(): string {
    return this.#raw.remoteAddress;
  }

  get remotePort(): number {
    return this.#raw.remotePort;
  }

  get certificate(): string | undefined {
    const name: unknown = this.#isVerified
      ? this.#socket?.getPeerCertificate().subject?.CN
      : undefined;
    return typeof name === "string" ? name : undefined;
  }

  get unsent(): number {
    return (this.#socket?.writableLength ?? 0) + this.#wire.writableLength + this.#raw.unsent;
  }

  /** @returns who takes what comes encrypted */
  start(scarcity: Scarcity): StreamHandler {
    const own: StreamHandler = {
      received: (chunk) => {
        if (this.#isClosed || this.#wire.push(chunk)) return;
        this.#isWirePaused = true;
        this.#raw.pause();
      },
      drained: () => {
        const next = this.#onWireDrained;
        this.#onWireDrained = null;
        next?.();
      },
      peerEnded: () => this.#wireEnded(),
      closed: () => this.#close(),
    };
    // Nobody can be told why before the handshake, and the handshake is what there is no room for.
    if (scarcity === "exhausted") queueMicrotask(() => this.destroy());
    else this.#shakeHands();
    return own;
  }

  #shakeHands(): void {
    this.#handshake.set(HANDSHAKE_MS, () => this.destroy());
    const { context, wantsCertificate } = this.#tls.current();
    const options: TLSSocketOptions = {
      isServer: true,
      secureContext: context,
      requestCert: wantsCertificate,
      rejectUnauthorized: wantsCertificate,
    };
    const socket = new TLSSocket(
      this.#wire,
      { ...options, allowHalfOpen: true } as TLSSocketOptions,
    );
    this.#socket = socket;
    // Somebody who does not speak TLS, or whose certificate will not do: nobody is listening yet.
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.destroy());
    socket.on("secure", () => {
      if (wantsCertificate && !socket.authorized) return this.destroy();
      this.#isVerified = wantsCertificate;
      this.#secured(socket);
    });
  }

  #secured(socket: TLSSocket): void {
    if (this.#isClosed || this.#handler !== null) return;
    this.#handshake.callOff();
    this.#events.shaken();
    const handler = this.#handler = this.#events.secured();
    socket.on("data", (chunk: Uint8Array) => handler.received(chunk));
    socket.on("drain", () => handler.drained());
    socket.on("end", () => handler.peerEnded());
  }

  write(data: string | Uint8Array, more: string | Uint8Array = ""): boolean {
    const socket = this.#socket;
    if (this.#isClosed || socket === null) return true;
    // One record and one packet where it is cheap.
    if (typeof data === "string" && typeof more === "string") return socket.write(data + more);
    if (more.length === 0) return socket.write(data);
    if (data.length + more.length <= JOIN_BYTES) {
      return socket.write(Buffer.concat([Buffer.from(data), Buffer.from(more)]));
    }
    socket.write(data);
    return socket.write(more);
  }

  /** What the handshake has agreed on cannot be handed over. */
  duplicate(): null {
    return null;
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  end(): void {
    this.#then = "end";
    this.#socket?.end();
  }

  shutdown(): void {
    this.#socket?.end();
  }

  destroy(): void {
    if (!this.#isClosed) this.#raw.destroy();
  }

  #wireEnded(): void {
    if (this.#isClosed) return;
    this.#wire.push(null);
    if (this.#handler !== null) return;
    // What came last may be a whole request that node:tls has yet to look at; more cannot come.
    this.#handshake.callOff();
    this.#handshake.set(ENDED_MS, () => this.destroy());
  }

  #writeWire(chunk: Uint8Array, done: () => void): void {
    if (this.#isClosed || this.#raw.write(chunk)) return done();
    this.#onWireDrained = done;
  }

  #resumeWire(): void {
    if (!this.#isWirePaused) return;
    this.#isWirePaused = false;
    this.#raw.resume();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handshake.callOff();
    this.#events.shaken();
    this.#wire.destroy();
    this.#socket?.destroy();
    this.#handler?.closed();
  }
}

const JOIN_BYTES = 16 * 1024;
