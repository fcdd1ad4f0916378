/** The HTTP server on real sockets; what it makes of the bytes is in tests/unit/runtime/http. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { getRuntime } from "../../src/runtime/mod.ts";
import type { HttpServer, ServeOptions } from "../../src/runtime/http_types.ts";

const runtime = getRuntime();

type Fetch = ServeOptions["fetch"];

const LIMITS = { maxBodyBytes: 100 * 1024 * 1024, serverName: "test" };
const DEADLINE_MS = 10_000;

/** Opens a server on a unix socket, and ends it whatever happens. */
async function withServer(
  fetch: Fetch,
  action: (path: string, server: HttpServer) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "http-"));
  const path = join(directory, "s");
  const server = await runtime.serve({ unix: path, ...LIMITS, fetch });
  try {
    await action(path, server);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}

/** A client that keeps what it is sent. */
class Client {
  readonly socket: Socket;
  text = "";
  isEnded = false;
  isClosed = false;

  constructor(path: string) {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => void (this.text += text));
    this.socket.on("end", () => void (this.isEnded = true));
    this.socket.on("close", () => void (this.isClosed = true));
    // A reset is an end like any other here.
    this.socket.on("error", () => {});
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!condition()) {
      if (performance.now() > deadline) assert.fail(`${what}; got ${this.text.slice(0, 300)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** As the daemon's answers are: a body at hand, its length in the head. */
function whole(body: string): Response {
  const length = new TextEncoder().encode(body).length;
  const headers = { "Content-Length": String(length), "Content-Type": "text/plain" };
  return Object.assign(new Response(body, { headers }), { whole: body });
}

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

for (const size of [0, 1, 5000, 300_000, 5_000_000]) {
  test(`an answer of ${size} characters arrives whole, again and again`, async () => {
    const body = "aä€".repeat(size).slice(0, size);
    const bytes = new TextEncoder().encode(body).length;
    await withServer(() => whole(body), async (path) => {
      const client = new Client(path);
      client.send(GET.repeat(3));
      const answers = () => client.text.split("HTTP/1.1 200 OK\r\n").slice(1);
      const contents = () => answers().map((answer) => answer.split("\r\n\r\n")[1]);
      const isComplete = () => contents().length === 3 && contents()[2]?.length === bytes;
      await client.until(isComplete, "three answers");
      for (const answer of answers()) {
        const [head, content] = answer.split("\r\n\r\n") as [string, string];
        assert.match(head, new RegExp(`^content-length: ${bytes}$`, "m"));
        assert.equal(content, latin1(body));
      }
      client.close();
    });
  });
}

/** One character for each byte of the text. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

test("who may not ask is told so before a large body is read, and gets the answer", async () => {
  await withServer(() => new Response("no", { status: 401 }), async (path) => {
    const before = process.memoryUsage().rss;
    const clients = [1, 2, 3, 4].map(() => new Client(path));
    const piece = "x".repeat(1024 * 1024);
    for (const client of clients) {
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 52428800\r\n\r\n");
    }
    for (const client of clients) {
      await client.until(() => client.text.includes("\r\n\r\n"), "an answer");
      for (let i = 0; i < 5; i++) client.send(piece);
    }
    for (const client of clients) {
      await client.until(() => client.isClosed || client.isEnded, "the end of the connection");
      assert.match(client.text, /^HTTP\/1\.1 401 .*connection: close\r\n/s);
      client.close();
    }
    assert.ok(process.memoryUsage().rss - before < 60 * 1024 * 1024);
  });
});

test("a body in many pieces arrives whole", async () => {
  const echo: Fetch = async (request) => whole(await request.text());
  await withServer(echo, async (path) => {
    const client = new Client(path);
    const body = "0123456789".repeat(50_000);
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    for (let at = 0; at < body.length; at += 77_777) {
      client.send(body.slice(at, at + 77_777));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await client.until(() => client.text.endsWith(body), "the body back");
    client.close();
  });
});

test("a client that does not read keeps nobody else waiting", async () => {
  await withServer(() => whole("y".repeat(3_000_000)), async (path) => {
    const lazy = new Client(path);
    lazy.socket.pause();
    lazy.send(GET.repeat(20));
    const other = new Client(path);
    other.send(GET);
    await other.until(() => other.text.length > 3_000_000, "an answer for the other");
    lazy.close();
    other.close();
  });
});

test("a thousand connections at once are all answered, and gone with their clients", async () => {
  const fetch = () => new Response("hello", { headers: { "Content-Length": "5" } });
  await withServer(fetch, async (path) => {
    const clients = Array.from({ length: 1000 }, () => new Client(path));
    try {
      for (const client of clients) client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      const isAnswered = ({ text }: Client) => text.endsWith("\r\n\r\nhello");
      await (clients.at(-1) as Client).until(() => clients.every(isAnswered), "all answers");
    } finally {
      for (const { socket } of clients) socket.destroy();
    }
  });
});

test("an endless answer begins at once, and is stopped when its client leaves", async () => {
  let isCancelled = false;
  const follow: Fetch = () =>
    new Response(
      new ReadableStream({
        pull: () => new Promise(() => {}),
        cancel: () => void (isCancelled = true),
      }),
    );
  await withServer(follow, async (path) => {
    const client = new Client(path);
    client.send(GET);
    await client.until(() => client.text.endsWith("\r\n\r\n"), "the head");
    client.close();
    await client.until(() => isCancelled, "the end of the stream");
  });
});

test("a client that has sent all and reads on gets its answer", async () => {
  const later: Fetch = () => new Promise((resolve) => setTimeout(() => resolve(whole("late")), 50));
  await withServer(later, async (path) => {
    const client = new Client(path);
    client.send(GET);
    client.socket.end();
    await client.until(() => client.isEnded, "the end");
    assert.match(client.text, /\r\n\r\nlate$/);
  });
});

test("the end of the server is the end of its connections", async () => {
  const directory = mkdtempSync(join(tmpdir(), "http-"));
  const path = join(directory, "s");
  const server = await runtime.serve({
    unix: path,
    ...LIMITS,
    fetch: () => whole("ok"),
  });
  const clients = Array.from({ length: 100 }, () => new Client(path));
  for (const client of clients) client.send(GET);
  for (const client of clients) await client.until(() => client.text.endsWith("ok"), "an answer");
  await server.stop();
  for (const client of clients) {
    await client.until(() => client.isEnded || client.isClosed, "the end");
    client.close();
  }
  rmSync(directory, { recursive: true });
});

test("over TCP the client's address is told, and a port in use is an error", async () => {
  const options = { hostname: "127.0.0.1", ...LIMITS };
  const server = await runtime.serve({
    ...options,
    port: 0,
    fetch: (_, { remoteAddress, remotePort }) => whole(`${remoteAddress} ${remotePort > 0}`),
  });
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}/`);
    assert.equal(await answer.text(), "127.0.0.1 true");
    await assert.rejects(
      runtime.serve({ ...options, port: server.port, fetch: () => whole("") }),
      { code: "EADDRINUSE" },
    );
  } finally {
    await server.stop();
  }
});
