/** Connections that are made, not taken. */

/** Where a server listens that a client wants to talk to. */
export type ServerAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tcp";
    readonly host: string;
    readonly port: number;
    /** Speak TLS. */
    readonly isSecure?: boolean;
  };

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
