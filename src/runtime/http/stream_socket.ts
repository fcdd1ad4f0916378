/** What the HTTP server asks of a runtime: listening, and a stream of bytes to each client. */

import type { LoadedLibrary } from "../libc.ts";

/** The server's end of one connection. */
export interface StreamSocket {
  /** `127.0.0.1`; "" on a unix socket. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Its descriptor, where the runtime tells. */
  readonly fd?: number;
  /** What comes here came encrypted. */
  readonly isSecure?: boolean;
  /** Common name of the client's verified certificate. */
  readonly certificate?: string | undefined;
  /** Bytes kept because the kernel has not taken them yet. */
  readonly unsent: number;
  /**
   * Sends text (as UTF-8) or bytes, and what follows it, together where that is cheap. What the
   * kernel does not take is kept; the bytes must not be changed then.
   *
   * @returns false when something is kept; `drained` follows as soon as it is gone
   */
  write(data: string | Uint8Array, more?: string | Uint8Array): boolean;
  /** Stops reading, so that the client has to wait. A chunk on its way may still come. */
  pause(): void;
  resume(): void;
  /** Sends what is kept and closes. */
  end(): void;
  /** Sends what is kept and ends our direction; the client's stays open. */
  shutdown(): void;
  /** Closes at once, with whatever is kept. */
  destroy(): void;
  /**
   * A second descriptor of the connection, open in whatever program this process becomes, for a
   * socket that is paused and has nothing kept. The caller closes it.
   *
   * @returns null where the runtime does not tell the first
   */
  duplicate(): number | null;
}

/** Who uses a connection. */
export interface StreamHandler {
  /** @param chunk the receiver's to keep */
  received(chunk: Uint8Array): void;
  /** All that was kept has been sent. */
  drained(): void;
  /** The client sends no more. It may still be reading, or be gone altogether. */
  peerEnded(): void;
  /** The connection is over, whoever ended it. Called once, and nothing is called after it. */
  closed(): void;
}

/** How near the process is to its limit of open files. */
export type Scarcity = "none" | "near" | "exhausted";

export interface ListenOptions {
  readonly unix?: string;
  readonly hostname?: string;
  readonly port?: number;
  /** Number of files this process may have open (RLIMIT_NOFILE); Infinity without a limit. */
  readonly maxDescriptors: number;
  /**
   * A client was accepted.
   *
   * @param adopted for a connection that was adopted: its place in the list of them
   */
  readonly connected: (
    socket: StreamSocket,
    scarcity: Scarcity,
    adopted?: number,
  ) => StreamHandler;
  /** Goes on with these descriptors instead of binding. */
  readonly adopt?: {
    readonly fd: number;
    readonly port: number;
    readonly connections: readonly number[];
  };
  /** A client could not be accepted for want of descriptors; it is tried again in a while. */
  readonly starved: () => void;
}

export interface StreamListener {
  /** 0 on a unix socket. */
  readonly port: number;
  /** Its descriptor, where the runtime tells. */
  readonly fd?: number;
  /** Accepts nobody any more. Connections are not touched. */
  stop(): void;
}

/** The same, by a runtime that does not need to be told of the C library. */
export type ListenHere = (options: ListenOptions) => StreamListener | Promise<StreamListener>;

/**
 * Binds before it returns, also when what it returns is a promise (only for `adopt`).
 *
 * @throws SystemError
 */
export type Listen = (
  options: ListenOptions,
  libc: LoadedLibrary,
) => StreamListener | Promise<StreamListener>;
