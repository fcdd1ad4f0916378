import assert from "node:assert/strict";
import { test } from "node:test";
import { isExposedToRebinding, isForgeable, isRebound } from "../../../src/http/origin.ts";

const CHROME = { "User-Agent": "Mozilla/5.0", "Accept-Language": "en" };

function request(headers: Record<string, string>): Request {
  return new Request("http://x/", { method: "POST", headers });
}

const HOSTS: readonly [host: string, isRebound: boolean][] = [
  ["localhost", false],
  ["localhost:9001", false],
  ["LOCALHOST.:9001", false],
  ["app.localhost:9001", false],
  ["127.0.0.1:9001", false],
  ["192.168.1.5", false],
  ["[::1]:9001", false],
  ["", false],
  ["evil.example", true],
  ["evil.example:9001", true],
  ["localhost.evil.example:9001", true],
  ["127.0.0.1.evil.example", true],
  ["1.2.3.4.5:9001", true],
  ["evillocalhost", true],
];
for (const [host, expected] of HOSTS) {
  test(`a browser that asks for "${host}" is ${expected ? "" : "not "}rebound`, () => {
    assert.equal(isRebound(request({ ...CHROME, Host: host })), expected);
    assert.equal(isRebound(request({ Host: host, "User-Agent": "curl/8" })), false);
  });
}

for (
  const headers of [
    { "Accept-Language": "en" },
    { Origin: "http://evil.example" },
    { "Sec-Fetch-Site": "same-origin" },
    { "User-Agent": "Mozilla/5.0 (X11)" },
  ]
) {
  test(`${Object.keys(headers)} alone gives a browser away`, () => {
    assert.equal(isRebound(request({ ...headers, Host: "evil.example" })), true);
  });
}

const SERVERS: readonly [host: string, hasCredentials: boolean, exposed: boolean][] = [
  ["127.0.0.1", false, true],
  ["127.0.1.1", false, true],
  ["localhost", false, true],
  ["::1", false, true],
  ["127.0.0.1", true, false],
  ["", false, false],
  ["10.0.0.1", false, false],
];
for (const [host, hasCredentials, exposed] of SERVERS) {
  test(`a server on "${host}" ${hasCredentials ? "with" : "without"} credentials`, () => {
    const server = {
      section: "inet_http_server",
      address: { kind: "inet", host, port: 9001 },
      credentials: hasCredentials ? { username: "u", password: "p" } : null,
    } as const;
    assert.equal(isExposedToRebinding(server), exposed);
  });
}

const BODIES: readonly [headers: Record<string, string>, isForgeable: boolean][] = [
  [{}, true],
  [{ "Content-Type": "text/plain" }, true],
  [{ "Content-Type": "text/plain; application/json" }, true],
  [{ "Content-Type": "application/x-www-form-urlencoded" }, true],
  [{ "Content-Type": "application/jsonp" }, true],
  [{ "Content-Type": "application/json" }, false],
  [{ "Content-Type": "application/json; charset=utf-8" }, false],
  [{ "Content-Type": "application/merge-patch+json" }, false],
  [{ "X-Requested-With": "page" }, false],
];
for (const [headers, expected] of BODIES) {
  test(`a browser's ${JSON.stringify(headers)} is ${expected ? "" : "not "}forgeable`, () => {
    assert.equal(isForgeable(request({ ...CHROME, ...headers })), expected);
    assert.equal(isForgeable(request(headers)), false);
  });
}
