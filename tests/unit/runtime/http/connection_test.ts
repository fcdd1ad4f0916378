import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { MAX_HEAD_BYTES } from "../../../../src/runtime/http/connection.ts";
import { FakeClient, settled } from "./fake_socket.ts";

/** Tells the method, the path and the body back. */
async function echo(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const body = `${request.method} ${pathname} ${await request.text()}`;
  return plain(body);
}

function plain(body: string): Response {
  const headers = { "Content-Type": "text/plain", "Content-Length": String(body.length) };
  return new Response(body, { headers });
}

function ok(body: string, connection = ""): string {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n" +
    `content-length: ${body.length}\r\n${connection}\r\n${body}`;
}

test("three requests in one go are answered in order, wherever the bytes are split", async () => {
  const wire = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n" +
    "POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz" +
    "\r\nPOST /c HTTP/1.0\nContent-Length: 2\n\nhi";
  const expected = ok("GET /a ") + ok("POST /b xyz") + ok("POST /c hi", "connection: close\r\n");
  for (let at = 0; at <= wire.length; at++) {
    const client = new FakeClient(echo);
    client.send(wire.slice(0, at));
    await settled();
    client.send(wire.slice(at));
    await settled();
    assert.equal(client.answer, expected, `split at ${at}`);
    assert.equal(client.state, "ended");
  }
});

test("requests byte by byte are answered like any other", async () => {
  const client = new FakeClient(echo);
  for (const byte of "POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz".repeat(2)) {
    client.send(byte);
  }
  await settled();
  await settled();
  assert.equal(client.answer, ok("POST /b xyz").repeat(2));
  assert.equal(client.isPaused, false);
});

test("a second request waits until the first answer is taken", async () => {
  const client = new FakeClient(echo);
  client.isFull = true;
  client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(client.answer, ok("GET /1 "));
  client.drain();
  await settled();
  assert.equal(client.answer, ok("GET /1 ") + ok("GET /2 "));
});

test("what comes while a request is answered waits outside", async () => {
  let answer = (_: Response): void => {};
  const client = new FakeClient(() => new Promise((resolve) => answer = resolve));
  client.send("GET /1 HTTP/1.1\r\n\r\n");
  assert.equal(client.isPaused, false);
  client.send("GET /2 HTTP/1.1\r\n\r\n");
  assert.equal(client.isPaused, true);
  answer(new Response(null, { status: 204 }));
  await settled();
  assert.equal(client.answer, "HTTP/1.1 204 No Content\r\n\r\n");
});

test("an answer that needs no body does not wait for it, and its rest is thrown away", async () => {
  const client = new FakeClient(() => new Response(null, { status: 401 }), 1e9);
  client.send("POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\nbegin");
  await settled();
  assert.match(client.answer, /^HTTP\/1\.1 401 Unauthorized\r\n.*connection: close\r\n\r\n$/s);
  assert.equal(client.state, "shut down");
  assert.equal(client.isPaused, false);
  client.send("x".repeat(1000));
  assert.equal(client.state, "shut down");
  client.send("x".repeat(1024 * 1024));
  assert.equal(client.state, "destroyed");
  assert.equal(client.isOver, true);
});

test("a body nobody asked for waits outside until the app has decided", async () => {
  let answer = (_: Response): void => {};
  const client = new FakeClient(() => new Promise((resolve) => answer = resolve));
  client.send("POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n");
  assert.equal(client.isPaused, true);
  answer(new Response("no"));
  await settled();
  assert.equal(client.state, "shut down");
});

test("a client that was shut out and stays is let go after a second", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const client = new FakeClient(() => new Response(null, { status: 401 }));
    client.send("POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n");
    assert.equal(client.state, "shut down");
    mock.timers.tick(1000);
    assert.equal(client.state, "destroyed");
  } finally {
    mock.timers.reset();
  }
  await settled();
});

