/** A client for HttpConnection that keeps what it is sent. */
import { HttpConnection } from "../../../../src/runtime/http/connection.ts";
import type { PreparedRequests } from "../../../../src/runtime/http/prepared_requests.ts";
import type { StreamSocket } from "../../../../src/runtime/http/stream_socket.ts";
import type { ServeOptions } from "../../../../src/runtime/http_types.ts";

type Fetch = ServeOptions["fetch"];

export class FakeClient {
  readonly connection: HttpConnection;
  /** All that was sent, one character for each byte. */
  sent = "";
  isPaused = false;
  state: "open" | "shut down" | "ended" | "destroyed" = "open";
  /** The kernel takes nothing: writes are "kept" until drain(). */
  isFull = false;
  isOver = false;
  /** The end waits for what is kept. */
  holdsEnd = false;
  /** Bytes "kept"; a test takes from them as a slow client would. */
  unsent = 0;
  /** What a second descriptor of it would be. */
  descriptor: number | null = 7;

  constructor(fetch: Fetch, maxBodyBytes = 1000, known?: PreparedRequests) {
    // deno-lint-ignore no-this-alias
    const client = this;
    const socket: StreamSocket = {
      remoteAddress: "192.0.2.1",
      remotePort: 4711,
      get unsent() {
        return client.unsent;
      },
      write(data, more = "") {
        client.sent += latin1(data) + latin1(more);
        if (client.isFull) client.unsent += data.length + more.length;
        return !client.isFull;
      },
      pause: () => void (client.isPaused = true),
      resume: () => void (client.isPaused = false),
      end() {
        client.state = "ended";
        if (!client.holdsEnd) client.connection.closed();
      },
      shutdown: () => void (client.state = "shut down"),
      destroy: () => void (client.state = "destroyed"),
      duplicate: () => client.descriptor,
    };
    this.connection = new HttpConnection(socket, {
      fetch,
      maxBodyBytes,
      serverName: "test",
      ...(known === undefined ? {} : { known }),
      ended: () => void (client.isOver = true),
    });
  }

  send(text: string): void {
    this.connection.received(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  drain(): void {
    this.isFull = false;
    this.unsent = 0;
    this.connection.drained();
  }

  /** What was sent, without the date, which changes. */
  get answer(): string {
    return this.sent.replace(/date: [^\r]*\r\n/g, "");
  }
}

function latin1(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Lets all promises that can settle do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
