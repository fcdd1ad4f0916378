/**
 * A request as handlers see it: what a server can know of a `Request`, made when it is asked for.
 * A real one costs more than everything else the daemon does to answer a small call.
 */
import { Buffer } from "node:buffer";
import type { Head } from "./head.ts";
import type { IncomingBody } from "./incoming_body.ts";

type Body = "arrayBuffer" | "bytes" | "text" | "json" | "blob" | "formData";

/** The rest of `Request` is about how a browser fetches. */
type ServerSide = Pick<Request, "method" | "url" | "headers" | "signal" | "bodyUsed" | Body>;

/** Stands in for the name of a host that was not, or not validly, given. */
const NO_HOST = "localhost";
const HOST = /^[A-Za-z0-9._~%!$&'()*+,;=:[\]-]+$/;

export class ServerRequest implements ServerSide {
  readonly method: string;
  readonly #head: Head;
  readonly #body: IncomingBody;
  readonly #isSecure: boolean;
  #headers: Headers | undefined;
  #abort: AbortController | undefined;
  #isAborted = false;
  #bodyUsed = false;

  constructor(head: Head, body: IncomingBody, isSecure = false) {
    this.#isSecure = isSecure;
    this.method = head.method;
    this.#head = head;
    this.#body = body;
  }

  get url(): string {
    const { target, host } = this.#head;
    if (target.charCodeAt(0) !== SLASH) return target;
    return `${this.#isSecure ? "https" : "http"}://${HOST.test(host) ? host : NO_HOST}${target}`;
  }

  get headers(): Headers {
    if (this.#headers !== undefined) return this.#headers;
    const { fields } = this.#head;
    const headers = new Headers();
    for (let i = 0; i < fields.length; i += 2) {
      headers.append(fields[i] as string, fields[i + 1] as string);
    }
    return this.#headers = headers;
  }

  /** Aborted when the client goes away. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#isAborted) this.#abort.abort();
    return this.#abort.signal;
  }

  get bodyUsed(): boolean {
    return this.#bodyUsed;
  }

  /** Tells whoever looks at the signal. */
  abort(): void {
    this.#isAborted = true;
    this.#abort?.abort();
  }

  /** @throws BodyAbortedError as a rejection */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#bodyUsed) return Promise.reject(new TypeError("The body was read already"));
    this.#bodyUsed = true;
    return this.#body.read() as Promise<Uint8Array<ArrayBuffer>>;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.bytes();
    return byteLength === buffer.byteLength
      ? buffer
      : buffer.slice(byteOffset, byteOffset + byteLength);
  }

  async text(): Promise<string> {
    const { buffer, byteOffset, byteLength } = await this.bytes();
    return Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async blob(): Promise<Blob> {
    return await new Response(await this.bytes(), { headers: this.headers }).blob();
  }

  async formData(): Promise<FormData> {
    return await new Response(await this.bytes(), { headers: this.headers }).formData();
  }
}

const SLASH = 0x2f;
