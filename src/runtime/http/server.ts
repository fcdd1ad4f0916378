/** An HTTP server over whatever a runtime listens with. */
import { systemError } from "../errors.ts";
import type { HttpServer, ServeOptions } from "../types.ts";
import { HttpConnection } from "./connection.ts";
import type { Listen, Scarcity, StreamSocket } from "./stream_socket.ts";

/**
 * Opens a server. It is bound when this returns.
 *
 * @param maxDescriptors see `ListenOptions`
 * @throws SystemError
 */
export function serveHttp(
  listen: Listen,
  options: ServeOptions,
  maxDescriptors: number,
): HttpServer {
  const { unix, hostname, port } = options;
  /** In the order they came. */
  const connections = new Set<HttpConnection>();
  /** Among them, those that are on their way out because there was no room. */
  const refused = new Set<HttpConnection>();
  const connection = {
    ...options,
    ended: (one: HttpConnection) => {
      connections.delete(one);
      refused.delete(one);
    },
  };

  function connected(socket: StreamSocket, scarcity: Scarcity): HttpConnection {
    // A kept connection that nobody uses is the cheapest thing to give up.
    const isRoom = scarcity === "none" || closeIdle() || scarcity === "near";
    const one = new HttpConnection(socket, connection);
    connections.add(one);
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

  const listener = orListenError(options, () =>
    listen({
      ...(unix === undefined ? { hostname: hostname ?? "", port: port ?? 0 } : { unix }),
      maxDescriptors,
      connected,
      starved: () => void closeIdle(),
    }));
  return {
    port: listener.port,
    stop() {
      listener.stop();
      for (const one of [...connections]) one.destroy();
      return Promise.resolve();
    },
  };
}

const SERVICE_UNAVAILABLE = 503;
/** Fewer than the descriptors that no connection gets. */
const MAX_REFUSED = 6;

function orListenError<T>({ unix, hostname, port }: ServeOptions, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const place = unix ?? `${hostname}:${port}`;
    throw systemError(typeof code === "string" ? code : "EIO", "listen", `${place}: ${message}`);
  }
}
