/** An HTTP server, and what it and the program tell each other of requests. */
import type { SecureContext } from "node:tls";

/** An HTTP server on one socket. */
export interface HttpServer {
  /** The TCP port that was bound (useful after asking for 0); 0 for a unix socket. */
  readonly port: number;
  /** Requests whose answers are being made or sent. Endless answers are `streaming` instead. */
  readonly busy: number;
  /** Those of them whose answers are being made. */
  readonly working: number;
  /** Endless answers that are being sent. */
  readonly streaming: number;
  /** Stops listening and closes all connections, also those in the middle of an answer. */
  stop(): Promise<void>;
  /**
   * From now on no request is begun: what comes waits, on connections and for them. What has begun
   * goes on.
   *
   * @param changed called whenever `busy` or `streaming` may have become smaller
   */
  freeze(changed: () => void): void;
  /** Goes on with what has waited. */
  thaw(): void;
  /** Ends endless answers so that their clients see a whole answer. */
  endStreams(): void;
  /**
   * Of a frozen server: descriptors that stay open when this process goes on as another program.
   * They belong to the caller, except for the listening one; the server itself is not changed.
   *
   * @returns null where the runtime does not tell which socket it listens on
   */
  handOver(): ServerHandover | null;
}

/** What a server leaves to the program that takes over this process. Descriptors are open in it. */
export interface ServerHandover {
  /** The listening socket. Whoever connects meanwhile waits in its queue. */
  readonly fd: number;
  /** The TCP port; 0 for a unix socket. */
  readonly port: number;
  /** Connections between two requests, with what came of the next one. */
  readonly connections: readonly { readonly fd: number; readonly input: Uint8Array }[];
}

/** What to serve, and where. */
export interface ServeOptions {
  /** Either a unix socket path to bind (must not exist) … */
  readonly unix?: string;
  /** … or an address; "" means every IPv4 interface. */
  readonly hostname?: string;
  /** TCP port; 0: any that is free. */
  readonly port?: number;
  /** Speak TLS. */
  readonly tls?: TlsServer;
  /** Goes on with the sockets of the program before this one instead of binding; `unix` and the
   * rest tell what they are. */
  readonly adopt?: ServerHandover;
  /** Bodies above this many bytes are answered 413 by the runtime. */
  readonly maxBodyBytes: number;
  /** The Server header of answers that the runtime gives by itself. */
  readonly serverName?: string;
  /** Answers a request. */
  readonly fetch: (request: Request, info: ConnectionInfo) => Response | Promise<Response>;
  /**
   * Whether a request, should it come again, can be answered without looking at it; null: it is
   * for `fetch` each time. Nothing is done here.
   */
  readonly prepare?: (request: PlainRequest) => PreparedRequest | null;
}

/** What a request handler is told about the connection. */
export interface ConnectionInfo {
  /** `127.0.0.1`, or "" on a unix socket. */
  readonly remoteAddress: string;
  /** The client's TCP port; 0 on a unix socket. */
  readonly remotePort: number;
  /** Its descriptor, where the runtime tells. */
  readonly fd?: number | undefined;
  /** Common name of the certificate that the client has shown, and that was verified. */
  readonly certificate?: string | undefined;
}

/**
 * A response that has its body at hand, too. The server sends that one: getting it back out of a
 * Response takes longer than all the rest of a short answer.
 */
export interface WholeResponse extends Response {
  readonly whole: string | Uint8Array;
}

/** What there is to a request that came whole, and in one piece. */
export interface PlainRequest {
  /** As written: `POST`. */
  readonly method: string;
  /** Path and query as written. */
  readonly target: string;
  /** Names in lower case and values, by turns. */
  readonly fields: readonly string[];
  /** One character for each byte. */
  readonly body: string;
}

/** How a request will be answered whenever it comes again, letter by letter. */
export interface PreparedRequest {
  /** Of an answer that is a text. */
  readonly contentType: string;
  /** Never throws and never rejects. A text is the body of an answer with status 200. */
  answer(): string | Response | Promise<string | Response>;
}

/** Where a server gets what it speaks TLS with. */
export interface TlsServer {
  /** Asked for each connection. */
  current(): TlsMaterial;
}

/** What one TLS connection is made with. */
export interface TlsMaterial {
  /** Certificate, key and who may sign those of clients. */
  readonly context: SecureContext;
  /** Clients without a certificate that was signed so are refused. */
  readonly wantsCertificate: boolean;
}
