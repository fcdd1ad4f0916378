import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionLostError, MalformedAnswerError } from "../../../src/client/errors.ts";
import { type ResponseHead, ResponseParser } from "../../../src/client/response_parser.ts";

interface Parsed {
  readonly head: ResponseHead | null;
  readonly body: string;
  readonly done: boolean;
}

/** Parses pieces, then the end of the connection if the response waits for it. */
function parse(pieces: readonly Uint8Array[], options: { end?: boolean } = {}): Parsed {
  let head: ResponseHead | null = null;
  let body = "";
  const parser = new ResponseParser({
    head: (received) => head = received,
    body: (bytes) => body += new TextDecoder("latin1").decode(bytes),
  });
  for (const piece of pieces) parser.push(piece);
  if (options.end) parser.end();
  return { head, body, done: parser.done };
}

const bytes = (text: string) => new TextEncoder().encode(text);

interface Row {
  readonly name: string;
  readonly text: string;
  readonly status: number;
  readonly reason?: string;
  readonly body: string;
  readonly keepAlive: boolean;
  readonly endsWithConnection?: boolean;
}

const RESPONSES: readonly Row[] = [
  {
    name: "a sized body",
    text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    status: 200,
    reason: "OK",
    body: "hello",
    keepAlive: true,
  },
  {
    name: "an empty body",
    text: "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n",
    status: 404,
    reason: "Not Found",
    body: "",
    keepAlive: true,
  },
  {
    name: "a chunked body with extensions and a trailer",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "5;x=y\r\nhello\r\n001\r\n,\r\nA \r\n 123456789\r\n0\r\nX: y\r\n\r\n",
    status: 200,
    reason: "OK",
    body: "hello, 123456789",
    keepAlive: true,
  },
  {
    name: "a body that ends with the connection",
    text: "HTTP/1.1 200 OK\r\n\r\nall of it",
    status: 200,
    reason: "OK",
    body: "all of it",
    keepAlive: false,
    endsWithConnection: true,
  },
  {
    name: "a server that closes",
    text: "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
    status: 401,
    reason: "Unauthorized",
    body: "x",
    keepAlive: false,
  },
  {
    name: "HTTP/1.0",
    text: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    status: 200,
    reason: "OK",
    body: "x",
    keepAlive: false,
  },
  {
    name: "bare line feeds and no reason",
    text: "HTTP/1.1 500\nContent-Length: 2\n\nno",
    status: 500,
    reason: "",
    body: "no",
    keepAlive: true,
  },
  {
    name: "a response after 100 Continue",
    text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    status: 200,
    reason: "OK",
    body: "ok",
    keepAlive: true,
  },
  {
    name: "a status without a body",
    text: "HTTP/1.1 204 No Content\r\n\r\n",
    status: 204,
    reason: "No Content",
    body: "",
    keepAlive: true,
  },
];

for (const row of RESPONSES) {
  test(`the response parser reads ${row.name}, wherever it is cut`, () => {
    const whole = bytes(row.text);
    const end = row.endsWithConnection ?? false;
    const expected = {
      head: { status: row.status, reason: row.reason, keepAlive: row.keepAlive },
      body: row.body,
      done: true,
    };
    for (let cut = 0; cut <= whole.length; cut++) {
      assert.deepEqual(parse([whole.subarray(0, cut), whole.subarray(cut)], { end }), expected);
    }
    assert.deepEqual(parse([...whole].map((byte) => Uint8Array.of(byte)), { end }), expected);
  });
}

test("the response parser ignores what follows a response", () => {
  const text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 500 No\r\n\r\n";
  assert.equal(parse([bytes(text)]).body, "x");
});

const INCOMPLETE = [
  ["nothing at all", "", "without response"],
  ["half a status line", "HTTP/1.1 2", "in the middle"],
  ["a head without its end", "HTTP/1.1 200 OK\r\n", "in the middle"],
  ["a body too short", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "in the middle"],
  ["a last chunk missing", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", ""],
] as const;

for (const [name, text, message] of INCOMPLETE) {
  test(`the response parser reports a connection that ends after ${name}`, () => {
    assert.throws(
      () => parse([bytes(text)], { end: true }),
      (error) => error instanceof ConnectionLostError && error.message.includes(message),
    );
  });
}

const MALFORMED = [
  ["another protocol", "SSH-2.0-OpenSSH_9\r\n\r\n"],
  ["a status that is no number", "HTTP/1.1 abc OK\r\n\r\n"],
  ["a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
  ["a chunk size that is no number", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
  [
    "a chunk longer than its size",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n",
  ],
  ["an endless line", "HTTP/1.1 200 " + "x".repeat(70_000)],
] as const;

for (const [name, text] of MALFORMED) {
  test(`the response parser refuses ${name}`, () => {
    assert.throws(() => parse([bytes(text)]), MalformedAnswerError);
  });
}
