/** Answers that are known whole, and the error body that clients of the reference know. */
import { Buffer } from "node:buffer";
import type { WholeResponse } from "../runtime/http_types.ts";

/** Says what kind of server this is and no more; sent with every answer, as in the reference. */
export const SERVER_NAME = "supervisord";

const REASONS: Readonly<Record<number, string>> = {
  301: "Moved Permanently",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  411: "Length Required",
  413: "Request Entity Too Large",
  500: "Internal Server Error",
};

/** An answer that is all there: it says its length and has its body at hand for the server. */
class Whole extends Response implements WholeResponse {
  readonly whole: string | Uint8Array<ArrayBuffer>;

  constructor(body: string | Uint8Array<ArrayBuffer>, init: ResponseInit) {
    super(body, init);
    this.whole = body;
  }
}

/**
 * An answer that is all there. It says its length: what does not is a stream to the runtime, to
 * be sent in chunks.
 */
export function wholeResponse(
  body: string | Uint8Array<ArrayBuffer> | null,
  headers: Readonly<Record<string, string>>,
  status = 200,
): Response {
  if (body === null) {
    return new Response(null, { status, headers: { "Server": SERVER_NAME, ...headers } });
  }
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  return new Whole(body, {
    status,
    headers: { "Server": SERVER_NAME, "Content-Length": String(length), ...headers },
  });
}

/**
 * An error answer.
 *
 * @param explanation a sentence for people, where the reason phrase says too little
 */
export function errorResponse(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  explanation?: string,
): Response {
  const lines = [
    "<head>",
    "<title>Error response</title>",
    "</head>",
    "<body>",
    "<h1>Error response</h1>",
    `<p>Error code ${status}.`,
    `<p>Message: ${REASONS[status] ?? "Error"}.`,
    ...(explanation === undefined ? [] : [`<p>${explanation}`]),
    "</body>",
    "",
  ];
  return wholeResponse(lines.join("\r\n"), { "Content-Type": "text/html", ...headers }, status);
}
