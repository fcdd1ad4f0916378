/** Listening through Deno.listen, the sockets below its own HTTP server. */
import { withListener } from "./descriptors.ts";
import { DescriptorGauge } from "./http/descriptor_gauge.ts";
import type { LoadedLibrary } from "./libc.ts";
import type {
  ListenOptions,
  StreamHandler,
  StreamListener,
  StreamSocket,
} from "./http/stream_socket.ts";

/** One read; what an idle connection costs. */
const READ_BYTES = 16 * 1024;
/** More than this, and the writer is told to wait. */
const KEEP_BYTES = 64 * 1024;
/** Connections are few when they have less than this part of all descriptors. */
const FEW_PART = 4;
/** Until a client that could not be accepted is tried again. */
const STARVED_MS = 100;

const UTF8 = new TextEncoder();

export function listenWithDeno(
  options: ListenOptions,
  libc: LoadedLibrary,
): StreamListener | Promise<StreamListener> {
  const { unix, hostname, port, adopt } = options;
  if (adopt !== undefined) return adoptWithDeno({ ...options, adopt });
  const [listener, fd] = withListener<Deno.Listener>(
    libc,
    () =>
      unix === undefined
        ? Deno.listen({ hostname: hostname ?? "", port: port ?? 0 })
        : Deno.listen({ transport: "unix", path: unix }),
  );
  let isStopped = false;
  void acceptAll(listener, options, () => isStopped);
  const { addr } = listener;
  return {
    port: addr.transport === "tcp" ? addr.port : 0,
    ...(fd === undefined ? {} : { fd }),
    stop() {
      isStopped = true;
      listener.close();
      // As Bun does: nobody listens there any more.
      if (unix !== undefined) removeFile(unix);
    },
  };
}

/** Loaded only then: node:net takes memory that stays taken. */
async function adoptWithDeno(
  options: ListenOptions & { readonly adopt: NonNullable<ListenOptions["adopt"]> },
): Promise<StreamListener> {
  const { adoptWithNode } = await import("./node_listen.ts");
  return await adoptWithNode(options);
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Gone already.
  }
}

async function acceptAll(
  listener: Deno.Listener,
  { connected, starved, maxDescriptors }: ListenOptions,
  isStopped: () => boolean,
): Promise<void> {
  const gauge = new DescriptorGauge(maxDescriptors);
  let live = 0;
  while (!isStopped()) {
    try {
      const stream = new DenoStream(await listener.accept());
      // Deno tells no number; as long as there are few connections, they are no danger.
      const scarcity = gauge.read(live < maxDescriptors / FEW_PART ? 0 : Infinity);
      live++;
      void stream.run(connected(stream, scarcity)).then(() => live--);
    } catch {
      if (isStopped()) return;
      // No descriptor left, or the client gone before it was accepted.
      starved();
      await new Promise((resolve) => setTimeout(resolve, STARVED_MS));
    }
  }
}

class DenoStream implements StreamSocket {
  readonly #connection: Deno.Conn;
  #handler: StreamHandler | undefined;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #isWriting = false;
  #owesDrain = false;
  #then: "go on" | "shut down" | "end" = "go on";
  #resumed: (() => void) | null = null;
  #isPaused = false;
  #isClosed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    if (connection.remoteAddr.transport === "tcp") (connection as Deno.TcpConn).setNoDelay();
  }

  get remoteAddress(): string {
    const { remoteAddr } = this.#connection;
    return remoteAddr.transport === "tcp" ? remoteAddr.hostname : "";
  }

  get remotePort(): number {
    const { remoteAddr } = this.#connection;
    return remoteAddr.transport === "tcp" ? remoteAddr.port : 0;
  }

  get unsent(): number {
    return this.#keptBytes;
  }

  /** Reads until the client ends. */
  async run(handler: StreamHandler): Promise<void> {
    this.#handler = handler;
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (;;) {
        if (this.#isPaused) await new Promise<void>((resolve) => this.#resumed = resolve);
        const count = await this.#connection.read(buffer);
        if (this.#isClosed) return;
        if (count === null) return handler.peerEnded();
        handler.received(buffer.slice(0, count));
      }
    } catch {
      // Reset, or closed by ourselves.
      this.destroy();
    }
  }

  write(data: string | Uint8Array, more: string | Uint8Array = ""): boolean {
    if (this.#isClosed) return true;
    if (typeof data === "string" && typeof more === "string") this.#keep(data + more);
    else {
      this.#keep(data);
      this.#keep(more);
    }
    if (!this.#isWriting) void this.#writeAll();
    this.#owesDrain = this.#keptBytes > KEEP_BYTES;
    return !this.#owesDrain;
  }

  #keep(data: string | Uint8Array): void {
    if (data.length === 0) return;
    const bytes = typeof data === "string" ? UTF8.encode(data) : data;
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#resumed?.();
    this.#resumed = null;
  }

  end(): void {
    this.#then = "end";
    if (!this.#isWriting) this.destroy();
  }

  shutdown(): void {
    this.#then = "shut down";
    if (!this.#isWriting) void this.#closeWrite();
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#kept = [];
    this.#connection.close();
    this.resume();
    this.#handler?.closed();
  }

  /** Deno does not tell the descriptor of a connection. */
  duplicate(): null {
    return null;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let chunk = this.#kept[0]; chunk !== undefined; chunk = this.#kept[0]) {
        const written = await this.#connection.write(chunk);
        if (this.#isClosed) return;
        this.#keptBytes -= written;
        if (written < chunk.length) this.#kept[0] = chunk.subarray(written);
        else this.#kept.shift();
      }
    } catch {
      return this.destroy();
    }
    this.#isWriting = false;
    if (this.#then === "end") this.destroy();
    else if (this.#then === "shut down") await this.#closeWrite();
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    this.#handler?.drained();
  }

  async #closeWrite(): Promise<void> {
    try {
      await this.#connection.closeWrite();
    } catch {
      this.destroy();
    }
  }
}
