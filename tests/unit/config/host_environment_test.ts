import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findTempDirectory, hostEnvironment } from "../../../src/config/host_environment.ts";
import { fakeEnvironment } from "./fake_environment.ts";

const directory = realpathSync(mkdtempSync(join(tmpdir(), "host-environment-")));
after(() => rmSync(directory, { recursive: true, force: true }));

const { users } = fakeEnvironment();
const environment = hostEnvironment({ users, uid: 1000, env: {}, cwd: directory });

test("stat() tells files from directories and gives permission bits", () => {
  const file = join(directory, "file");
  writeFileSync(file, "x");
  chmodSync(file, 0o640);
  assert.deepEqual(environment.stat(file), { isDirectory: false, isFile: true, mode: 0o640 });
  assert.equal(environment.stat(directory)?.isDirectory, true);
  assert.equal(environment.stat(join(file, "below")), null);
});

test("listDirectory() is empty for what cannot be listed", () => {
  mkdirSync(join(directory, "d"));
  writeFileSync(join(directory, "d", "a"), "");
  assert.deepEqual(environment.listDirectory(join(directory, "d")), ["a"]);
  assert.deepEqual(environment.listDirectory(join(directory, "nothing")), []);
});

test("home comes from HOME, else from the user database", () => {
  assert.equal(environment.home, "/home/chris");
  const other = hostEnvironment({ users, uid: 1000, env: { HOME: "/elsewhere" }, cwd: "/" });
  assert.equal(other.home, "/elsewhere");
});

test("findTempDirectory() takes the first variable that names a directory", () => {
  const other = join(directory, "t");
  mkdirSync(other);
  const env = { TMPDIR: join(directory, "nothing"), TEMP: other, TMP: directory };
  assert.equal(findTempDirectory(env, "/"), other);
  assert.equal(findTempDirectory({ TMPDIR: "" }, "/"), "/tmp");
});
