import assert from "node:assert/strict";
import { test } from "node:test";
import { type Head, MAX_FIELDS, parseHead } from "../../../../src/runtime/http/head.ts";

function parsed(text: string): Head {
  const head = parseHead(text);
  assert.equal(typeof head, "object", `refused with ${head}`);
  return head as Head;
}

test("a head is read as it is written by clients", () => {
  const head = parsed(
    "POST /RPC2?x=1 HTTP/1.1\r\nHost: localhost:9001\r\nContent-Type:  text/xml \r\n" +
      "content-length:12\r\nX-Empty:\r\nAuthorization: Basic dTpw:",
  );
  assert.deepEqual(head, {
    method: "POST",
    target: "/RPC2?x=1",
    isHttp11: true,
    fields: [
      ...["host", "localhost:9001", "content-type", "text/xml", "content-length", "12"],
      ...["x-empty", "", "authorization", "Basic dTpw:"],
    ],
    host: "localhost:9001",
    contentLength: 12,
    isCoded: false,
    keepAlive: true,
    expectsContinue: false,
  });
});

const KEPT: readonly (readonly [string, string, boolean])[] = [
  ["1.1", "", true],
  ["1.1", "\r\nConnection: close", false],
  ["1.1", "\r\nConnection: Keep-Alive, Close", false],
  ["1.0", "", false],
  ["1.0", "\r\nConnection: Keep-Alive", true],
  ["1.1", "\r\nTransfer-Encoding: chunked", false],
];
for (const [version, fields, kept] of KEPT) {
  test(`HTTP/${version} with ${JSON.stringify(fields)} is ${kept ? "kept" : "closed"}`, () => {
    assert.equal(parsed(`GET / HTTP/${version}${fields}`).keepAlive, kept);
  });
}

test("lines may end in LF alone", () => {
  const head = parsed("GET /x HTTP/1.0\nHost: a\nX: b");
  assert.deepEqual(head.fields, ["host", "a", "x", "b"]);
});

test("bytes above 127 in the path are percent-encoded, in values they stay", () => {
  const head = parsed("GET /\xc3\xbc HTTP/1.1\r\nX: \xc3\xbc");
  assert.equal(head.target, "/%C3%BC");
  assert.deepEqual(head.fields, ["x", "\xc3\xbc"]);
});

test("100-continue is only for those who can understand it", () => {
  assert.equal(parsed("POST / HTTP/1.1\r\nExpect: 100-Continue").expectsContinue, true);
  assert.equal(parsed("POST / HTTP/1.0\r\nExpect: 100-continue").expectsContinue, false);
});

const REFUSED: readonly (readonly [number, string])[] = [
  [400, ""],
  [400, "GET"],
  [400, "GET /"],
  [400, "GET / HTTP/1.1 "],
  [400, "GET  HTTP/1.1"],
  [400, "GET * HTTP/1.1"],
  [400, "GET path HTTP/1.1"],
  [400, "GET /a\x00b HTTP/1.1"],
  [400, "GET /a b HTTP/1.1"],
  [400, "G@T / HTTP/1.1"],
  [400, "CONNECT host:80 HTTP/1.1"],
  [505, "GET / HTTP/2.0"],
  [400, "GET / HTTP/1.1\r\nno colon"],
  [400, "GET / HTTP/1.1\r\n: nameless"],
  [400, "GET / HTTP/1.1\r\nName : value"],
  [400, "GET / HTTP/1.1\r\nX: a\r\n folded: b"],
  [400, "GET / HTTP/1.1\r\nX: a\x00b"],
  [400, "GET / HTTP/1.1\r\nX: a\rb"],
  [400, "GET / HTTP/1.1\r\nX: a\x7fb"],
  [400, "GET / HTTP/1.1\r\nX: a\x1bb"],
  [400, "POST / HTTP/1.1\r\nContent-Length: -1"],
  [400, "POST / HTTP/1.1\r\nContent-Length: 1e3"],
  [400, "POST / HTTP/1.1\r\nContent-Length: 0x10"],
  [400, "POST / HTTP/1.1\r\nContent-Length:"],
  [400, "POST / HTTP/1.1\r\nContent-Length: 1, 1"],
  [400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2"],
  [400, "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"],
  [417, "POST / HTTP/1.1\r\nExpect: the-unexpected"],
];
for (const [status, text] of REFUSED) {
  test(`${JSON.stringify(text)} is refused with ${status}`, () => {
    assert.equal(parseHead(text), status);
  });
}

test("a length given twice is one length", () => {
  assert.equal(
    parsed("POST / HTTP/1.1\r\nContent-Length: 7\r\nContent-Length: 7").contentLength,
    7,
  );
});

for (const [count, isFine] of [[MAX_FIELDS, true], [MAX_FIELDS + 1, false]] as const) {
  test(`${count} fields are ${isFine ? "taken" : "too many"}`, () => {
    const head = parseHead("GET / HTTP/1.1" + "\r\na: b".repeat(count));
    if (isFine) assert.equal((head as Head).fields.length, 2 * count);
    else assert.equal(head, 431);
  });
}
