import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clearPath } from "../../../src/logs/clear_path.ts";
import { read, withDirectory } from "./support.ts";

test("clearPath() empties a log and leaves its backups", () =>
  withDirectory((dir) => {
    writeFileSync(join(dir, "x.log"), "text");
    writeFileSync(join(dir, "x.log.1"), "old");
    clearPath(join(dir, "x.log"));
    assert.equal(read(join(dir, "x.log")), "");
    assert.equal(read(join(dir, "x.log.1")), "old");
  }));

test("clearPath() makes no file where there was none", () =>
  withDirectory((dir) => {
    clearPath(join(dir, "x.log"));
    assert.equal(existsSync(join(dir, "x.log")), false);
  }));

test("clearPath() leaves alone what is no file on disk, whatever names it", () =>
  withDirectory((dir) => {
    execFileSync("mkfifo", [join(dir, "fifo")]);
    mkdirSync(join(dir, "sub"));
    symlinkSync("/dev/null", join(dir, "link"));
    for (const name of ["fifo", "sub", "link"]) {
      const before = lstatSync(join(dir, name));
      clearPath(join(dir, name));
      assert.equal(lstatSync(join(dir, name)).ino, before.ino, name);
    }
    for (const path of ["/dev/null", "/dev/stdout", "/proc/self/fd/1"]) {
      const before = statSync(path).ino;
      clearPath(path);
      assert.equal(statSync(path).ino, before, path);
    }
  }));
