import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { dialWithNode } from "../../../src/client/dial.ts";
import type { Dial } from "../../../src/runtime/dial_types.ts";
import {
  ConnectionError,
  ConnectionLostError,
  HttpStatusError,
  MalformedAnswerError,
} from "../../../src/client/errors.ts";
import { logPath, RpcClient } from "../../../src/client/rpc_client.ts";
import { nativeDial } from "../../../src/runtime/dial.ts";
import { Fault } from "../../../src/xmlrpc/value.ts";
import { FakeSupervisor, type FakeSupervisorOptions } from "./fake_supervisor.ts";

/** Every way to connect that there is on this runtime. */
const native = nativeDial();
const DIALS: Readonly<Record<string, Dial>> = {
  "node:net": dialWithNode,
  ...(native === null ? {} : { "its own sockets": native }),
};

function dialNamed(name: string): Dial {
  return DIALS[name] ?? dialWithNode;
}

function clientOf(serverUrl: string, dial: string, credentials?: [string, string]): RpcClient {
  const [username = null, password = null] = credentials ?? [];
  return new RpcClient({ serverUrl, username, password, dial: dialNamed(dial) });
}

/** Runs `work` with a server and a client of it, and cleans up. */
async function withServer(
  options: FakeSupervisorOptions,
  dial: string,
  work: (client: RpcClient, server: FakeSupervisor) => Promise<void>,
): Promise<void> {
  const server = await FakeSupervisor.start(options);
  const client = clientOf(server.url, dial);
  try {
    await work(client, server);
  } finally {
    client.close();
    await server.stop();
  }
}

/** A server that sends these bytes to everybody who says anything, and hangs up. */
async function withRawServer(
  answer: string,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "raw-"));
  const path = join(directory, "s");
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    await work(`unix://${path}`);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(directory, { recursive: true, force: true });
  }
}

const ECHO = { "a.echo": (...params: unknown[]) => params as never };

