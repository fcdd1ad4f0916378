import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeResponse } from "../../../src/xmlrpc/decode.ts";
import { encodeCall, encodeResponse } from "../../../src/xmlrpc/encode.ts";
import { askerFor } from "../../support/app.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";

const CALL = encodeCall("supervisor.getIdentification", []);

function setUp(settings: ConstructorParameters<typeof FakeDaemon>[1] = {}) {
  const daemon = new FakeDaemon([groupSpec("x", [processSpec("x")])], settings);
  return { daemon, ask: askerFor(daemon) };
}

for (const path of ["/RPC2", "/RPC2/", "/RPC2foo", "/RPC2/a/b?c=d", "/%52PC2"]) {
  test(`POST ${path} answers a call`, async () => {
    const { ask } = setUp();
    const response = await ask("POST", path, { "Content-Type": "text/xml" }, CALL);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/xml");
    assert.ok(response.headers.has("server"));
    assert.equal(await response.text(), encodeResponse("supervisor"));
  });
}

test("a fault is an answer with status 200", async () => {
  const { ask } = setUp();
  const response = await ask("POST", "/RPC2", {}, encodeCall("supervisor.nope", []));
  assert.equal(response.status, 200);
  const text = await response.text();
  assert.throws(() => decodeResponse(text), { code: 1, message: "UNKNOWN_METHOD" });
});

const REQUESTS: readonly [method: string, path: string, status: number][] = [
  ["GET", "/RPC2", 400],
  ["HEAD", "/RPC2", 400],
  ["PUT", "/RPC2", 400],
  ["DELETE", "/RPC2foo", 400],
  ["POST", "/logtail/x", 400],
  ["HEAD", "/logtail/x", 400],
  ["POST", "/mainlogtail", 400],
  ["GET", "/rpc2", 404],
  ["GET", "/nope", 404],
  ["HEAD", "/nope", 404],
  ["POST", "/nope", 400],
  ["DELETE", "/", 400],
  ["HEAD", "/", 404],
  ["GET", "/index.htm", 404],
  ["GET", "/stylesheets/", 404],
  ["GET", "/stylesheets/nope.css", 404],
  ["GET", "/images/..%5c..%5cetc", 404],
  ["GET", "/images/%2e%2e%2fetc%2fpasswd", 404],
  ["GET", "//etc/passwd", 404],
  ["GET", "/%", 404],
  ["GET", "/%ff%fe", 404],
  ["GET", "/logtail", 404],
  ["GET", "/logtailfoo", 404],
  ["GET", "/logtail/", 404],
  ["GET", "/logtail/nope", 404],
  ["GET", "/logtail/x", 404],
  ["GET", "/logtail/x:*", 404],
  ["GET", "/logtail/x/nope", 404],
  ["GET", "/logtail/x/stdout/x", 404],
  ["GET", "/logtail/x/", 404],
  ["GET", "/logtail/%zz", 404],
  ["GET", "/mainlogtail", 404],
];
for (const [method, path, status] of REQUESTS) {
  test(`${method} ${path} is ${status}`, async () => {
    const { ask } = setUp();
    const response = await ask(method, path);
    assert.equal(response.status, status);
    assert.ok(response.headers.has("server"));
    if (method === "HEAD") return;
    const body = await response.text();
    assert.match(body, new RegExp(`^<head>\\r\\n<title>Error response</title>\\r\\n`));
    assert.match(body, new RegExp(`\\r\\n<p>Error code ${status}\\.\\r\\n`));
  });
}

for (const path of ["/RPC2", "/", "/tail.html"]) {
  test(`POST ${path} needs a body and its length`, async () => {
    const { ask } = setUp();
    assert.equal((await ask("POST", path)).status, 411);
    for (const length of ["0", "x", "-1", "1e3", ""]) {
      const { status } = await ask("POST", path, { "Content-Length": length });
      assert.equal(status, 400, JSON.stringify(length));
    }
  });
}

test("what is no call is 400 and an error in the log, on one line and not at length", async () => {
  const { daemon, ask } = setUp();
  assert.equal((await ask("POST", "/RPC2", {}, "<a>\n\x1b[31m" + "x".repeat(10_000))).status, 400);
  assert.equal((await ask("POST", "/RPC2", {}, "<a/>")).status, 400);
  const errors = daemon.logged.filter(({ level }) => level === "error").map(({ text }) => text);
  assert.equal(errors.length, 2);
  assert.match(errors[0] ?? "", /^XML-RPC request data .* is invalid: unmarshallable$/);
  assert.ok((errors[0]?.length ?? 0) < 1000);
  assert.equal(errors[1], 'XML-RPC request data "<a/>" is invalid: no method name');
});

test("an error of ours is 500 and in the log; the next call is answered", async () => {
  const { daemon, ask } = setUp();
  daemon.requestRestart = () => {
    throw new TypeError("a defect");
  };
  const broken = await ask("POST", "/RPC2", {}, encodeCall("supervisor.restart", []));
  assert.equal(broken.status, 500);
  assert.ok(
    daemon.logged.some(({ level, text }) =>
      level === "critical" && text.includes("raised an unexpected exception: ") &&
      text.includes("a defect")
    ),
  );
  assert.equal((await ask("POST", "/RPC2", {}, CALL)).status, 200);
});

const ORIGINS: readonly [headers: Record<string, string>, status: number][] = [
  [{ Origin: "http://localhost:9001" }, 200],
  [{ Origin: "https://localhost:9001" }, 200],
  [{ Origin: "http://evil.example" }, 403],
  [{ Origin: "http://localhost:9002" }, 403],
  [{ Origin: "null" }, 403],
  [{ Origin: "nonsense" }, 403],
  [{ "Sec-Fetch-Site": "cross-site" }, 403],
  [{ "Sec-Fetch-Site": "same-site", Origin: "http://other.localhost" }, 403],
  [{ "Sec-Fetch-Site": "same-origin", Origin: "https://behind.proxy" }, 200],
  [{ "X-Forwarded-Host": "public.example", Origin: "https://public.example" }, 200],
];
for (const [headers, status] of ORIGINS) {
  test(`a call with ${JSON.stringify(headers)} is ${status}`, async () => {
    const { ask } = setUp();
    assert.equal((await ask("POST", "/RPC2", headers, CALL)).status, status);
  });
}

test("at level trace, calls and requests are in the log", async () => {
  const { daemon, ask } = setUp({ loglevel: "trace" });
  await ask("POST", "/RPC2", {}, CALL);
  await ask("POST", "/RPC2", {}, encodeCall("nope", []));
  await ask("GET", "/nope?x=1");
  assert.deepEqual(daemon.logged.map(({ level, text }) => `${level} ${text}`), [
    "trace XML-RPC method called: supervisor.getIdentification()",
    "trace XML-RPC method supervisor.getIdentification() returned successfully",
    'trace 127.0.0.1:50000 - - [02/Jan/2026:03:04:05 +0000] "POST /RPC2 HTTP/1.1" 200 136',
    "trace XML-RPC method called: nope()",
    "trace XML-RPC method nope() returned fault: [1] UNKNOWN_METHOD",
    'trace 127.0.0.1:50000 - - [02/Jan/2026:03:04:05 +0000] "POST /RPC2 HTTP/1.1" 200 269',
    'trace 127.0.0.1:50000 - - [02/Jan/2026:03:04:05 +0000] "GET /nope?x=1 HTTP/1.1" 404 134',
  ]);
});
