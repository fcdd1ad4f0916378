import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveHost } from "../../../src/runtime/addresses.ts";
import { bunHost } from "../../../src/runtime/bun.ts";
import { denoHost } from "../../../src/runtime/deno.ts";
import { createLibc } from "../../../src/runtime/libc.ts";
import { currentPlatform } from "../../../src/runtime/platform.ts";

const platform = currentPlatform();
const host = bunHost() ?? denoHost();
assert.ok(host);
const libc = createLibc(host.loadLibrary(platform), platform);

const HOSTS: readonly (readonly [host: string, address: string])[] = [
  ["", "0.0.0.0"],
  ["*", "0.0.0.0"],
  ["127.0.0.1", "127.0.0.1"],
  ["[::1]", "::1"],
  ["2001:db8::7", "2001:db8::7"],
  ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
  ["fe80::1%lo", "fe80::1%lo"],
  ["localhost", "127.0.0.1"],
];
for (const [given, address] of HOSTS) {
  test(`resolveHost(): "${given}" is ${address}`, () => {
    assert.equal(resolveHost(() => libc, given), address);
  });
}

for (const name of ["256.0.0.1.invalid", "no-such-host.invalid", "1:2:3.invalid"]) {
  test(`resolveHost(): "${name}" is a name that nobody has`, () => {
    assert.throws(() => resolveHost(() => libc, name), { code: "ENOTFOUND" });
  });
}
