import assert from "node:assert/strict";
import { test } from "node:test";
import { PreparedRequests } from "../../../../src/runtime/http/prepared_requests.ts";
import type { PlainRequest, PreparedRequest } from "../../../../src/runtime/http_types.ts";
import { FakeClient, settled } from "./fake_socket.ts";

const REQUEST = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";

/** An app that counts who is asked; what it prepares answers "known" and the body. */
function setUp(answer: (body: string) => ReturnType<PreparedRequest["answer"]> = known) {
  const asked = { fetch: 0, prepare: 0, answer: 0 };
  const requests = new PreparedRequests(({ body }: PlainRequest) => {
    asked.prepare++;
    const prepared = () => {
      asked.answer++;
      return answer(body);
    };
    return { contentType: "text/plain", answer: prepared };
  });
  const fetch = async (request: Request) => {
    asked.fetch++;
    const text = `read ${await request.text()}`;
    return new Response(text, { headers: { "content-length": String(text.length) } });
  };
  return { asked, client: () => new FakeClient(fetch, 5000, requests) };
}

const known = (body: string): string => `known ${body}`;

function ok(body: string, connection = ""): string {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nserver: test\r\n" +
    `content-length: ${body.length}\r\n${connection}\r\n${body}`;
}

/** @returns what is answered to the request that is sent last */
async function lastAnswer(client: FakeClient, ...texts: string[]): Promise<string> {
  for (const text of texts) {
    await settled();
    client.sent = "";
    client.send(text);
  }
  await settled();
  return client.answer;
}

test("a request that comes again is answered as it was prepared, on whatever connection", async () => {
  const { asked, client } = setUp();
  const one = client();
  assert.equal(await lastAnswer(one, REQUEST, REQUEST), ok("known abc"));
  assert.equal(await lastAnswer(client(), REQUEST), ok("known abc"));
  assert.deepEqual(asked, { fetch: 1, prepare: 1, answer: 2 });
  assert.equal(one.connection.isIdle, true);
});

test("the connection ends behind a known request that says so", async () => {
  const { client } = setUp();
  const request = REQUEST.replace("Host: h", "Connection: close");
  await lastAnswer(client(), request);
  const again = client();
  assert.equal(await lastAnswer(again, request), ok("known abc", "connection: close\r\n"));
  assert.equal(again.state, "ended");
});

test("a client of HTTP/1.0 is told that its connection is kept, or that it is not", async () => {
  for (const connection of ["keep-alive", "close"]) {
    const { client } = setUp();
    const request = REQUEST.replace("1.1", "1.0").replace("Host: h", `Connection: ${connection}`);
    await lastAnswer(client(), request);
    assert.equal(
      await lastAnswer(client(), request),
      ok("known abc", `connection: ${connection}\r\n`),
    );
  }
});

test("a known request in two pieces is read like any other", async () => {
  const { asked, client } = setUp();
  await lastAnswer(client(), REQUEST);
  const other = client();
  assert.match(await lastAnswer(other, REQUEST.slice(0, 20), REQUEST.slice(20)), /read abc$/);
  assert.equal(asked.answer, 0);
});

test("two known requests in one go are both answered", async () => {
  const { client } = setUp();
  await lastAnswer(client(), REQUEST);
  const answers = await lastAnswer(client(), REQUEST + REQUEST);
  assert.equal(answers.match(/(?:read|known) abc/g)?.length, 2);
});

test("what is known of a request does not answer another", async () => {
  const { client } = setUp();
  await lastAnswer(client(), REQUEST);
  for (const other of [REQUEST.replace("abc", "abd"), REQUEST.replace("/x", "/y")]) {
    assert.match(await lastAnswer(client(), other), /\r\n\r\nread ab/);
  }
});

test("a prepared answer may come later, and the next request waits for it", async () => {
  let give = (_: string) => {};
  const later = () => new Promise<string>((resolve) => give = resolve);
  const { client } = setUp(later);
  await lastAnswer(client(), REQUEST);
  const slow = client();
  assert.equal(await lastAnswer(slow, REQUEST, REQUEST), "");
  assert.equal(slow.isPaused, true);
  give("first");
  await settled();
  assert.match(slow.answer, /^HTTP\/1.1 200 OK[^]*first(?:HTTP|$)/);
});

test("an answer for a client that has gone meanwhile goes nowhere", async () => {
  let give = (_: string) => {};
  const { client } = setUp(() => new Promise<string>((resolve) => give = resolve));
  await lastAnswer(client(), REQUEST);
  const gone = client();
  await lastAnswer(gone, REQUEST);
  gone.connection.closed();
  give("late");
  await settled();
  assert.equal(gone.sent, "");
});

test("a prepared answer can be a whole response, for what went wrong", async () => {
  const { client } = setUp(() =>
    new Response("no", { status: 500, headers: { "content-length": "2" } })
  );
  await lastAnswer(client(), REQUEST);
  assert.match(await lastAnswer(client(), REQUEST), /^HTTP\/1.1 500 Internal Server Error[^]*no$/);
});

test("an answer that the client does not take holds the next one back", async () => {
  const { client } = setUp();
  await lastAnswer(client(), REQUEST);
  const slow = client();
  slow.isFull = true;
  assert.equal(await lastAnswer(slow, REQUEST), ok("known abc"));
  slow.send(REQUEST);
  await settled();
  assert.equal(slow.answer, ok("known abc"));
  slow.drain();
  await settled();
  assert.match(slow.answer, /known abcHTTP[^]*abc$/);
});

const NOT_KEPT = {
  "with credentials": REQUEST.replace("Host: h", "Authorization: Basic eDp5"),
  "with a cookie": REQUEST.replace("Host: h", "Cookie: a=b"),
  "with a bare line feed in its head": REQUEST.replaceAll("\r\n", "\n"),
  "with another one behind it": REQUEST + "GET",
  "without a body": "GET /x HTTP/1.1\r\n\r\n",
  "that waits to be told to go on": REQUEST.replace("Host: h", "Expect: 100-continue"),
  "that is large": REQUEST.replace("Host: h", `Host: ${"h".repeat(1024)}`),
};
for (const [what, request] of Object.entries(NOT_KEPT)) {
  test(`a request ${what} is not kept`, async () => {
    const { asked, client } = setUp();
    await lastAnswer(client(), request);
    await lastAnswer(client(), request);
    assert.equal(asked.prepare, 0);
    assert.equal(asked.answer, 0);
  });
}

test("however many different requests come, few are kept, and those that come again", async () => {
  const { asked, client } = setUp();
  const numbered = (n: number) => REQUEST.replace("/x", `/${n}`);
  for (let n = 0; n < 100; n++) await lastAnswer(client(), numbered(n));
  await lastAnswer(client(), numbered(0));
  assert.equal(asked.answer, 0);
  await lastAnswer(client(), numbered(0));
  assert.equal(asked.answer, 1);
});
