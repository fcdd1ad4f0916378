/**
 * The HTTP server on Bun, through node:http. Bun.serve would be a little faster for new
 * connections, but it answers 400 to a request with an empty Host header, and that is what
 * Python's `supervisorctl tail -f` sends over a unix socket.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemError } from "./errors.ts";
import type { ConnectionInfo, HttpServer, ServeOptions } from "./types.ts";

/** Stands in for the name of a host that was not, or not validly, given. */
const NO_HOST = "localhost";

const PAYLOAD_TOO_LARGE = 413;
const NO_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Binding happens at once; what goes wrong with it is a rejection. */
export function serveWithNode(options: ServeOptions): Promise<HttpServer> {
  const { unix, hostname, port, fetch, maxBodyBytes } = options;
  const server = createServer({
    requireHostHeader: false,
    // Log followers and idle clients stay for hours; a timer per connection would wake us.
    keepAliveTimeout: 0,
    requestTimeout: 0,
    headersTimeout: 0,
  }, (request, response) => void answer(request, response, fetch, maxBodyBytes));
  const place = unix ?? `${hostname}:${port}`;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, place)));
    server.once("listening", () => {
      const address = server.address() as AddressInfo | string | null;
      resolve({
        port: typeof address === "object" && address !== null ? address.port : 0,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            server.closeAllConnections();
          }),
      });
    });
    if (unix !== undefined) server.listen({ path: unix, backlog: BACKLOG });
    else server.listen({ host: hostname === "" ? "0.0.0.0" : hostname, port, backlog: BACKLOG });
  });
}

/** As many as the reference lets wait to be accepted. */
const BACKLOG = 1024;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  fetch: ServeOptions["fetch"],
  maxBodyBytes: number,
): Promise<void> {
  try {
    const body = await readBody(request, maxBodyBytes);
    if (body === "too large") {
      refuse(response, PAYLOAD_TOO_LARGE, "Request body too large");
      return;
    }
    await send(
      await fetch(toRequest(request, body), new NodeConnection(request)),
      response,
      request.method === "HEAD",
    );
  } catch (error) {
    // The app answers its own errors; what arrives here is a client that went away, a request
    // that cannot be put in words, or a defect, whose text is nobody's business.
    if (response.headersSent) response.destroy();
    else if (error instanceof BadRequest) refuse(response, 400, "Bad Request");
    else refuse(response, 500, "Internal Server Error");
  }
}

class BadRequest extends Error {
  override readonly name = "BadRequest";
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { connection: "close", "content-type": "text/plain" });
  response.end(text);
}

/**
 * The whole body, read before anything is answered: a client that is still sending when the
 * connection closes under it sees a broken pipe instead of the answer.
 */
function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | "too large"> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > limit) {
      resolve("too large");
      return;
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > limit) resolve("too large");
      else chunks.push(chunk);
    });
    request.on(
      "end",
      () => resolve(chunks.length === 1 ? chunks[0] as Uint8Array : join(chunks, size)),
    );
    const gone = (): void => reject(new BadRequest("the client went away"));
    request.on("error", gone);
    request.on("close", gone);
  });
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function toRequest(request: IncomingMessage, body: Uint8Array): Request {
  const { method = "GET", url = "/", headers, rawHeaders } = request;
  const pairs = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    pairs.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
  }
  const init: RequestInit = { method, headers: pairs };
  if (!NO_BODY.has(method)) init.body = body as Uint8Array<ArrayBuffer>;
  try {
    return new Request(absoluteUrl(headers.host, url), init);
  } catch (cause) {
    // CONNECT and TRACE, which no Request can be made of.
    throw new BadRequest(`no request for ${method}`, { cause });
  }
}

function absoluteUrl(host: string | undefined, url: string): string {
  if (!url.startsWith("/")) return URL.canParse(url) ? url : `http://${NO_HOST}/`;
  const whole = `http://${host === undefined || host === "" ? NO_HOST : host}${url}`;
  return URL.canParse(whole) ? whole : `http://${NO_HOST}${url}`;
}

async function send(result: Response, response: ServerResponse, isHead: boolean): Promise<void> {
  const headers: string[] = [];
  result.headers.forEach((value, name) => headers.push(name, value));
  const { body } = result;
  if (body === null || isHead) {
    response.writeHead(result.status, headers);
    response.end();
    await body?.cancel();
    return;
  }
  if (result.headers.has("content-length")) {
    // Known whole: one write.
    const bytes = new Uint8Array(await result.arrayBuffer());
    response.writeHead(result.status, headers);
    response.end(bytes);
    return;
  }
  response.writeHead(result.status, headers);
  response.flushHeaders();
  await pipe(body, response);
}

/** Reads on only as fast as the client takes it, and stops when the client goes away. */
async function pipe(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader();
  let isGone = false;
  let wake = (): void => {};
  response.once("close", () => {
    isGone = true;
    wake();
    reader.cancel().catch(() => {});
  });
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (response.write(next.value)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        response.once("drain", resolve);
      });
      if (isGone) return;
    }
    response.end();
  } catch {
    // The stream failed in the middle: only the end of the connection can say so.
    response.destroy();
  }
}

class NodeConnection implements ConnectionInfo {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get remoteAddress(): string {
    return this.#request.socket.remoteAddress ?? "";
  }

  get remotePort(): number {
    return this.#request.socket.remotePort ?? 0;
  }
}

function listenError(error: Error, place: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  return systemError(code ?? "EIO", "listen", `${place}: ${error.message}`);
}
