/**
 * An HTTP/1.1 response, read incrementally: bytes in, head and body out. Pure; knows the three
 * ways a body ends (Content-Length, chunked, end of the connection) and nothing of sockets.
 *
 * Why not node:http: loading it costs supervisorctl a good part of its start-up time, and all
 * that is needed of it is here.
 */
import { Buffer } from "node:buffer";
import { ConnectionLostError, MalformedAnswerError } from "./errors.ts";

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Another request may follow on this connection once the body has ended. */
  readonly keepAlive: boolean;
}

export interface ResponseHandler {
  head(head: ResponseHead): void;
  /** The view is only valid during the call. */
  body(bytes: Uint8Array): void;
}

type Part =
  | "head"
  | "sized"
  | "until-close"
  | "chunk-size"
  | "chunk"
  | "chunk-end"
  | "trailer"
  | "done";

/** Longest status line or header field we take from a server, in bytes. */
const MAX_LINE = 64 * 1024;
const LF = 10;

export class ResponseParser {
  #part: Part = "head";
  readonly #handler: ResponseHandler;
  /** An unfinished line from earlier chunks. */
  #line = "";
  /** The status line, then the header fields, until the empty line. */
  #lines: string[] = [];
  /** Bytes still to come of the sized body or of the current chunk. */
  #left = 0;

  constructor(handler: ResponseHandler) {
    this.#handler = handler;
  }

  get done(): boolean {
    return this.#part === "done";
  }

  /** Whether anything at all has been received. */
  get started(): boolean {
    return this.#part !== "head" || this.#line !== "" || this.#lines.length > 0;
  }

  /**
   * Takes the next bytes of the connection. What follows a finished response is ignored: nobody
   * asked for it.
   *
   * @throws MalformedAnswerError
   */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#part !== "done") {
      if (this.#part === "until-close") {
        this.#handler.body(bytes.subarray(at));
        return;
      }
      if (this.#part === "sized" || this.#part === "chunk") {
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        this.#handler.body(bytes.subarray(at, end));
        at = end;
        if (this.#left === 0) this.#part = this.#part === "sized" ? "done" : "chunk-end";
        continue;
      }
      const end = bytes.indexOf(LF, at);
      this.#line += latin1(bytes.subarray(at, end === -1 ? bytes.length : end));
      if (this.#line.length > MAX_LINE) {
        throw new MalformedAnswerError("got more than 65536 bytes when reading header line");
      }
      if (end === -1) return;
      at = end + 1;
      const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
      this.#line = "";
      this.#takeLine(line);
    }
  }

  /**
   * The connection has ended.
   *
   * @throws ConnectionLostError when the response was not complete
   */
  end(): void {
    if (this.#part === "until-close") this.#part = "done";
    if (this.#part === "done") return;
    throw new ConnectionLostError(
      this.started
        ? "Remote end closed connection in the middle of its response"
        : "Remote end closed connection without response",
    );
  }

  #takeLine(line: string): void {
    switch (this.#part) {
      case "head":
        if (line !== "") this.#lines.push(line);
        else if (this.#lines.length > 0) this.#takeHead();
        return;
      case "chunk-size": {
        const size = /^\s*([0-9a-fA-F]+)\s*(?:;.*)?$/.exec(line)?.[1];
        if (size === undefined) {
          throw new MalformedAnswerError(`Bad chunk size ${JSON.stringify(line)}`);
        }
        this.#left = parseInt(size, 16);
        this.#part = this.#left === 0 ? "trailer" : "chunk";
        return;
      }
      case "chunk-end":
        if (line !== "") throw new MalformedAnswerError("Chunk is longer than its size");
        this.#part = "chunk-size";
        return;
      case "trailer":
        if (line === "") this.#part = "done";
        return;
      default:
        return;
    }
  }

  #takeHead(): void {
    const statusLine = this.#lines[0] ?? "";
    const match = /^HTTP\/(\d+\.\d+)\s+(\d{3})(?:\s+(.*))?$/.exec(statusLine);
    if (match === null) throw new MalformedAnswerError(statusLine);
    const [, version, code, reason = ""] = match;
    const status = Number(code);
    const fields = this.#fields();
    this.#lines = [];
    // 100 Continue and its like: the real response is still to come.
    if (status >= 100 && status < 200) return;

    const connection = (fields.get("connection") ?? "").toLowerCase();
    const length = fields.get("content-length");
    if (/\bchunked\b/i.test(fields.get("transfer-encoding") ?? "")) {
      this.#part = "chunk-size";
    } else if (status === 204 || status === 304) {
      this.#part = "done";
    } else if (length !== undefined) {
      if (!/^\d+$/.test(length)) {
        throw new MalformedAnswerError(`Bad Content-Length ${JSON.stringify(length)}`);
      }
      this.#left = Number(length);
      this.#part = this.#left === 0 ? "done" : "sized";
    } else {
      this.#part = "until-close";
    }
    this.#handler.head({
      status,
      reason: reason.trim(),
      keepAlive: this.#part !== "until-close" &&
        (version === "1.0" ? connection === "keep-alive" : connection !== "close"),
    });
  }

  #fields(): Map<string, string> {
    const fields = new Map<string, string>();
    for (const line of this.#lines.slice(1)) {
      const colon = line.indexOf(":");
      if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    return fields;
  }
}

/** Header bytes as text, one character each; never fails. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