for (const dial of Object.keys(DIALS)) {
  for (const transport of ["unix", "tcp"] as const) {
    test(`calls go over one kept connection (${transport}, ${dial})`, async () => {
      await withServer({ methods: ECHO, transport }, dial, async (client, server) => {
        const params = ["naïve ✓ <&>", -1, true, ["x"], { y: "z" }];
        for (let i = 0; i < 3; i++) {
          assert.deepEqual(await client.call("a.echo", ...params), params);
        }
        assert.equal(server.connections, 1);
        client.close();
        assert.deepEqual(await client.call("a.echo"), []);
        assert.equal(server.connections, 2);
      });
    });
  }

  test(`a large call and a large answer come through (${dial})`, async () => {
    await withServer({ methods: ECHO }, dial, async (client) => {
      const text = "0123456789abcde\n".repeat(200_000);
      assert.deepEqual(await client.call("a.echo", text), [text]);
    });
  });

  test(`a connection the server has dropped is replaced (${dial})`, async () => {
    await withServer({ methods: ECHO }, dial, async (client, server) => {
      await client.call("a.echo");
      server.dropConnections();
      await new Promise((resolve) => setTimeout(resolve, 20)); // the news has to arrive
      assert.deepEqual(await client.call("a.echo", 1), [1]);
      assert.equal(server.connections, 2);
    });
  });

  test(`a fault is thrown as a Fault (${dial})`, async () => {
    const methods = {
      "a.b": () => {
        throw new Fault(10, "BAD_NAME: x");
      },
    };
    await withServer({ methods }, dial, async (client) => {
      await assert.rejects(
        client.call("a.b"),
        (error) => error instanceof Fault && error.code === 10 && error.message === "BAD_NAME: x",
      );
    });
  });

  test(`credentials are sent, both or none (${dial})`, async () => {
    const credentials = { username: "jö:e", password: "pa:ss" };
    const server = await FakeSupervisor.start({
      methods: ECHO,
      handle: (request, response) => {
        const sent = (request.headers.authorization ?? "").replace("Basic ", "");
        const text = new TextDecoder().decode(Uint8Array.from(atob(sent), (c) => c.charCodeAt(0)));
        if (text === `${credentials.username}:${credentials.password}`) return false;
        response.writeHead(401, "Unauthorized", { "Content-Length": 0 }).end();
        return true;
      },
    });
    try {
      const good = clientOf(server.url, dial, [credentials.username, credentials.password]);
      assert.deepEqual(await good.call("a.echo"), []);
      good.close();
      const half = new RpcClient({
        serverUrl: server.url,
        username: credentials.username,
        password: null,
        dial: dialNamed(dial),
      });
      await assert.rejects(
        half.call("a.echo"),
        (error) =>
          error instanceof HttpStatusError && error.status === 401 &&
          error.message === "<ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>",
      );
    } finally {
      await server.stop();
    }
  });

  test(`what keeps it from connecting is told by its code and text (${dial})`, async () => {
    const directory = mkdtempSync(join(tmpdir(), "dial-"));
    const plain = join(directory, "plain");
    writeFileSync(plain, "");
    const rows: [url: string, code: string, text: string][] = [
      [`unix://${directory}/none`, "ENOENT", "[Errno 2] No such file or directory"],
      [`unix://${plain}`, "ECONNREFUSED", "[Errno 111] Connection refused"],
      [`unix://${directory}`, "ECONNREFUSED", "[Errno 111] Connection refused"],
      [`unix://${plain}/x`, "ENOTDIR", "[Errno 20] Not a directory"],
      [`unix:///${"x".repeat(200)}`, "EINVAL", "AF_UNIX path too long"],
      ["http://127.0.0.1:1", "ECONNREFUSED", "[Errno 111] Connection refused"],
    ];
    try {
      for (const [url, code, text] of rows) {
        await assert.rejects(clientOf(url, dial).call("a.b"), (error) => {
          assert.ok(error instanceof ConnectionError, String(error));
          assert.equal(error.code, code, url);
          // The numbers are Linux's.
          if (process.platform === "linux") assert.equal(error.message, text);
          assert.equal(error.serverUrl, url);
          return true;
        });
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test(`a server that hangs up without an answer is reported (${dial})`, async () => {
    await withRawServer("", async (url) => {
      await assert.rejects(clientOf(url, dial).call("a.b"), ConnectionLostError);
    });
  });

  test(`a server that speaks something else is reported (${dial})`, async () => {
    for (const answer of ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n<a>"]) {
      await withRawServer(answer, async (url) => {
        await assert.rejects(clientOf(url, dial).call("a.b"), MalformedAnswerError);
      });
    }
  });

  test(`follow() hands out pieces as they come until it is aborted (${dial})`, async () => {
    let requested = "";
    const handle: FakeSupervisorOptions["handle"] = (request, response) => {
      requested = request.url ?? "";
      response.writeHead(200, { "Content-Type": "text/plain" });
      response.write("one\n");
      setTimeout(() => response.write("two\n"), 10);
      return true;
    };
    await withServer({ handle }, dial, async (client) => {
      const abort = new AbortController();
      let text = "";
      await client.follow("/logtail/x/stdout", (bytes) => {
        text += new TextDecoder().decode(bytes);
        if (text.endsWith("two\n")) abort.abort();
      }, { signal: abort.signal });
      assert.equal(text, "one\ntwo\n");
      assert.equal(requested, "/logtail/x/stdout");
    });
  });

  test(`follow() returns when the server goes away in the middle (${dial})`, async () => {
    const handle: FakeSupervisorOptions["handle"] = (_request, response) => {
      response.writeHead(200);
      response.write("text", () => setTimeout(() => response.destroy(), 10));
      return true;
    };
    await withServer({ handle }, dial, async (client) => {
      let text = "";
      await client.follow("/mainlogtail", (bytes) => text += new TextDecoder().decode(bytes));
      assert.equal(text, "text");
    });
  });

  test(`follow() throws what the server says and shows none of its error page (${dial})`, async () => {
    await withRawServer("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\npage", async (url) => {
      await assert.rejects(
        clientOf(url, dial).follow("/logtail/x/stdout", () => assert.fail("shown")),
        (error) => error instanceof HttpStatusError && error.status === 404,
      );
    });
  });

  test(`follow() with an aborted signal does not connect (${dial})`, async () => {
    await clientOf("unix:///none", dial).follow("/x", () => {}, { signal: AbortSignal.abort() });
  });
}

test("numbers beyond 32 bits are refused before anything is sent", async () => {
  const client = clientOf("unix:///none", "node:net");
  for (const number of [2 ** 31, -(2 ** 31) - 1]) {
    await assert.rejects(client.call("a.b", number), {
      name: "RangeError",
      message: "int exceeds XML-RPC limits",
    });
  }
});

test("logPath() encodes what a path cannot hold and leaves the colon", () => {
  assert.equal(logPath("g:a b/ü?#%", "stderr"), "/logtail/g:a%20b%2F%C3%BC%3F%23%25/stderr");
});
