import assert from "node:assert/strict";
import { test } from "node:test";
import { rawPath, requestPath, requestQuery } from "../../../src/web/request_url.ts";

const URLS: readonly [url: string, raw: string, path: string, query: string][] = [
  ["http://localhost:9001/", "/", "/", ""],
  ["http://localhost:9001", "/", "/", ""],
  ["http://h/a/b?c=d&e=%26", "/a/b", "/a/b", "c=d&e=%26"],
  ["/RPC2", "/RPC2", "/RPC2", ""],
  ["/?a=b", "/", "/", "a=b"],
  ["http://a:b:c:d/x?y=1", "/x", "/x", "y=1"],
  ["http://[::1/x", "/x", "/x", ""],
  ["http:///x", "/x", "/x", ""],
  ["//etc/passwd", "/etc/passwd", "/etc/passwd", ""],
  ["http://h///index.html", "/index.html", "/index.html", ""],
  ["http://h/%52PC2%2f%C3%A4", "/%52PC2%2f%C3%A4", "/RPC2/ä", ""],
  ["http://h/%", "/%", "/%", ""],
  ["http://h/%zz%41", "/%zz%41", "/%zzA", ""],
  ["http://h/%ff", "/%ff", "/\ufffd", ""],
  ["http://h/a#b?c", "/a", "/a", ""],
  ["http://h/a?b#c", "/a", "/a", "b="],
  ["http://h/?u=http://x/y", "/", "/", "u=http%3A%2F%2Fx%2Fy"],
  ["/?u=http://x/y", "/", "/", "u=http%3A%2F%2Fx%2Fy"],
];
for (const [url, raw, path, query] of URLS) {
  test(`${url} is path ${path} with query "${query}"`, () => {
    assert.equal(rawPath(url), raw);
    assert.equal(requestPath(url), path);
    assert.equal(requestQuery(url).toString(), query);
  });
}
