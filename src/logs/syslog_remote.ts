/**
 * Syslog on another machine, over UDP or TCP. Nobody waits for it: what it does not take in time
 * waits in memory up to a limit, then lines are dropped. After a failure the next line tries anew.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, isIPv6, type Socket } from "node:net";
import { framed } from "./syslog_messages.ts";

/** Bytes that may wait for the network. */
const REMOTE_LIMIT = 1024 * 1024;
const RETRY_MS = 1000;

export interface RemoteOptions {
  readonly host: string;
  readonly port: number;
  /** Milliseconds that only go forward. */
  readonly monotonic: () => number;
  /** Told when trouble begins, once until a connection has worked again. */
  readonly onTrouble: (reason: string) => void;
}

export interface Remote {
  /** @returns false: it is lost */
  send(message: Uint8Array): boolean;
  close(): void;
}

/** What both have in common: trouble is told once, and a new try comes not at once. */
class Trouble {
  readonly #o: RemoteOptions;
  #isTold = false;
  #retryAt = -Infinity;

  constructor(options: RemoteOptions) {
    this.#o = options;
  }

  get isTooEarly(): boolean {
    return this.#o.monotonic() < this.#retryAt;
  }

  note(error: Error): void {
    this.#retryAt = this.#o.monotonic() + RETRY_MS;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#o.onTrouble(error.message);
  }

  over(): void {
    this.#isTold = false;
  }
}

export class UdpRemote implements Remote {
  readonly #o: RemoteOptions;
  readonly #trouble: Trouble;
  #socket: UdpSocket | null = null;
  #isConnected = false;
  /** Until the name is resolved. */
  #waiting: Uint8Array[] = [];
  #pending = 0;
  #isClosed = false;

  constructor(options: RemoteOptions) {
    this.#o = options;
    this.#trouble = new Trouble(options);
  }

  send(message: Uint8Array): boolean {
    if (this.#isClosed || this.#pending + message.length > REMOTE_LIMIT) return false;
    if (this.#socket === null) {
      if (this.#trouble.isTooEarly) return false;
      this.#open();
    }
    this.#pending += message.length;
    if (this.#isConnected) this.#transmit(message);
    else this.#waiting.push(message);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#closeWhenSent();
  }

  #open(): void {
    const { host, port } = this.#o;
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    this.#socket = socket;
    socket.unref();
    socket.on("error", (error) => this.#fail(socket, error));
    socket.on("connect", () => {
      if (this.#socket !== socket) return;
      this.#isConnected = true;
      this.#trouble.over();
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const message of waiting) this.#transmit(message);
    });
    socket.connect(port, host);
  }

  #transmit(message: Uint8Array): void {
    const socket = this.#socket;
    try {
      socket?.send(message, (error) => {
        if (this.#socket !== socket) return;
        this.#pending -= message.length;
        if (error !== null && error !== undefined) this.#trouble.note(error);
        this.#closeWhenSent();
      });
    } catch (error) {
      if (socket !== null) this.#fail(socket, error as Error);
    }
  }

  #fail(socket: UdpSocket, error: Error): void {
    this.#trouble.note(error);
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#isConnected = false;
    this.#waiting = [];
    this.#pending = 0;
    closeQuietly(socket);
  }

  #closeWhenSent(): void {
    if (!this.#isClosed || this.#pending > 0 || this.#socket === null) return;
    const socket = this.#socket;
    this.#socket = null;
    closeQuietly(socket);
  }
}

function closeQuietly(socket: UdpSocket): void {
  try {
    socket.close();
  } catch {
    // It never came to be open.
  }
}

export class TcpRemote implements Remote {
  readonly #o: RemoteOptions;
  readonly #trouble: Trouble;
  #socket: Socket | null = null;
  #isClosed = false;

  constructor(options: RemoteOptions) {
    this.#o = options;
    this.#trouble = new Trouble(options);
  }

  send(message: Uint8Array): boolean {
    if (this.#isClosed) return false;
    if (this.#socket === null) {
      if (this.#trouble.isTooEarly) return false;
      this.#socket = this.#open();
    }
    const bytes = framed(message);
    if (this.#socket.writableLength + bytes.length > REMOTE_LIMIT) return false;
    this.#socket.write(bytes);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.end();
  }

  #open(): Socket {
    const { host, port } = this.#o;
    const socket = connect({ host, port });
    socket.unref();
    socket.on("connect", () => this.#trouble.over());
    socket.on("error", (error) => this.#trouble.note(error));
    // Nothing is expected from there; without a reader its end would not be noticed.
    socket.resume();
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = null;
    });
    return socket;
  }
}
