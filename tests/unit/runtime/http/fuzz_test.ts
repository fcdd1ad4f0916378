import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClient, settled } from "./fake_socket.ts";

const ROUNDS = 400;
const MAX_BODY_BYTES = 100;

const SEEDS = [
  "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n<a>b</a>\r\n\r\n",
  "POST /RPC2 HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
  "HEAD /logtail/a%20b?x#y HTTP/1.1\nAuthorization: Basic dTpw\n\n",
];

/** mulberry32: the same cases in each run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function mutate(text: string, below: (n: number) => number): string {
  const at = below(text.length);
  const to = at + below(8);
  const byte = String.fromCharCode(below(256));
  switch (below(5)) {
    case 0:
      return text.slice(0, at) + byte + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(to);
    case 2:
      return text.slice(0, to) + text.slice(at);
    case 3:
      return text.slice(0, at) + byte.repeat(below(50)) + text.slice(at);
    default:
      return text.slice(0, at) + "\r\n" + text.slice(at);
  }
}

test(`${ROUNDS} mangled conversations end in answers, and every answer is a whole one`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const below = random(round);
    let wire = "";
    for (let i = 0; i < 4; i++) wire += SEEDS[below(SEEDS.length)];
    for (let i = below(4); i > 0; i--) wire = mutate(wire, below);

    let asked = 0;
    const client = new FakeClient(async (request) => {
      asked++;
      assert.ok((await request.bytes()).length <= MAX_BODY_BYTES);
      new URL(request.url);
      request.headers.get("host");
      return new Response("ok", { headers: { "Content-Length": "2", "Content-Type": "a/b" } });
    }, MAX_BODY_BYTES);
    for (let at = 0; at < wire.length && client.state === "open";) {
      const size = 1 + below(60);
      client.send(wire.slice(at, at + size));
      at += size;
      await settled();
    }
    client.connection.peerEnded();
    await settled();
    await settled();

    const what = `round ${round}: ${JSON.stringify(wire)} got ${JSON.stringify(client.sent)}`;
    assert.notEqual(client.state, "open", what);
    const answers = client.sent.split(/(?=HTTP\/1\.1 )/).filter((answer) => answer !== "");
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 [1-5]\d\d .*\r\n\r\n/s, what);
    const final = answers.filter((answer) => !answer.startsWith("HTTP/1.1 100 "));
    assert.ok(final.length <= asked + 1, what);
    client.connection.closed();
    assert.equal(client.isOver, true, what);
  }
});
