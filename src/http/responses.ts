/** Answers that are known whole, and the error body that clients of the reference know. */

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

const UTF8 = new TextEncoder();

/**
 * An answer that is all there. It says its length: what does not is a stream to the runtime, to
 * be sent in chunks.
 */
export function wholeResponse(
  body: string | Uint8Array<ArrayBuffer> | null,
  headers: Readonly<Record<string, string>>,
  status = 200,
): Response {
  const bytes = typeof body === "string" ? UTF8.encode(body) : body;
  const length = bytes === null ? {} : { "Content-Length": String(bytes.length) };
  return new Response(bytes, { status, headers: { "Server": SERVER_NAME, ...length, ...headers } });
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