test("a head that does not get finished is given up after a minute", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const client = new FakeClient(echo);
    client.send("GET / HTTP/1.1\r\n");
    for (let i = 0; i < 58; i++) {
      mock.timers.tick(1000);
      client.send("x");
    }
    assert.equal(client.sent, "");
    mock.timers.tick(2000);
    assert.match(client.sent, /^HTTP\/1\.1 408 /);
  } finally {
    mock.timers.reset();
  }
});

test("a body may be slow, but not stand still", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const client = new FakeClient(echo);
    client.send("POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n");
    for (let i = 0; i < 400; i++) {
      mock.timers.tick(1000);
      client.send("x");
    }
    assert.equal(client.sent, "");
    mock.timers.tick(60_000);
    mock.timers.tick(60_000);
    assert.match(client.sent, /^HTTP\/1\.1 408 /);
  } finally {
    mock.timers.reset();
  }
  await settled();
});

test("a byte a second is not enough for a large body", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const client = new FakeClient(echo, 1e9);
    client.send("POST / HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n");
    let seconds = 0;
    for (; client.sent === "" && seconds < 3600; seconds++) {
      mock.timers.tick(1000);
      client.send("x");
    }
    assert.match(client.sent, /^HTTP\/1\.1 408 /);
    assert.ok(seconds < 15 * 60, `${seconds} s`);
  } finally {
    mock.timers.reset();
  }
  await settled();
});

test("an answer that nobody takes is given up after a minute, one that is taken slowly is not", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    for (const ending of ["", "Connection: close\r\n"]) {
      const whole = "x".repeat(100_000);
      const client = new FakeClient(() => Object.assign(plain(whole), { whole }));
      client.isFull = true;
      client.holdsEnd = true;
      client.send(`GET / HTTP/1.1\r\n${ending}\r\n`);
      for (let minutes = 0; minutes < 5; minutes++) {
        client.unsent--;
        mock.timers.tick(60_000);
      }
      assert.notEqual(client.state, "destroyed");
      mock.timers.tick(60_000);
      assert.equal(client.state, "destroyed", ending);
    }
  } finally {
    mock.timers.reset();
  }
  await settled();
});

test("a refusal that is still on its way is not cut off", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const client = new FakeClient(() => new Response(null, { status: 401 }));
    client.isFull = true;
    client.send("POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\n");
    mock.timers.tick(5000);
    assert.equal(client.state, "shut down");
    client.drain();
    for (let i = 0; i < 2; i++) mock.timers.tick(1000);
    assert.equal(client.state, "destroyed");
  } finally {
    mock.timers.reset();
  }
  await settled();
});

test("more headers than fit a head are refused, however many more are on their way", () => {
  const client = new FakeClient(echo);
  client.send("GET / HTTP/1.1\r\n");
  for (let i = 0; i < 100_000 && client.sent === ""; i++) client.send(`h${i}: x\r\n`);
  assert.match(client.sent, /^HTTP\/1\.1 431 /);
});

test("a client that is refused in the middle of a head is let go like any other", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const client = new FakeClient(echo);
    client.send("GET / HTTP/1.1\r\n");
    client.send("x".repeat(MAX_HEAD_BYTES));
    assert.match(client.sent, /^HTTP\/1\.1 431 /);
    mock.timers.tick(1000);
    assert.equal(client.state, "destroyed");
  } finally {
    mock.timers.reset();
  }
});

test("a body of a gigabyte is refused by its announcement", () => {
  const client = new FakeClient(echo);
  client.send("POST / HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n");
  assert.match(client.sent, /^HTTP\/1\.1 413 /);
});

