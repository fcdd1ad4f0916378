/** TLS on real sockets: both runtimes' node:tls on a stream of our own. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { test } from "node:test";
import { connect, type ConnectionOptions, createSecureContext, type TLSSocket } from "node:tls";
import { getRuntime } from "../../src/runtime/mod.ts";
import type { ServeOptions, TlsMaterial } from "../../src/runtime/http_types.ts";

const runtime = getRuntime();
const DEADLINE_MS = 10_000;

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

function material(name: string, clientCa?: string): TlsMaterial {
  const ca = clientCa === undefined ? {} : { ca: fixture(clientCa) };
  const context = createSecureContext({
    cert: fixture(`${name}.pem`),
    key: fixture(`${name}.key`),
    ...ca,
  });
  return { context, wantsCertificate: clientCa !== undefined };
}

async function withServer(
  fetch: ServeOptions["fetch"],
  current: () => TlsMaterial,
  action: (port: number) => Promise<void>,
): Promise<void> {
  const server = await runtime.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxBodyBytes: 100 * 1024 * 1024,
    fetch,
    tls: { current },
  });
  try {
    await action(server.port);
  } finally {
    await server.stop();
  }
}

interface Answer {
  /** "" for a connection that was refused. */
  readonly text: string;
  readonly error: string;
  readonly subject: string;
}

/** Sends a request, and reads until the server ends the connection. */
function ask(port: number, request: string | Uint8Array, options: ConnectionOptions = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    let error = "";
    let subject = "";
    const socket: TLSSocket = connect({
      host: "127.0.0.1",
      port,
      ca: fixture("ca.pem"),
      ...options,
    }, () => {
      subject = `${socket.getPeerCertificate()?.serialNumber ?? ""}`;
      socket.write(request);
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end; got ${Buffer.concat(pieces).toString().slice(0, 200)}`));
    }, DEADLINE_MS);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: Buffer.concat(pieces).toString("latin1"), error, subject });
    };
    socket.on("data", (bytes: Uint8Array) => pieces.push(bytes));
    socket.on("error", (reason) => {
      error = (reason as { code?: string }).code ?? reason.message;
      end();
    });
    socket.on("end", end);
    socket.on("close", end);
  });
}

const GET = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

test("a request through TLS is answered, and knows that it came so", async () => {
  const fetch = (request: Request) => new Response(request.url);
  await withServer(fetch, () => material("server"), async (port) => {
    const { text } = await ask(port, GET);
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.match(text, /https:\/\/h\/x/);
  });
});

test("large bodies go through TLS whole, in both directions", async () => {
  const size = 20 * 1024 * 1024;
  const fetch = async (request: Request) => {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return new Response(bytes, { headers: { "Content-Length": String(bytes.length) } });
  };
  await withServer(fetch, () => material("server"), async (port) => {
    const head = `POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`;
    const body = Buffer.alloc(size, "0123456789abcdef");
    const { text } = await ask(port, Buffer.concat([Buffer.from(head), body]));
    const at = text.indexOf("\r\n\r\n") + 4;
    assert.equal(text.length - at, size);
    assert.ok(Buffer.from(text.slice(at), "latin1").equals(body));
  });
});

test("an endless answer through TLS comes piece by piece, and ends with its client", async () => {
  let isCancelled = false;
  let send = (_: string): void => {};
  const fetch = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          send = (text) => controller.enqueue(new TextEncoder().encode(text));
          send("first");
        },
        cancel: () => void (isCancelled = true),
      }),
    );
  await withServer(fetch, () => material("server"), async (port) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port, ca: fixture("ca.pem") });
    socket.on("data", (bytes: Uint8Array) => void (text += Buffer.from(bytes).toString()));
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await until(() => text.includes("first"));
    send("second");
    await until(() => text.includes("second"));
    socket.destroy();
    await until(() => isCancelled);
  });
});

test("the next connection gets the certificate that is there by then", async () => {
  let name = "server";
  await withServer(() => new Response("x"), () => material(name), async (port) => {
    const before = await ask(port, GET);
    name = "second";
    const after = await ask(port, GET);
    assert.match(after.text, /^HTTP\/1\.1 200 /);
    assert.notEqual(before.subject, after.subject);
  });
});

test("who speaks plain HTTP, or nothing, to a TLS server harms nobody", async () => {
  let asked = 0;
  const fetch = () => {
    asked++;
    return new Response("x");
  };
  await withServer(fetch, () => material("server"), async (port) => {
    const silent = connectPlain({ host: "127.0.0.1", port });
    silent.on("error", () => {});
    const plain = connectPlain({ host: "127.0.0.1", port });
    let isOver = false;
    plain.on("error", () => {});
    plain.on("close", () => void (isOver = true));
    plain.resume();
    plain.write(GET);
    await until(() => isOver);
    assert.equal(asked, 0);
    assert.match((await ask(port, GET)).text, /^HTTP\/1\.1 200 /);
    silent.destroy();
  });
});

test("clients that leave in the handshake, or behind it, leave nothing behind", async () => {
  const descriptors = () => readdirSync("/proc/self/fd").length;
  await withServer(() => new Response("x"), () => material("server"), async (port) => {
    await ask(port, GET);
    const before = descriptors();
    await Promise.all(Array.from({ length: 50 }, () =>
      new Promise<void>((resolve) => {
        const socket = connect({ host: "127.0.0.1", port, ca: fixture("ca.pem") }, () => {
          socket.destroy();
          resolve();
        });
        socket.on("error", () => resolve());
      })));
    await Promise.all(Array.from({ length: 50 }, () =>
      new Promise<void>((resolve) => {
        const socket = connectPlain({ host: "127.0.0.1", port }, () => {
          socket.write(Uint8Array.of(0x16, 3, 1, 2, 0));
          socket.end(resolve);
        });
        socket.on("error", () => {});
        socket.resume();
      })));
    await until(() => descriptors() <= before + 2, DEADLINE_MS / 2);
  });
});

test("the end of the server is the end of those who have not shaken hands yet", async () => {
  let isOver = false;
  await withServer(() => new Response("x"), () => material("server"), async (port) => {
    const silent = connectPlain({ host: "127.0.0.1", port });
    silent.on("error", () => {});
    silent.on("close", () => void (isOver = true));
    silent.resume();
    // The server has accepted both, in their order, when it answers the second.
    assert.match((await ask(port, GET)).text, /^HTTP\/1\.1 200 /);
  });
  await until(() => isOver);
});

// Deno's node:tls does not verify certificates of clients: src/http/listen.ts refuses to start.
if (runtime.name === "bun") {
  test("with a client CA only certificates that it signed are let in", async () => {
    let asked = 0;
    const fetch: ServeOptions["fetch"] = (_, info) => {
      asked++;
      return new Response(info.certificate);
    };
    await withServer(fetch, () => material("server", "ca.pem"), async (port) => {
      const own = { cert: fixture("client.pem"), key: fixture("client.key") };
      assert.match((await ask(port, GET, own)).text, /^HTTP\/1\.1 200 .*operator/s);
      assert.equal(asked, 1);
      const strange = { cert: fixture("stranger.pem"), key: fixture("stranger.key") };
      for (const options of [{}, strange]) {
        assert.equal((await ask(port, GET, options)).text, "");
      }
      assert.equal(asked, 1);
    });
  });
}

async function until(condition: () => boolean, ms = DEADLINE_MS): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) assert.fail("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
