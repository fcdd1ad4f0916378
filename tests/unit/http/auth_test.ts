import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { authorizer } from "../../../src/http/auth.ts";
import { askerFor, basic } from "../../support/app.ts";
import { FakeDaemon } from "../../support/fake_daemon.ts";

const isAuthorized = authorizer({ username: "bob", password: "a:b:c" });

for (
  const header of [
    basic("bob", "a:b:c"),
    basic("bob", "a:b:c").replace("Basic", "bAsIc"),
    basic("bob", "a:b:c").replace("Basic ", "Basic   ") + " ",
  ]
) {
  test(`"${header}" is let in`, () => assert.equal(isAuthorized(header), true));
}

for (
  const header of [
    null,
    "",
    "Basic",
    "Basic ",
    "Basic !!!",
    "Basic =",
    "Basic Ym9i",
    "bob:a:b:c",
    basic("bob", "a:b"),
    basic("bob", "a:b:c "),
    basic("bob", ""),
    basic("", ""),
    basic("Bob", "a:b:c"),
    basic("bob:a", "b:c") + "x",
    basic("bob", "a:b:c").replace("Basic", "Bearer"),
    basic("bob", "a:b:c").replace("Basic", "Basic Basic"),
    'Digest username="bob"',
  ]
) {
  test(`${JSON.stringify(header)} is kept out`, () => assert.equal(isAuthorized(header), false));
}

test("names and passwords are UTF-8", () => {
  const isAuthorized = authorizer({ username: "jörg", password: "geheim☃" });
  assert.equal(isAuthorized(basic("jörg", "geheim☃")), true);
  const latin1 = Buffer.from("jörg:geheim", "latin1").toString("base64");
  assert.equal(isAuthorized(`Basic ${latin1}`), false);
});

test("a {SHA} password is compared by its hash, and is no password itself", () => {
  const hash = createHash("sha1").update("work").digest("hex");
  const isAuthorized = authorizer({ username: "net", password: `{SHA}${hash}` });
  assert.equal(isAuthorized(basic("net", "work")), true);
  assert.equal(isAuthorized(basic("net", "Work")), false);
  assert.equal(isAuthorized(basic("net", hash)), false);
  assert.equal(isAuthorized(basic("net", `{SHA}${hash}`)), false);
});

for (const path of ["/", "/RPC2", "/logtail/x", "/mainlogtail", "/stylesheets/x.css", "/nope"]) {
  test(`${path} answers 401 without credentials and ends the connection`, async () => {
    const ask = askerFor(new FakeDaemon(), { username: "bob", password: "x" });
    const response = await ask("GET", path);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("www-authenticate"), 'Basic realm="default"');
    assert.equal(response.headers.get("connection"), "close");
    const body = await response.text();
    assert.equal(body.length, 137);
    assert.match(body, /<p>Error code 401\.\r\n<p>Message: Unauthorized\.\r\n<\/body>\r\n$/);
  });
}

test("the right credentials open the door", async () => {
  const ask = askerFor(new FakeDaemon(), { username: "bob", password: "x" });
  assert.equal((await ask("GET", "/", { Authorization: basic("bob", "x") })).status, 200);
});
