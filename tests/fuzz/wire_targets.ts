/** What clients send: documents, requests, conversations. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parseHead } from "../../src/runtime/http/head.ts";
import { decodeCall, decodeResponse } from "../../src/xmlrpc/decode.ts";
import { encodeCall, encodeResponse } from "../../src/xmlrpc/encode.ts";
import { decodePlainResponse } from "../../src/xmlrpc/plain.ts";
import { Fault, type Value, XmlRpcError } from "../../src/xmlrpc/value.ts";
import { askerFor } from "../support/app.ts";
import { FakeDaemon, groupSpec } from "../support/fake_daemon.ts";
import { processSpec } from "../support/process_spec.ts";
import { FakeClient } from "../unit/runtime/http/fake_socket.ts";
import type { Target } from "./engine.ts";

const text = (input: Uint8Array) => new TextDecoder().decode(input);
const latin1 = (input: Uint8Array) => Buffer.from(input).toString("latin1");

const XML_WORDS = [
  "<value>",
  "</value>",
  "<int>",
  "</int>",
  "<string>",
  "<array><data>",
  "</data></array>",
  "<struct><member><name>",
  "</name>",
  "</member></struct>",
  "<boolean>",
  "<double>1e999</double>",
  "<base64>",
  "<dateTime.iso8601>20260101T00:00:00</dateTime.iso8601>",
  "<nil/>",
  "<!DOCTYPE a [<!ENTITY b 'c'>]>",
  "<!ENTITY % x SYSTEM 'file:///etc/passwd'>",
  "&b;",
  "&amp;",
  "&#x41;",
  "&#0;",
  "&#99999999;",
  "<![CDATA[",
  "]]>",
  "<!--",
  "-->",
  "<?x ?>",
  "<?xml version='1.0' encoding='utf-16'?>",
  "\x01",
  "__proto__",
];

const CALLS = [
  encodeCall("supervisor.startProcess", ["web", true]),
  encodeCall("system.multicall", [[{ methodName: "supervisor.getState", params: [] }]]),
  encodeCall("x", [1, -2.5, [], { a: [""] }, "é<&>"]),
  "<?xml version='1.0'?><!DOCTYPE m [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" +
  "<methodCall><methodName>m</methodName><params><param><value>&b;</value></param></params></methodCall>",
];

/** A value that came out of a document, as far as writing it again can tell. */
function isWritable(value: Value): boolean {
  if (value === null || value instanceof Uint8Array || value instanceof Date) return false;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return true;
  return Object.values(value).every((each) => isWritable(each as Value));
}

function newDaemon(): FakeDaemon {
  const web = processSpec("web");
  return new FakeDaemon([groupSpec("web", [web])]);
}

const TARGETS_AND_BODIES = [
  "GET / ",
  "GET /api/v1/processes?state=RUNNING ",
  "GET /api/v1/processes/web ",
  "GET /api/v1/openapi.json ",
  "GET /logtail/web/stdout ",
  "GET /index.html?processname=web&action=start ",
  "GET /tail.html?processname=web&limit=10 ",
  "GET /metrics ",
  'POST /api/v1/processes/web/signal {"signal":"HUP"}',
  'POST /api/v1/processes/start {"names":["web"]}',
  `POST /RPC2 ${encodeCall("supervisor.getProcessInfo", ["web"])}`,
  "POST /web/actions action=stop&processname=web",
];

const CONVERSATIONS = [
  "\x03GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "\x05POST /RPC2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.0\r\n\r\n",
  "\x01POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
  "\x09POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
];

/** Long enough, and then null. */
async function waiting(daemon: FakeDaemon): Promise<null> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    daemon.advance(5);
  }
  return null;
}

/** Answers are promises: until no more of them comes. */
async function quiet(client: FakeClient): Promise<void> {
  for (let waited = 0, length = -1; waited < 16; waited++) {
    if (client.sent.length !== length) waited = 0;
    length = client.sent.length;
    await Promise.resolve();
  }
}

/** Everything the server said to a client that sent these pieces and then no more. */
async function converse(pieces: readonly string[]): Promise<string> {
  const client = new FakeClient(async (request) => {
    const body = await request.text();
    return new Response(`${request.method} ${request.url} ${body.length}`, {
      headers: { "Content-Type": "text/plain" },
    });
  }, 100);
  for (const piece of pieces) {
    if (client.state === "open") client.send(piece);
    await quiet(client);
  }
  const said = client.answer;
  client.connection.closed();
  return said;
}

