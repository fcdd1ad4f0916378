import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerUrlError } from "../../../src/client/errors.ts";
import { parseServerUrl, schemeOf } from "../../../src/client/server_url.ts";

const tcp = (host: string, port: number) => ({ kind: "tcp", host, port });
const unix = (path: string) => ({ kind: "unix", path });

const GOOD: readonly [url: string, address: object][] = [
  ["unix:///run/s.sock", unix("/run/s.sock")],
  ["unix://rel/a b?c#d", unix("rel/a b?c#d")],
  ["http://localhost:9001", tcp("localhost", 9001)],
  ["http://127.0.0.1:9001/", tcp("127.0.0.1", 9001)],
  ["http://Example.ORG", tcp("example.org", 80)],
  ["http://host:/RPC2?x#y", tcp("host", 80)],
  ["http://host?x:1", tcp("host", 80)],
  ["http://joe:s3:cr@t@host:1/", tcp("host", 1)],
  ["http://[::1]:9001", tcp("::1", 9001)],
  ["http://[fe80::1]", tcp("fe80::1", 80)],
  ["http://:9001", tcp("localhost", 9001)],
  ["http://host:65535", tcp("host", 65535)],
  ["https://host", { ...tcp("host", 443), isSecure: true }],
  ["https://[::1]:9001/", { ...tcp("::1", 9001), isSecure: true }],
];

for (const [url, address] of GOOD) {
  test(`parseServerUrl() reads ${url}`, () => assert.deepEqual(parseServerUrl(url), address));
}

const BAD: readonly [url: string, message: RegExp][] = [
  ["ftp://x", /^Unknown protocol for serverurl ftp:\/\/x$/],
  ["HTTP://x", /^Unknown protocol for serverurl HTTP:\/\/x$/],
  ["HTTPS://x", /^Unknown protocol/],
  ["unix:/x", /^Unknown protocol/],
  ["", /^Unknown protocol/],
  ["http://host:http", /^Port could not be cast to integer value as 'http'$/],
  ["http://host:65536", /^Port out of range 0-65535$/],
  ["http://[::1", /^Invalid host/],
];

for (const [url, message] of BAD) {
  test(`parseServerUrl() refuses "${url}"`, () => {
    assert.throws(
      () => parseServerUrl(url),
      (error) => error instanceof ServerUrlError && message.test(error.message),
    );
  });
}

test("schemeOf() is in lower case and empty without a colon", () => {
  assert.deepEqual(["UNIX:x", "http://x", "foo", "", "1a:b"].map(schemeOf), [
    "unix",
    "http",
    "",
    "",
    "",
  ]);
});
