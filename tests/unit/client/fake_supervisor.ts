/** A server that answers like supervisord's, from a table of methods; for tests of the client. */
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeCall } from "../../../src/xmlrpc/decode.ts";
import { encodeFault, encodeResponse } from "../../../src/xmlrpc/encode.ts";
import { Fault, type Value } from "../../../src/xmlrpc/value.ts";

export type Method = (...params: Value[]) => Value;

export interface FakeSupervisorOptions {
  /** By full name; what is missing is answered with fault 1. */
  readonly methods?: Readonly<Record<string, Method>>;
  /** Answers everything that is no XML-RPC call, and calls as well if it returns true. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly transport?: "unix" | "tcp";
}

export class FakeSupervisor {
  readonly url: string;
  /** `method(params)` of every call, in order. */
  readonly calls: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #directory: string;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, url: string, directory: string) {
    this.#server = server;
    this.url = url;
    this.#directory = directory;
    server.on("connection", (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {}); // a client that leaves early is none of our business
    });
  }

  static async start(options: FakeSupervisorOptions = {}): Promise<FakeSupervisor> {
    const directory = mkdtempSync(join(tmpdir(), "fake-"));
    const path = join(directory, "s.sock");
    const server = createServer((request, response) => answer(fake, options, request, response));
    await new Promise<void>((resolve) =>
      options.transport === "tcp"
        ? server.listen(0, "127.0.0.1", resolve)
        : server.listen(path, resolve)
    );
    const url = options.transport === "tcp"
      ? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      : `unix://${path}`;
    const fake = new FakeSupervisor(server, url, directory);
    return fake;
  }

  /** Breaks every connection, as a killed server does. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dropConnections();
    await closed;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function answer(
  fake: FakeSupervisor,
  options: FakeSupervisorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (options.credentials !== undefined) {
    const { username, password } = options.credentials;
    const expected = `Basic ${btoa(`${username}:${password}`)}`;
    if (request.headers.authorization !== expected) {
      response.writeHead(401, "Unauthorized", { "Content-Length": 0 }).end();
      return;
    }
  }
  if (options.handle?.(request, response) === true) return;
  if (request.method !== "POST") {
    response.writeHead(404, "Not Found", { "Content-Length": 0 }).end();
    return;
  }
  const pieces: Uint8Array[] = [];
  request.on("data", (piece: Uint8Array) => pieces.push(piece));
  request.on("end", () => {
    const body = perform(fake, options.methods ?? {}, Buffer.concat(pieces));
    response.writeHead(200, { "Content-Type": "text/xml", "Content-Length": body.length });
    response.end(body);
  });
}

function perform(
  fake: FakeSupervisor,
  methods: Readonly<Record<string, Method>>,
  document: Uint8Array,
): Uint8Array {
  const { method, params } = decodeCall(document);
  fake.calls.push(`${method.replace("supervisor.", "")}(${params.join(", ")})`);
  const handler = methods[method];
  const encoder = new TextEncoder();
  if (handler === undefined) return encoder.encode(encodeFault(1, "UNKNOWN_METHOD"));
  try {
    return encoder.encode(encodeResponse(handler(...params)));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return encoder.encode(encodeFault(error.code, error.message));
  }
}
