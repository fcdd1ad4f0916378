/** Connecting to a server through node:net. */
import type { Socket } from "node:net";
import type { Dial, Link } from "../runtime/dial_types.ts";
import { deferred } from "./deferred.ts";

/**
 * Connects through node:net, on any runtime. It is loaded when it is needed: a runtime's own
 * sockets start faster, where a program brings them.
 */
export const dialWithNode: Dial = async (address, handlers) => {
  const { connect } = await import("node:net");
  const socket = address.kind === "unix"
    ? connect({ path: address.path })
    : connect({ host: address.host, port: address.port });
  return await linkOver(socket, "connect", handlers);
};

/**
 * A socket of node:net or node:tls as a link.
 *
 * @param ready the event with which it can be used; what ends it before rejects
 */
export async function linkOver(
  socket: Socket,
  ready: "connect" | "secureConnect",
  handlers: Parameters<Dial>[1],
): Promise<Link> {
  const { promise, resolve, reject } = deferred<Link>();
  let isOver = false;
  const end = (error: Error | null) => {
    if (isOver) return;
    isOver = true;
    handlers.closed(error);
  };
  socket.on("data", (bytes: Uint8Array) => {
    if (!isOver) handlers.data(bytes);
  });
  socket.on("error", (error: Error) => {
    reject(error);
    end(error);
  });
  socket.on("end", () => end(null));
  socket.on("close", () => {
    reject(new Error("the server ended the connection in the handshake"));
    end(null);
  });
  socket.on(ready, () =>
    resolve({
      write: (bytes) => void socket.write(bytes),
      close: () => {
        isOver = true;
        socket.destroy();
      },
    }));
  return await promise;
}