export const WIRE_TARGETS: readonly Target[] = [
  {
    name: "XML-RPC call",
    seeds: CALLS,
    words: [...XML_WORDS, "<methodCall>", "<methodName>x</methodName>", "<params><param>"],
    maxBytes: 200_000,
    run(input) {
      let call;
      try {
        call = decodeCall(input);
      } catch (error) {
        if (error instanceof XmlRpcError) return;
        throw error;
      }
      const size = JSON.stringify(call.params)?.length ?? 0;
      assert.ok(size < 8 * input.length + 100, `${input.length} bytes became ${size}`);
      if (!call.params.every(isWritable)) return;
      const again = decodeCall(encodeCall(call.method, call.params));
      assert.deepEqual(again.params, call.params);
    },
  },
  {
    name: "XML-RPC answer",
    seeds: [
      encodeResponse([{ name: "web", pid: 1, spawnerr: "", inuse: true, list: [1, "a"] }]),
      encodeResponse('quotes " and \\ <&>'),
    ],
    words: XML_WORDS,
    run(input) {
      // The quick decoder may leave a document to the general one, but must not read it differently.
      const document = text(input);
      const plain = decodePlainResponse(document);
      let general: Value | undefined;
      try {
        general = decodeResponse(document);
      } catch (error) {
        if (!(error instanceof XmlRpcError || error instanceof Fault)) throw error;
      }
      if (plain !== undefined) assert.deepEqual(plain, general);
    },
  },
  {
    name: "HTTP head",
    seeds: CONVERSATIONS.map((one) => (one.split("\r\n\r\n")[0] ?? "").slice(1)),
    words: [
      "\r\n",
      "\n",
      ": ",
      "Content-Length: ",
      "Host: ",
      "HTTP/1.",
      "\0",
      "\t",
      "99999999999999999999",
    ],
    run(input) {
      const head = parseHead(latin1(input));
      if (typeof head === "number") return;
      assert.ok(head.contentLength === null || Number.isSafeInteger(head.contentLength));
      assert.doesNotMatch(head.target, /[\0-\x20\x7f-\uffff]/);
    },
  },
  {
    name: "HTTP conversation",
    seeds: CONVERSATIONS,
    words: [
      "\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "Content-Length: 5\r\n",
      "Connection: close\r\n",
      "chunked",
    ],
    maxBytes: 600,
    async run(input) {
      const [size = 0] = input;
      const whole = latin1(input.subarray(1));
      const step = 1 + size % 64;
      const pieces: string[] = [];
      for (let at = 0; at < whole.length; at += step) pieces.push(whole.slice(at, at + step));
      const answers = (said: string) => said.match(/HTTP\/1\.1 [2-5]\d\d[^\r]*/g) ?? [];
      const said = answers(await converse(pieces));
      assert.deepEqual(said.filter((each) => each.includes(" 500")), []);
      assert.deepEqual(said, answers(await converse([whole])));
    },
  },
  {
    name: "HTTP routes",
    seeds: TARGETS_AND_BODIES,
    words: [
      "/",
      "%00",
      "%2e%2e/",
      "?",
      "&",
      "=",
      "{",
      "}",
      "[]",
      '"',
      ":*",
      "POST ",
      "DELETE ",
      "-1",
    ],
    maxBytes: 1000,
    async run(input) {
      const [method = "", target = "", ...rest] = text(input).split(" ");
      if (!/^[A-Z]{1,10}$/.test(method) || !/^\/[\x21-\x7e]*$/.test(target)) return;
      const daemon = newDaemon();
      const ask = askerFor(daemon);
      let url;
      try {
        url = new URL(`http://localhost:9001${target}`);
      } catch {
        return;
      }
      const body = ["GET", "HEAD", "TRACE", "CONNECT", "TRACK"].includes(method)
        ? undefined
        : rest.join(" ");
      const headers = { "Content-Type": "application/json" };
      const path = `${url.pathname}${url.search}`;
      if (["TRACE", "CONNECT", "TRACK"].includes(method)) return;
      const response = await Promise.race([ask(method, path, headers, body), waiting(daemon)]);
      // Some calls wait for a process: that they wait is their answer.
      if (response === null) return;
      await response.body?.cancel();
      const why = daemon.logged.filter(({ level }) => level === "error" || level === "critical");
      // The page's own answer to an action that there is none of, as in the reference.
      if (why.length > 0 && why.every((line) => line.text.includes("UnknownActionError"))) return;
      assert.ok(response.status < 500, `${response.status} ${JSON.stringify(why)}`);
    },
  },
];
