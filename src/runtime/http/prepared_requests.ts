/**
 * Requests that came before, letter by letter. Whoever watches a daemon asks the same question
 * again and again: to know it by its bytes takes less time than to read it, and what the app needs
 * to answer it is prepared once.
 */
import { Buffer } from "node:buffer";
import type { PlainRequest, PreparedRequest } from "../http_types.ts";
import type { Head } from "./head.ts";

/** Larger requests are seldom the same twice. In bytes. */
const MAX_BYTES = 1024;
/** Kept at a time. There are few questions without arguments, and few kinds of clients. */
const MAX_KEPT = 32;
/** Not to be kept in memory for longer than it takes to check them. */
const SECRETS: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

const END_OF_HEAD = "\r\n\r\n";

export interface KnownRequest {
  readonly head: Head;
  readonly prepared: PreparedRequest;
}

export type Prepare = (request: PlainRequest) => PreparedRequest | null;

export class PreparedRequests {
  readonly #prepare: Prepare;
  readonly #known = new Map<string, KnownRequest>();

  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  /** @param bytes all that has come of a request, from its first byte */
  find(bytes: Uint8Array): KnownRequest | undefined {
    return bytes.length > MAX_BYTES ? undefined : this.#known.get(textOf(bytes));
  }

  /**
   * A request was read in full: it is kept if the app can say now how it will answer.
   *
   * @param bytes the same, with nothing behind the request
   */
  learn(bytes: Uint8Array, head: Head): void {
    if (bytes.length > MAX_BYTES || head.expectsContinue || head.isCoded) return;
    const length = head.contentLength ?? 0;
    const text = textOf(bytes);
    const end = text.length - length - END_OF_HEAD.length;
    if (length === 0 || text.indexOf(END_OF_HEAD) !== end || hasSecrets(head)) return;
    const { method, target, fields } = head;
    const prepared = this.#prepare({ method, target, fields, body: text.slice(-length) });
    if (prepared === null) return;
    // Whatever is asked for again comes back.
    if (this.#known.size >= MAX_KEPT) this.#known.clear();
    this.#known.set(text, { head, prepared });
  }
}

/** One character for each byte. */
function textOf(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return (Buffer.isBuffer(bytes) ? bytes : Buffer.from(buffer, byteOffset, byteLength))
    .toString("latin1");
}

function hasSecrets({ fields }: Head): boolean {
  return fields.some((name, index) => index % 2 === 0 && SECRETS.has(name));
}
