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
  const connection = {
    ...options,
    ended: (one: HttpConnection) => void connections.delete(one),
  };

  function connected(socket: StreamSocket, scarcity: Scarcity): HttpConnection {
    // A kept connection that nobody uses is the cheapest thing to give up.
    const isRoom = scarcity === "none" || closeIdle() || scarcity === "near";
    const one = new HttpConnection(socket, connection);
    connections.add(one);
    if (!isRoom) one.refuse(SERVICE_UNAVAILABLE);
    return one;
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
