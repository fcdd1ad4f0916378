import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import type { UserDatabase } from "../../../src/runtime/types.ts";
import { createFileUserDatabase } from "../../../src/runtime/users.ts";

const PASSWD = [
  "root:x:0:0:root:/root:/bin/bash",
  "www:x:33:33::/var/www:/usr/sbin/nologin",
  "short:x:5",
  "+nis:x:::::",
  "",
  "www:x:99:99:second of that name:/nowhere:/bin/sh",
].join("\n");

const GROUP = [
  "root:x:0:",
  "www:x:33:",
  "video:x:44:other,www",
  "www-data:x:45:www2",
  "ssl:x:46:www",
  "broken:x:",
].join("\n");

function withDatabase(action: (database: UserDatabase) => void): void {
  const place = mkdtempSync(`${tmpdir()}/users-`);
  writeFileSync(`${place}/passwd`, PASSWD);
  writeFileSync(`${place}/group`, GROUP);
  try {
    action(createFileUserDatabase({ passwd: `${place}/passwd`, group: `${place}/group` }));
  } finally {
    rmSync(place, { recursive: true });
  }
}

test("passwd(5) lines give users; the first of a name counts, broken lines do not", () => {
  withDatabase((users) => {
    const www = { name: "www", uid: 33, gid: 33, home: "/var/www", shell: "/usr/sbin/nologin" };
    assert.deepEqual(users.userByName("www"), www);
    assert.deepEqual(users.userById(33), www);
    assert.equal(users.userByName("short"), null);
    assert.equal(users.userByName("+nis"), null);
    assert.equal(users.userById(5), null);
  });
});

test("group(5) lines give groups", () => {
  withDatabase((users) => {
    assert.equal(users.groupByName("video")?.gid, 44);
    assert.equal(users.groupById(46)?.name, "ssl");
    assert.equal(users.groupByName("broken"), null);
  });
});

test("groupsOf() is the primary group, then each that lists exactly this name", () => {
  withDatabase((users) => {
    const www = users.userByName("www");
    assert.ok(www);
    assert.deepEqual(users.groupsOf(www), [33, 44, 46]);
  });
});

test("missing files know nobody", () => {
  const users = createFileUserDatabase({ passwd: "/no/such/file", group: "/no/such/file" });
  assert.equal(users.userByName("root"), null);
  assert.equal(users.groupById(0), null);
  assert.deepEqual(users.groupsOf({ name: "x", uid: 1, gid: 7, home: "/" }), [7]);
});
