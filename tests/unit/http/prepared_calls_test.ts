import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { ServerSpec } from "../../../src/config/types.ts";
import { createServerApp } from "../../../src/http/app.ts";
import { prepareCall } from "../../../src/http/prepared_calls.ts";
import { createRpc } from "../../../src/rpc/methods.ts";
import type { PlainRequest } from "../../../src/runtime/http_types.ts";
import { encodeCall, encodeFault, encodeResponse } from "../../../src/xmlrpc/encode.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";

const FIELDS = ["host", "localhost", "content-type", "text/xml"];

function requestFor(body: string, more: Partial<PlainRequest> = {}): PlainRequest {
  return { method: "POST", target: "/RPC2", fields: FIELDS, body, ...more };
}

function setUp() {
  const daemon = new FakeDaemon([groupSpec("x", [processSpec("x")])]);
  return { daemon, rpc: createRpc(daemon, ["supervisor"]) };
}

test("a call without arguments is answered as ever, and with what is the case then", async () => {
  const services = setUp();
  const prepared = prepareCall(requestFor(encodeCall("supervisor.getState", [])), services);
  assert.equal(prepared?.contentType, "text/xml");
  assert.equal(
    await prepared?.answer(),
    encodeResponse({ statecode: 1, statename: "RUNNING" }),
  );
  services.daemon.state = "SHUTDOWN";
  assert.equal(await prepared?.answer(), encodeFault(6, "SHUTDOWN_STATE"));
});

test("a fault is the answer, too", async () => {
  const prepared = prepareCall(requestFor(encodeCall("supervisor.nope", [])), setUp());
  assert.equal(await prepared?.answer(), encodeFault(1, "UNKNOWN_METHOD"));
});

const CALL = encodeCall("supervisor.getState", []);
const LEFT: Record<string, PlainRequest> = {
  "a call with arguments": requestFor(encodeCall("supervisor.getProcessInfo", ["x"])),
  "another method": requestFor(CALL, { method: "PUT" }),
  "another path": requestFor(CALL, { target: "/RPC2/" }),
  "what comes from a page": requestFor(CALL, { fields: [...FIELDS, "origin", "http://x"] }),
  "what a browser sends": requestFor(CALL, { fields: [...FIELDS, "sec-fetch-site", "none"] }),
  "what is no call": requestFor("nonsense"),
  "an answer": requestFor(encodeResponse(1)),
  "a call in other letters": requestFor(CALL.replace("getState", "get\xc3\xa4")),
};
for (const [what, request] of Object.entries(LEFT)) {
  test(`${what} is looked at each time`, () => {
    assert.equal(prepareCall(request, setUp()), null);
  });
}

const OPEN: ServerSpec = {
  section: "unix_http_server",
  address: { kind: "inet", host: "127.0.0.1", port: 9001 },
  credentials: null,
};
const CLOSED: ServerSpec = { ...OPEN, credentials: { username: "u", password: "p" } };

test("only a server that asks nobody for credentials answers what it has not looked at", () => {
  const services = setUp();
  assert.ok(createServerApp({ ...services, server: OPEN }).prepare !== undefined);
  assert.equal(createServerApp({ ...services, server: CLOSED }).prepare, undefined);
  const audited = { ...services, server: OPEN, audit: { note() {} } };
  assert.equal(createServerApp(audited).prepare, undefined);
});

test("prepared and read, a call has the same answer", async () => {
  const app = createServerApp({ ...setUp(), server: OPEN });
  for (const method of ["getState", "getAllProcessInfo", "getAPIVersion", "nope"]) {
    const body = encodeCall(`supervisor.${method}`, []);
    const headers = { "content-length": String(Buffer.byteLength(body)) };
    const read = await app.fetch(
      new Request("http://localhost/RPC2", { method: "POST", headers, body }),
      { remoteAddress: "127.0.0.1", remotePort: 1 },
    );
    const prepared = app.prepare?.(requestFor(body));
    assert.equal(read.headers.get("content-type"), prepared?.contentType);
    assert.equal(await prepared?.answer(), await read.text());
  }
});
