/** Secrets from files and from what a command prints. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  collectSecrets,
  LARGEST_SECRET,
  NO_SECRETS,
  parseSecrets,
  readSecretFiles,
} from "../../../src/daemon/secrets.ts";
import { bytes, withDirectory } from "../logs/support.ts";

test("a secret is what its file holds, without the line end at its end", () =>
  withDirectory((dir) => {
    const [a, b] = [join(dir, "a"), join(dir, "b")];
    writeFileSync(a, "pass word\n");
    writeFileSync(b, "two\nlines\n\n");
    assert.deepEqual(readSecretFiles({ A: a, B: b }), {
      ok: true,
      values: { A: "pass word", B: "two\nlines\n" },
    });
  }));

test("whatever cannot be a secret is named, without anything of its content", () =>
  withDirectory((dir) => {
    const path = join(dir, "x");
    const reasonOf = (content: string | Uint8Array): string => {
      writeFileSync(path, content);
      const secrets = readSecretFiles({ KEY: path });
      assert.ok(!secrets.ok);
      assert.ok(secrets.reason.startsWith(`cannot read secret KEY in ${path}: `));
      return secrets.reason.slice(secrets.reason.lastIndexOf(": ") + 2);
    };
    assert.equal(reasonOf("hidden\0word"), "it has a zero byte in it");
    assert.equal(reasonOf(Uint8Array.of(0xff)), "it is not UTF-8");
    assert.equal(
      reasonOf("x".repeat(LARGEST_SECRET + 1)),
      `it has more than ${LARGEST_SECRET} bytes`,
    );
    const missing = readSecretFiles({ KEY: join(dir, "none") });
    assert.ok(!missing.ok && missing.reason.endsWith(": ENOENT"));
  }));

test("a FIFO that nobody writes to holds nobody up", () =>
  withDirectory((dir) => {
    const path = join(dir, "fifo");
    execFileSync("mkfifo", [path]);
    const secrets = readSecretFiles({ KEY: path });
    assert.ok(!secrets.ok && secrets.reason.endsWith("it is not a regular file"));
  }));

test("what a command prints is read as an environment file", () => {
  assert.deepEqual(parseSecrets(bytes("A=1\nB='x y'\n")), {
    ok: true,
    values: { A: "1", B: "x y" },
  });
});

test("a command that prints something else fails by the line, which is not shown", () => {
  const secrets = parseSecrets(bytes("A=1\nhunter2\n"));
  assert.deepEqual(secrets, { ok: false, reason: "line 2 of its output: not an assignment" });
});

test("what a command printed goes before what a file says, and no secrets are always the same", () =>
  withDirectory((dir) => {
    const path = join(dir, "a");
    writeFileSync(path, "from file");
    assert.deepEqual(collectSecrets({ A: path, B: path }, { B: "printed" }), {
      ok: true,
      values: { A: "from file", B: "printed" },
    });
    const none = collectSecrets(undefined, null);
    assert.ok(none.ok && none.values === NO_SECRETS);
    assert.equal(collectSecrets({ A: join(dir, "none") }, null).ok, false);
  }));