test("100 Continue is sent when the body is asked for, not before", async () => {
  const asked = new FakeClient(echo);
  asked.send("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  assert.equal(asked.sent, "HTTP/1.1 100 Continue\r\n\r\n");
  asked.send("hi");
  await settled();
  assert.ok(asked.answer.endsWith(ok("POST /x hi")));

  const refused = new FakeClient(() => new Response(null, { status: 401 }));
  refused.send("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  await settled();
  assert.match(refused.sent, /^HTTP\/1\.1 401 /);
});

test("a body in chunks is refused to who asks for it, and never taken for a request", async () => {
  const wire = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "14\r\nGET /b HTTP/1.1\r\n\r\n\r\n0\r\n\r\n";
  for (const [app, status] of [[echo, 411], [() => plain("fine"), 200]] as const) {
    const client = new FakeClient(app);
    client.send(wire);
    await settled();
    assert.match(client.sent, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.equal(client.sent.split("HTTP/1.1").length, 2);
    assert.equal(client.state, "shut down");
  }
});

const REFUSED: readonly (readonly [string, string, number])[] = [
  ["nonsense", "nonsense\r\n\r\n", 400],
  ["a body above the limit", "POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413],
  ["a head above the limit", `GET / HTTP/1.1\r\nX: ${"x".repeat(MAX_HEAD_BYTES)}`, 431],
  ["100,000 fields", `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(100_000)}\r\n`, 431],
];
for (const [what, wire, status] of REFUSED) {
  test(`${what} is answered ${status} and the connection ends`, async () => {
    const client = new FakeClient(() => assert.fail("the app was asked"));
    client.send(wire);
    await settled();
    assert.match(client.sent, new RegExp(`^HTTP/1\\.1 ${status} .*\r\nconnection: close\r\n`, "s"));
    assert.equal(client.state, "shut down");
  });
}

test("HEAD gets the length and nothing else", async () => {
  const client = new FakeClient(() => plain("body"));
  client.send("HEAD / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n");
  await settled();
  await settled();
  assert.equal(client.answer, ok("").replace("length: 0", "length: 4").repeat(2));
});

test("a stream goes out in chunks, to HTTP/1.0 as it is", async () => {
  const answer = () => {
    const chunks = ["one", "", "three"].map((text) => new TextEncoder().encode(text));
    return new Response(ReadableStream.from(chunks));
  };
  const client = new FakeClient(answer);
  client.send("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(
    client.answer,
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n",
  );
  assert.equal(client.state, "open");

  const old = new FakeClient(answer);
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  await settled();
  assert.equal(old.answer, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nonethree");
  assert.equal(old.state, "ended");
});

/** A stream without an end, and how much of it was asked for. */
function endless() {
  const seen = { pulls: 0, isCancelled: false };
  const stream = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          seen.pulls++;
          controller.enqueue(new Uint8Array(10));
        },
        cancel: () => void (seen.isCancelled = true),
      }, { highWaterMark: 0 }),
    );
  return { seen, stream };
}

test("a client that does not read stops the stream, and it goes on with it", async () => {
  const { seen, stream } = endless();
  const client = new FakeClient(stream);
  client.isFull = true;
  client.send("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(seen.pulls, 0);
  client.connection.drained();
  await settled();
  assert.equal(seen.pulls, 1);
  client.connection.destroy();
  await settled();
  assert.equal(seen.isCancelled, true);
});

test("an endless answer ends when the client does", async () => {
  const { seen, stream } = endless();
  const client = new FakeClient(stream);
  client.isFull = true;
  client.send("GET / HTTP/1.1\r\n\r\n");
  await settled();
  client.connection.peerEnded();
  client.drain();
  await settled();
  assert.equal(seen.isCancelled, true);
  assert.equal(client.state, "ended");
});

test("the signal of a request tells that the client has gone", async () => {
  const signals: AbortSignal[] = [];
  const client = new FakeClient((request) => {
    signals.push(request.signal);
    return new Promise(() => {});
  });
  client.send("GET / HTTP/1.1\r\n\r\n");
  assert.equal(signals[0]?.aborted, false);
  client.connection.closed();
  assert.equal(signals[0]?.aborted, true);
  await settled();
});

test("a stream that fails breaks the connection off", async () => {
  const client = new FakeClient(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.error(new Error("disk")),
      }, { highWaterMark: 0 }),
    )
  );
  client.send("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(client.state, "destroyed");
  assert.doesNotMatch(client.sent, /0\r\n\r\n$/);
});

