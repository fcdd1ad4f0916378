/** Connecting to a server through node:net. */
import type { Dial, Link } from "../runtime/types.ts";
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
  socket.on("close", () => end(null));
  socket.on("connect", () =>
    resolve({
      write: (bytes) => void socket.write(bytes),
      close: () => {
        isOver = true;
        socket.destroy();
      },
    }));
  return await promise;
};
