/** The head of an answer as text. */

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** Fields that say where an answer ends and what becomes of the connection: ours to write. */
const FRAMING: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "content-length",
  "transfer-encoding",
]);

export interface Framing {
  /** Number of bytes, "chunked", or "to the end" of the connection. */
  readonly body: number | "chunked" | "to the end" | "none";
  readonly connection: "keep-alive" | "close" | null;
}

/** `HTTP/1.1 200 OK` to the empty line. The date is ours unless the headers have one. */
export function responseHead(status: number, headers: Headers, framing: Framing): string {
  const { body, connection } = framing;
  let text = statusLine(status);
  let hasDate = false;
  headers.forEach((value, name) => {
    if (FRAMING.has(name)) return;
    if (name === "date") hasDate = true;
    text += `${name}: ${value}\r\n`;
  });
  if (!hasDate) text += currentDate();
  if (typeof body === "number") text += `content-length: ${body}\r\n`;
  else if (body === "chunked") text += "transfer-encoding: chunked\r\n";
  if (connection !== null) text += `connection: ${connection}\r\n`;
  return text + "\r\n";
}

/** The same for a text with status 200, as the app of this server would have it. */
export function textHead(
  contentType: string,
  serverName: string | undefined,
  length: number,
  connection: Framing["connection"],
): string {
  return "HTTP/1.1 200 OK\r\ncontent-type: " + contentType +
    (serverName === undefined ? "\r\n" : "\r\nserver: " + serverName + "\r\n") + currentDate() +
    "content-length: " + length +
    (connection === null ? "\r\n\r\n" : "\r\nconnection: " + connection + "\r\n\r\n");
}

/** A whole answer of the server itself, after which it closes the connection. */
export function refusal(status: number, serverName?: string): string {
  const text = REASONS[status] ?? "Error";
  return statusLine(status) + (serverName === undefined ? "" : `server: ${serverName}\r\n`) +
    `${currentDate()}content-type: text/plain\r\ncontent-length: ${text.length}\r\n` +
    `connection: close\r\n\r\n${text}`;
}

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n`;
}

let dateSecond = 0;
let dateField = "";

/** The date changes once a second and is asked for thousands of times. */
function currentDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateField = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return dateField;
}
