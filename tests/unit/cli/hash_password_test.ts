import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { parseScrypt } from "../../../src/config/password_hash.ts";
import { isSecretOf } from "../../../src/http/access/scrypt.ts";

const program = new URL("../../fixtures/run_hash_password.ts", import.meta.url).pathname;
const isDeno = process.versions["deno"] !== undefined;

function run(input: string, ...args: string[]) {
  const command = [...(isDeno ? ["run", "-A"] : []), program, ...args];
  return spawnSync(process.execPath, command, { encoding: "utf8", input });
}

async function fits(secret: string, hash: string): Promise<boolean> {
  const parsed = parseScrypt(hash);
  assert.ok(parsed !== null, hash);
  return await isSecretOf(new TextEncoder().encode(secret), parsed);
}

test("hash-password hashes the first line of standard input", async () => {
  const { status, stdout } = run("pass wörd\n");
  assert.equal(status, 0);
  assert.equal(await fits("pass wörd", stdout.trimEnd()), true);
  assert.equal(await fits("pass word", stdout.trimEnd()), false);
});

test("hash-password --token makes a token and the section that knows it", async () => {
  const { status, stdout } = run("", "--token", "deploy");
  assert.equal(status, 0);
  const secret = /^; {3}deploy\.(\S+)$/m.exec(stdout)?.[1] ?? "";
  const hash = /^\[token:deploy\]\nhash = (\S+)\nrole = view\n$/m.exec(stdout)?.[1] ?? "";
  assert.equal(secret.length, 43);
  assert.equal(await fits(secret, hash), true);
});

for (
  const [args, exit] of [[["--token"], 2], [["--token", "a.b"], 2], [["secret"], 2], [
    [],
    1,
  ]] as const
) {
  test(`hash-password ${args.join(" ")} without a password exits with ${exit}`, () => {
    const { status, stdout, stderr } = run("", ...args);
    assert.equal(status, exit);
    assert.equal(stdout, "");
    assert.match(stderr, /^Error: /);
  });
}
