/** Asking one server's app in tests, without a port. */
import { Buffer } from "node:buffer";
import type { ServerSpec } from "../../src/config/types.ts";
import { createApp } from "../../src/http/app.ts";
import { createRpc } from "../../src/rpc/methods.ts";
import type { FakeDaemon } from "./fake_daemon.ts";

export interface Asker {
  (
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: BodyInit,
  ): Promise<Response>;
}

/** Sends what a client would send; a body gets its Content-Length. */
export function askerFor(
  daemon: FakeDaemon,
  credentials: ServerSpec["credentials"] = null,
): Asker {
  const server: ServerSpec = {
    section: "inet_http_server",
    address: { kind: "inet", host: "127.0.0.1", port: 9001 },
    credentials,
  };
  const app = createApp({ daemon, rpc: createRpc(daemon, ["supervisor"]), server });
  return async (method, path, headers = {}, body) => {
    const length: Record<string, string> = typeof body === "string"
      ? { "Content-Length": String(Buffer.byteLength(body)) }
      : {};
    const init: RequestInit = {
      method,
      headers: { Host: "localhost:9001", ...length, ...headers },
    };
    if (body !== undefined) init.body = body;
    return await app.fetch(new Request(`http://localhost:9001${path}`, init), {
      remoteAddress: "127.0.0.1",
      remotePort: 50000,
    });
  };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
