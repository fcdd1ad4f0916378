/** One connection to a server, over TCP or a unix socket: a request at a time. */
import { accessSync, constants } from "node:fs";
import { ConnectionError, describeErrorCode, MalformedAnswerError } from "./errors.ts";
import { deferred } from "./deferred.ts";
import { type ResponseHead, ResponseParser } from "./response_parser.ts";
import type { Dial, Link, ServerAddress } from "../runtime/dial_types.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Beside Host and Content-Length, which are set here. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  /** Called before any body; whether the body is wanted (else the request ends here). */
  readonly onHead?: (head: ResponseHead) => boolean;
  /** Each piece of the body; the view is only valid during the call. */
  readonly onBody: (bytes: Uint8Array) => void;
}

/** What waits for the response now on its way. */
interface Exchange {
  readonly parser: ResponseParser;
  finished(): void;
  failed(error: Error): void;
}

export class HttpConnection {
  readonly #address: ServerAddress;
  readonly #serverUrl: string;
  #link: Link | null = null;
  #exchange: Exchange | null = null;

  private constructor(address: ServerAddress, serverUrl: string) {
    this.#address = address;
    this.#serverUrl = serverUrl;
  }

  /**
   * @param serverUrl the server as the user wrote it, for messages
   * @throws ConnectionError
   */
  static async open(
    address: ServerAddress,
    serverUrl: string,
    dial: Dial,
  ): Promise<HttpConnection> {
    const connection = new HttpConnection(address, serverUrl);
    try {
      connection.#link = await dial(address, {
        data: (bytes) => connection.#received(bytes),
        closed: (error) => connection.#closed(error),
      });
    } catch (error) {
      throw connection.#explain(error);
    }
    return connection;
  }

  /** Whether another request may be made. */
  get isOpen(): boolean {
    return this.#link !== null;
  }

  /**
   * Sends a request and waits for the end of its response. A status other than 200 is an answer
   * like any other here.
   *
   * @throws ConnectionError, MalformedAnswerError
   */
  request(request: HttpRequest): Promise<ResponseHead> {
    const { promise, resolve, reject } = deferred<ResponseHead>();
    let head: ResponseHead | null = null;
    let isWanted = true;
    const parser = new ResponseParser({
      head: (received) => {
        head = received;
        isWanted = request.onHead?.(received) ?? true;
        if (isWanted) return;
        this.close();
        resolve(received);
      },
      body: (bytes) => {
        // Its beginning may have come in one piece with the head that decided against it.
        if (isWanted) request.onBody(bytes);
      },
    });
    this.#exchange = {
      parser,
      finished: () => {
        if (head === null) return;
        if (!head.keepAlive) this.close();
        resolve(head);
      },
      failed: reject,
    };
    this.#link?.write(this.#encode(request));
    return promise;
  }

  /** Ends the connection; a request on its way is neither answered nor failed. */
  close(): void {
    this.#exchange = null;
    this.#link?.close();
    this.#link = null;
  }

  #encode(request: HttpRequest): Uint8Array {
    const address = this.#address;
    const host = address.kind === "unix"
      ? "localhost"
      : `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
    const lines = [`${request.method} ${request.path} HTTP/1.1`, `Host: ${host}`];
    for (const [name, value] of request.headers) lines.push(`${name}: ${value}`);
    if (request.body !== undefined) lines.push(`Content-Length: ${request.body.length}`);
    const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
    if (request.body === undefined) return head;
    const bytes = new Uint8Array(head.length + request.body.length);
    bytes.set(head);
    bytes.set(request.body, head.length);
    return bytes;
  }

  #received(bytes: Uint8Array): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    try {
      exchange.parser.push(bytes);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#finishIfDone();
  }

  #closed(error: Error | null): void {
    this.#link = null;
    const exchange = this.#exchange;
    if (exchange === null) return;
    if (error !== null) return this.#fail(this.#explain(error));
    try {
      exchange.parser.end();
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    const exchange = this.#exchange;
    if (exchange === null || !exchange.parser.done) return;
    this.#exchange = null;
    exchange.finished();
  }

  #fail(error: Error): void {
    const exchange = this.#exchange;
    this.close();
    exchange?.failed(error);
  }

  /** The error of the system in the words Supervisor has for it. */
  #explain(error: unknown): Error {
    const { code, errno } = this.#refine(symptomOf(error));
    const message = error instanceof Error ? error.message : String(error);
    const options = { cause: error };
    if (code === "") return new MalformedAnswerError(message, options);
    const text = code === "EINVAL" && this.#address.kind === "unix"
      ? "AF_UNIX path too long"
      : describeErrorCode(code, errno) ?? message;
    return new ConnectionError(code, text, this.#serverUrl, options);
  }

  /**
   * Bun 1.4 reports every failure to connect to an existing unix socket path as ECONNREFUSED;
   * asking the file system tells "permission denied" and "not a directory" apart from it.
   */
  #refine(symptom: Symptom): Symptom {
    if (symptom.code !== "ECONNREFUSED" || this.#address.kind !== "unix") return symptom;
    try {
      accessSync(this.#address.path, constants.W_OK);
      return symptom;
    } catch (error) {
      return symptomOf(error);
    }
  }
}

/** A system error by its symbol and number. */
interface Symptom {
  /** "" for an error that is not the system's. */
  readonly code: string;
  readonly errno: number;
}

/** Of several tries (one per address of a name) the most telling one. */
function symptomOf(error: unknown): Symptom {
  if (error instanceof AggregateError) {
    const symptoms = error.errors.map(symptomOf).filter(({ code }) => code !== "");
    return symptoms.find(({ code }) => code === "ECONNREFUSED") ?? symptoms.at(-1) ?? NO_SYMPTOM;
  }
  if (typeof error !== "object" || error === null || !("code" in error)) return NO_SYMPTOM;
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  return typeof code === "string"
    // Bun's resolver has a name of its own in front: DNS_ENOTFOUND.
    ? { code: code.replace(/^DNS_/, ""), errno: typeof errno === "number" ? errno : 0 }
    : NO_SYMPTOM;
}

const NO_SYMPTOM: Symptom = { code: "", errno: 0 };
