/** supervisorctl's side of the wire: XML-RPC calls and followed logs. */
import { Buffer } from "node:buffer";
import { encodeCall } from "../xmlrpc/encode.ts";
import { decodePlainResponse } from "../xmlrpc/plain.ts";
import { type Value, XmlRpcError } from "../xmlrpc/value.ts";
import type { Dial } from "../runtime/dial_types.ts";
import { dialWithNode } from "./dial.ts";
import { deferred } from "./deferred.ts";
import {
  ConnectionError,
  ConnectionLostError,
  HttpStatusError,
  MalformedAnswerError,
} from "./errors.ts";
import { HttpConnection } from "./http_connection.ts";
import { parseServerUrl } from "./server_url.ts";
import type { TlsClientOptions } from "./tls_dial.ts";

/** Where a supervisord is, and how to get in. */
export interface RpcClientOptions {
  /** `unix:///path`, `http://host[:port]` or `https://…`. Looked at when it is first used. */
  readonly serverUrl: string;
  /** Both or neither: with one of them missing nothing is sent. */
  readonly username: string | null;
  /** As it is typed, not a hash of it. */
  readonly password: string | null;
  /** Shown instead of user name and password. */
  readonly token?: string | undefined;
  /** For an https server. */
  readonly tls?: TlsClientOptions | undefined;
  /** How to connect; default: through node:net. */
  readonly dial?: Dial;
}

/** What may be asked of a followed log. */
export interface FollowOptions {
  /** Ends the stream; follow() then returns as if the server had ended it. */
  readonly signal?: AbortSignal;
  /** Given the pieces of a refusal's body, which otherwise nobody reads. */
  readonly onRefusal?: (bytes: Uint8Array) => void;
  /** JSON to be posted; without it the request is a GET. */
  readonly body?: string;
}

const RPC_PATH = "/RPC2";

/** XML-RPC's `<int>` has 32 bits. */
const MAX_INT = 2 ** 31 - 1;
const MIN_INT = -(2 ** 31);

/**
 * Calls the methods of a supervisord, one after the other or side by side. Nothing is connected
 * before the first.
 */
export class RpcClient {
  readonly #options: RpcClientOptions;
  /** A connection whose last exchange is over, for the next one. */
  #idle: HttpConnection | null = null;

  /** Only keeps the options: a wrong address is noticed at the first call. */
  constructor(options: RpcClientOptions) {
    this.#options = options;
  }

  /**
   * Calls a method, named in full (`supervisor.getState`), and waits for its answer however
   * long it takes: starting and stopping processes does.
   *
   * @throws Fault, ServerUrlError, ConnectionError, HttpStatusError, MalformedAnswerError,
   * RangeError for a number that does not fit
   */
  async call(method: string, ...params: Value[]): Promise<Value> {
    for (const param of params) {
      if (typeof param === "number" && (param > MAX_INT || param < MIN_INT)) {
        throw new RangeError("int exceeds XML-RPC limits");
      }
    }
    const connection = await this.#takeConnection();
    const pieces: Uint8Array[] = [];
    const head = await connection.request({
      method: "POST",
      path: RPC_PATH,
      headers: [
        ["User-Agent", "supervisorctl"],
        ["Content-Type", "text/xml"],
        ["Accept", "text/xml"],
        ...this.#authorization(),
      ],
      body: new TextEncoder().encode(encodeCall(method, params)),
      onBody: (bytes) => pieces.push(bytes.slice()),
    });
    if (head.status !== 200) {
      connection.close();
      throw new HttpStatusError(head.status, head.reason, RPC_PATH);
    }
    if (connection.isOpen) this.#idle = connection;
    return await decode(pieces.length === 1 ? pieces[0] as Uint8Array : Buffer.concat(pieces));
  }

  /**
   * Reads an endless answer (`/logtail/NAME/stdout`, `/mainlogtail`) until the server or the
   * signal ends it. The path is sent as it is: encode names with logPath().
   *
   * @param onData each piece as it comes; the view is only valid during the call
   * @throws ServerUrlError, ConnectionError, HttpStatusError, MalformedAnswerError
   */
  async follow(
    path: string,
    onData: (bytes: Uint8Array) => void,
    options: FollowOptions = {},
  ): Promise<void> {
    const { signal, onRefusal, body } = options;
    if (signal?.aborted) return;
    const connection = await this.#connect();
    const aborted = deferred<null>();
    const abort = () => {
      connection.close();
      aborted.resolve(null);
    };
    // It may have come while the connection was made.
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    let isStreaming = false;
    try {
      const response = connection.request({
        ...(body === undefined
          ? { method: "GET" }
          : { method: "POST", body: new TextEncoder().encode(body) }),
        path,
        headers: [
          ["User-Agent", "supervisorctl"],
          ["Accept", "*/*"],
          ...(body === undefined ? [] : [["Content-Type", "application/json"]] as const),
          ...this.#authorization(),
        ],
        onHead: (head) => {
          isStreaming = head.status === 200;
          return isStreaming || onRefusal !== undefined;
        },
        onBody: (bytes) => isStreaming ? onData(bytes) : onRefusal?.(bytes),
      });
      const head = await Promise.race([response, aborted.promise]);
      if (head !== null && head.status !== 200) {
        throw new HttpStatusError(head.status, head.reason, path);
      }
    } catch (error) {
      // A stream without an end can only be cut off: by a server that stops, or is killed.
      if (!isStreaming || !isConnectionLoss(error)) throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      connection.close();
    }
  }

  /** Ends the kept connection, if any. The client can still be used and will connect again. */
  close(): void {
    this.#idle?.close();
    this.#idle = null;
  }

  async #takeConnection(): Promise<HttpConnection> {
    const idle = this.#idle;
    this.#idle = null;
    // The server may have closed it while nobody asked anything.
    return idle !== null && idle.isOpen ? idle : await this.#connect();
  }

  async #connect(): Promise<HttpConnection> {
    const { serverUrl, tls, dial = dialWithNode } = this.#options;
    const address = parseServerUrl(serverUrl);
    const isSecure = address.kind === "tcp" && address.isSecure === true;
    const how = isSecure ? (await import("./tls_dial.ts")).dialWithTls(tls) : dial;
    return await HttpConnection.open(address, serverUrl, how);
  }

  #authorization(): [string, string][] {
    const { username, password, token } = this.#options;
    if (token !== undefined) return [["Authorization", `Bearer ${token}`]];
    if (username === null || password === null) return [];
    const credentials = Buffer.from(`${username}:${password}`).toString("base64");
    return [["Authorization", `Basic ${credentials}`]];
  }
}

/** Path of a process's log stream; NAME may be `group:process`. */
export function logPath(name: string, channel: "stdout" | "stderr"): string {
  return `/logtail/${encodeURIComponent(name).replaceAll("%3A", ":")}/${channel}`;
}

function isConnectionLoss(error: unknown): boolean {
  return error instanceof ConnectionLostError || error instanceof ConnectionError;
}

async function decode(document: Uint8Array): Promise<Value> {
  const value = decodePlain(document);
  if (value !== undefined) return value;
  const { decodeResponse } = await import("../xmlrpc/decode.ts");
  try {
    return decodeResponse(document);
  } catch (error) {
    if (!(error instanceof XmlRpcError)) throw error;
    throw new MalformedAnswerError(`The answer is not XML-RPC: ${error.message}`, { cause: error });
  }
}

function decodePlain(document: Uint8Array): Value | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document);
  } catch {
    return undefined;
  }
  return decodePlainResponse(text);
}