test("a client that has sent all and waits still gets a whole answer", async () => {
  const client = new FakeClient(echo);
  client.send("GET /x HTTP/1.1\r\n\r\n");
  client.connection.peerEnded();
  await settled();
  assert.equal(client.answer, ok("GET /x ", "connection: close\r\n"));
  assert.equal(client.state, "ended");
});

test("a body cut off by the client is an error to who waits for it", async () => {
  const errors: string[] = [];
  const client = new FakeClient(async (request) => {
    await request.bytes().catch((error: Error) => errors.push(error.name));
    return new Response(null, { status: 400 });
  });
  client.send("POST /x HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  client.connection.peerEnded();
  await settled();
  assert.deepEqual(errors, ["BodyAbortedError"]);
  assert.equal(client.state, "ended");
});

test("an app that throws is 500, now or later, and tells nothing", async () => {
  const boom = (): never => {
    throw new Error("secret");
  };
  for (const app of [boom, () => Promise.reject(new Error("secret"))]) {
    const client = new FakeClient(app);
    client.send("GET / HTTP/1.1\r\n\r\n");
    await settled();
    assert.match(client.sent, /^HTTP\/1\.1 500 /);
    assert.doesNotMatch(client.sent, /secret/);
  }
});

const URLS: readonly (readonly [string, string, string])[] = [
  ["/a?b#c", "Host: h:1\r\n", "http://h:1/a?b#c"],
  ["/", "", "http://localhost/"],
  ["/", "Host:\r\n", "http://localhost/"],
  ["/", "Host: in valid/\r\n", "http://localhost/"],
  ["http://other/x", "Host: h\r\n", "http://other/x"],
  ["//x", "Host: h\r\n", "http://h//x"],
];
for (const [target, host, url] of URLS) {
  test(`${target} with ${JSON.stringify(host)} is ${url}`, () => {
    const seen: string[] = [];
    const client = new FakeClient((request) => {
      seen.push(request.url);
      return new Response();
    });
    client.send(`GET ${target} HTTP/1.1\r\n${host}\r\n`);
    assert.deepEqual(seen, [url]);
  });
}

test("a body can be read in each way a request offers, once", async () => {
  const form = "a=1&b=%C3%BC";
  const head = `POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Content-Length: ${form.length}\r\n\r\n`;
  const read: ((request: Request) => Promise<unknown>)[] = [
    (request) => request.text(),
    async (request) => new TextDecoder().decode(await request.arrayBuffer()),
    async (request) => new TextDecoder().decode(await request.bytes()),
    async (request) => await (await request.blob()).text(),
    async (request) =>
      new URLSearchParams([...(await request.formData())] as string[][]).toString(),
  ];
  for (const way of read) {
    let result: unknown;
    const client = new FakeClient(async (request) => {
      result = await way(request);
      assert.equal(request.bodyUsed, true);
      await assert.rejects(request.text(), TypeError);
      return new Response();
    });
    client.send(head + form);
    await settled();
    await settled();
    assert.equal(result, form);
  }
});

test("a frozen connection begins no request, and goes on with it when it is thawed", () => {
  const client = new FakeClient(() => new Response(null, { status: 401 }));
  client.connection.freeze();
  assert.equal(client.isPaused, true);
  client.send("GET / HTTP/1.1\r\n\r\n");
  assert.equal(client.sent, "");
  assert.equal(client.connection.isBusy, false);
  assert.deepEqual(client.connection.handOver()?.fd, client.descriptor);
  client.connection.thaw();
  assert.match(client.sent, /^HTTP\/1\.1 401 /);
});
