/** Connecting to a server: the least an HTTP client needs of a socket. */
import type { ServerAddress } from "./server_url.ts";

/** What is told about a connection. After `closed` nothing more is. */
export interface DialHandlers {
  /** The view is only valid during the call. */
  data(bytes: Uint8Array): void;
  /** By the other end, or broken: then with the system's error. */
  closed(error: Error | null): void;
}

/** An open connection. */
export interface Link {
  /** Bytes go out in order, when the other end takes them. */
  write(bytes: Uint8Array): void;
  /** Ends it at once; `closed` is not called. */
  close(): void;
}

/** Connects, or rejects with the system's error (`code` is ECONNREFUSED, ENOENT, ENOTFOUND …). */
export type Dial = (address: ServerAddress, handlers: DialHandlers) => Promise<Link>;

/**
 * Connects through node:net, on any runtime. It is loaded when it is needed: a runtime's own
 * sockets start faster, where a program brings them.
 */
export const dialWithNode: Dial = async (address, handlers) => {
  const { connect } = await import("node:net");
  const socket = address.kind === "unix"
    ? connect({ path: address.path })
    : connect({ host: address.host, port: address.port });
  const { promise, resolve, reject } = Promise.withResolvers<Link>();
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
