/** An HTTP server over whatever a runtime listens with. */
import { systemError } from "../errors.ts";
import type { HttpServer, ServeOptions } from "../http_types.ts";
import { HttpConnection } from "./connection.ts";
import { PreparedRequests } from "./prepared_requests.ts";
import type { ListenHere, Scarcity, StreamSocket } from "./stream_socket.ts";

/**
 * Opens a server, or goes on with one. It listens when `listen` returns.
 *
 * @param maxDescriptors see `ListenOptions`
 * @throws SystemError
 */
export async function serveHttp(
  listen: ListenHere,
  options: ServeOptions,
  maxDescriptors: number,
): Promise<HttpServer> {
  const { unix, hostname, port, adopt, prepare } = options;
  /** In the order they came. */
  const connections = new Set<HttpConnection>();
  /** Among them, those that are on their way out because there was no room. */
  const refused = new Set<HttpConnection>();
  /** Told of each answer that is out, while the server is frozen. */
  let changed: (() => void) | null = null;
  const connection = {
    ...options,
    ...(prepare === undefined ? {} : { known: new PreparedRequests(prepare) }),
    settled: () => changed?.(),
    ended(one: HttpConnection) {
      connections.delete(one);
      refused.delete(one);
      changed?.();
    },
  };

  function connected(socket: StreamSocket, scarcity: Scarcity, adopted?: number): HttpConnection {
    // A kept connection that nobody uses is the cheapest thing to give up.
    const isRoom = scarcity === "none" || closeIdle() || scarcity === "near";
    const one = new HttpConnection(socket, connection);
    connections.add(one);
    if (changed !== null) one.freeze();
    const input = adopted === undefined ? undefined : adopt?.connections[adopted]?.input;
    if (input !== undefined && input.length > 0) one.received(input);
    if (!isRoom) turnAway(one);
    return one;
  }

  /** Those who are told so stay for a moment; in a rush that would take the last descriptors. */
  function turnAway(one: HttpConnection): void {
    if (refused.size >= MAX_REFUSED) return one.destroy();
    refused.add(one);
    one.refuse(SERVICE_UNAVAILABLE);
  }

  /** Closes the connection that came first of those in which nothing happens. */
  function closeIdle(): boolean {
    for (const one of connections) {
      if (!one.isIdle) continue;
      one.destroy();
      return true;
    }
    return false;
  }

  function count(isOne: (one: HttpConnection) => boolean): number {
    let found = 0;
    for (const one of connections) if (isOne(one)) found++;
    return found;
  }

  const listener = await orListenError(options, () =>
    listen({
      ...(unix === undefined ? { hostname: hostname ?? "", port: port ?? 0 } : { unix }),
      ...(adopt === undefined
        ? {}
        : { adopt: { ...adopt, connections: adopt.connections.map(({ fd }) => fd) } }),
      maxDescriptors,
      connected,
      starved: () => void closeIdle(),
    }));
  return {
    port: listener.port,
    get busy() {
      return count((one) => one.isBusy);
    },
    get working() {
      return count((one) => one.isWorking);
    },
    get streaming() {
      return count((one) => one.isStreaming);
    },
    stop() {
      listener.stop();
      for (const one of [...connections]) one.destroy();
      return Promise.resolve();
    },
    freeze(callback) {
      changed = callback;
      for (const one of connections) one.freeze();
    },
    thaw() {
      changed = null;
      for (const one of [...connections]) one.thaw();
    },
    endStreams() {
      for (const one of [...connections]) one.endStream();
    },
    handOver() {
      if (listener.fd === undefined) return null;
      const kept = [...connections].map((one) => one.handOver()).filter((one) => one !== null);
      return { fd: listener.fd, port: listener.port, connections: kept };
    },
  };
}

const SERVICE_UNAVAILABLE = 503;
/** Fewer than the descriptors that no connection gets. */
const MAX_REFUSED = 6;

async function orListenError<T>(
  { unix, hostname, port }: ServeOptions,
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const place = unix ?? `${hostname}:${port}`;
    throw systemError(typeof code === "string" ? code : "EIO", "listen", `${place}: ${message}`);
  }
}
