import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { BACKLOG_LIMIT, LogFile, type LogFileOptions } from "../../../src/logs/log_file.ts";
import { OutputChannel } from "../../../src/logs/output.ts";
import { planRollover } from "../../../src/logs/rotation.ts";
import { LogSinkError } from "../../../src/logs/sink_error.ts";
import {
  bytes,
  FakeClock,
  FaultyFileSystem,
  read,
  readWithBackups,
  withDirectory,
} from "./support.ts";

function open(dir: string, options: Partial<LogFileOptions> = {}) {
  const fileSystem = new FaultyFileSystem();
  const reports: LogSinkError[] = [];
  const log = new LogFile({
    path: join(dir, "x.log"),
    maxBytes: 0,
    backups: 0,
    fileSystem,
    onError: (error) => {
      assert.ok(error instanceof LogSinkError);
      reports.push(error);
    },
    ...options,
  });
  fileSystem.calls.length = 0;
  return { log, fileSystem, reports, troubles: () => reports.map(({ trouble }) => trouble) };
}

test("planRollover() moves each backup up, the oldest first, and the log to .1", () => {
  assert.deepEqual(planRollover("x", 3, () => true), [
    { from: "x.2", to: "x.3", isReplaced: false },
    { from: "x.1", to: "x.2", isReplaced: true },
    { from: "x", to: "x.1", isReplaced: true },
  ]);
  assert.deepEqual(planRollover("x", 3, (path) => path === "x.2"), [
    { from: "x.2", to: "x.3", isReplaced: false },
    { from: "x", to: "x.1", isReplaced: true },
  ]);
  const first = { from: "x", to: "x.1", isReplaced: true };
  assert.deepEqual(planRollover("x", 1, () => true), [first]);
  assert.deepEqual(planRollover("x", 0, () => true), []);
});

test("a write through a plain output channel is one write call and nothing else", () =>
  withDirectory((dir) => {
    const { log, fileSystem } = open(dir, { maxBytes: 1000, backups: 2 });
    const channel = new OutputChannel({ sinks: [log], captureMaxBytes: 0, stripAnsi: false });
    for (let i = 0; i < 5; i++) channel.write(bytes("line\n"));
    assert.deepEqual(fileSystem.calls, ["write", "write", "write", "write", "write"]);
    channel.close();
    assert.equal(read(log.path), "line\n".repeat(5));
  }));

test("a log is made with the umask's mode and appended to when it exists", () =>
  withDirectory((dir) => {
    const old = process.umask(0o027);
    try {
      const { log } = open(dir);
      log.write(bytes("one\n"));
      log.close();
      assert.equal(statSync(log.path).mode & 0o777, 0o640);
      const again = open(dir).log;
      again.write(bytes("two\n"));
      assert.equal(again.position, 8);
      again.close();
      assert.equal(read(log.path), "one\ntwo\n");
    } finally {
      process.umask(old);
    }
  }));

test("opening a log in a missing directory throws with the code", () =>
  withDirectory((dir) => {
    assert.throws(
      () => new LogFile({ path: join(dir, "no", "x.log"), maxBytes: 0, backups: 0 }),
      (error: Error & { code?: string }) => error.code === "ENOENT",
    );
  }));

for (const backups of [0, 1, 2, 5]) {
  for (const maxBytes of [1, 10, 33]) {
    test(`rollover at ${maxBytes} bytes keeps ${backups} backups, in order and complete`, () =>
      withDirectory((dir) => {
        const { log } = open(dir, { maxBytes, backups });
        let written = "";
        const files: string[] = [""];
        for (let i = 0; i < 40; i++) {
          const line = `${i}:${"x".repeat(i % 13)}\n`;
          log.write(bytes(line));
          written += line;
          files[files.length - 1] += line;
          if ((files.at(-1) ?? "").length >= maxBytes) files.push("");
        }
        log.close();
        assert.deepEqual(readWithBackups(dir, "x.log"), files.slice(-backups - 1));
        assert.equal(log.bytesWritten, written.length);
        assert.equal(log.bytesDropped, 0);
      }));
  }
}

test("an existing file counts its size: a full one is rolled over after the next write", () =>
  withDirectory((dir) => {
    writeFileSync(join(dir, "x.log"), "0123456789");
    const { log } = open(dir, { maxBytes: 10, backups: 1 });
    assert.deepEqual(readdirSync(dir), ["x.log"]);
    log.write(bytes("a"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["0123456789a", ""]);
    log.close();
  }));

test("a file emptied by somebody else is not rolled over before it is full again", () =>
  withDirectory((dir) => {
    const { log } = open(dir, { maxBytes: 10, backups: 1 });
    log.write(bytes("12345"));
    truncateSync(log.path);
    log.write(bytes("67890"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["67890"]);
    log.write(bytes("abcde"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["67890abcde", ""]);
    log.close();
  }));

test("backups removed meanwhile, and the log itself, are tolerated", () =>
  withDirectory((dir) => {
    const { log, troubles } = open(dir, { maxBytes: 4, backups: 3 });
    log.write(bytes("aaaa"));
    log.write(bytes("bbbb"));
    rmSync(join(dir, "x.log.1"));
    rmSync(log.path);
    log.write(bytes("cccc"));
    log.write(bytes("dddd"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["aaaa", "dddd", ""]);
    assert.deepEqual(troubles(), []);
    log.close();
  }));

for (const code of ["ENOSPC", "EIO", "EROFS", "EDQUOT"]) {
  test(`bytes that cannot be written (${code}) are kept and written later, in order`, () =>
    withDirectory((dir) => {
      const { log, fileSystem, reports } = open(dir);
      log.write(bytes("one\n"));
      fileSystem.failing.set("write", code);
      log.write(bytes("two\n"));
      log.write(bytes("three\n"));
      assert.equal(read(log.path), "one\n");
      fileSystem.failing.clear();
      log.write(bytes("four\n"));
      assert.equal(read(log.path), "one\ntwo\nthree\nfour\n");
      assert.deepEqual(reports.map((r) => [r.trouble, r.code, r.bytesLost]), [
        ["failing", code, 0],
        ["recovered", "", 0],
      ]);
      fileSystem.calls.length = 0;
      log.write(bytes("five\n"));
      assert.deepEqual(fileSystem.calls, ["write"]);
      log.close();
    }));
}

test("a short write is continued, and what did not fit comes first later", () =>
  withDirectory((dir) => {
    const { log, fileSystem, troubles } = open(dir);
    fileSystem.room = 6;
    log.write(bytes("0123456789"));
    assert.equal(read(log.path), "012345");
    assert.deepEqual(troubles(), ["failing"]);
    fileSystem.room = 3;
    log.write(bytes("abc"));
    assert.equal(read(log.path), "012345678");
    fileSystem.room = Infinity;
    log.write(bytes("def"));
    assert.equal(read(log.path), "0123456789abcdef");
    assert.deepEqual(troubles(), ["failing", "recovered"]);
    assert.equal(log.bytesWritten, 16);
    log.close();
  }));

test("a write that fails in the middle and does not tell where puts no byte into the log twice", () =>
  withDirectory((dir) => {
    const { log, fileSystem, troubles } = open(dir);
    fileSystem.hidesPartialWrites = true;
    log.write(bytes("01"));
    fileSystem.room = 4;
    log.write(bytes("234567"));
    assert.equal(read(log.path), "012345");
    fileSystem.room = 1;
    log.write(bytes("89"));
    assert.equal(read(log.path), "0123456");
    fileSystem.room = Infinity;
    log.write(bytes("ab"));
    assert.equal(read(log.path), "0123456789ab");
    assert.equal(log.bytesWritten, 12);
    assert.equal(log.bytesDropped, 0);
    assert.deepEqual(troubles(), ["failing", "recovered"]);
    log.close();
  }));

test("more than the backlog holds costs the oldest lines, which are counted and reported", () =>
  withDirectory((dir) => {
    const { log, fileSystem, reports } = open(dir);
    const line = bytes(`${"x".repeat(1023)}\n`);
    fileSystem.failing.set("write", "ENOSPC");
    const lines = BACKLOG_LIMIT / line.length;
    for (let i = 0; i < lines + 10; i++) log.write(line);
    fileSystem.failing.clear();
    log.write(bytes("end\n"));
    const lost = 11 * line.length;
    assert.equal(log.bytesDropped, lost);
    assert.deepEqual(reports.map((r) => r.bytesLost), [0, lost]);
    assert.equal(read(log.path), new TextDecoder().decode(line).repeat(lines - 1) + "end\n");
    log.close();
  }));

test("with a clock, kept bytes are written without a new write", () =>
  withDirectory((dir) => {
    const clock = new FakeClock();
    const { log, fileSystem } = open(dir, { clock });
    fileSystem.failing.set("write", "ENOSPC");
    log.write(bytes("a\n"));
    clock.advance(1000);
    assert.equal(clock.armed, 1);
    fileSystem.failing.clear();
    clock.advance(1000);
    assert.equal(read(log.path), "a\n");
    assert.equal(clock.armed, 0);
    log.close();
  }));

test("the log and its youngest backup are never missing while it is rolled over", () =>
  withDirectory((dir) => {
    const { log, fileSystem } = open(dir, { maxBytes: 4, backups: 3 });
    for (const text of ["aaaa", "bbbb", "cccc"]) log.write(bytes(text));
    const names = ["x.log", "x.log.1", "x.log.3"].map((name) => join(dir, name));
    const missing: string[] = [];
    let looks = 0;
    for (const call of ["rename", "link", "remove"] as const) {
      const original = fileSystem[call].bind(fileSystem) as (one: string, two: string) => void;
      fileSystem[call] = (one: string, two: string = "") => {
        original(one, two);
        looks += 1;
        missing.push(...names.filter((name) => !existsSync(name)));
      };
    }
    log.write(bytes("dddd"));
    assert.deepEqual(missing, []);
    assert.ok(looks > 0);
    assert.deepEqual(readWithBackups(dir, "x.log"), ["bbbb", "cccc", "dddd", ""]);
    assert.deepEqual(readdirSync(dir).sort(), ["x.log", "x.log.1", "x.log.2", "x.log.3"]);
    log.close();
  }));

test("where there are no hard links a log is rolled over by renaming alone", () =>
  withDirectory((dir) => {
    const { log, fileSystem, troubles } = open(dir, { maxBytes: 4, backups: 2 });
    fileSystem.failing.set("link", "EPERM");
    for (const text of ["aaaa", "bbbb", "cccc", "d"]) log.write(bytes(text));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["bbbb", "cccc", "d"]);
    assert.deepEqual(troubles(), []);
    log.close();
  }));

test("what a daemon killed during a rollover left behind is put right by the next one", () =>
  withDirectory((dir) => {
    const { log } = open(dir, { maxBytes: 4, backups: 2 });
    log.write(bytes("aaaa"));
    log.write(bytes("b"));
    rmSync(join(dir, "x.log.1"));
    linkSync(log.path, join(dir, "x.log.1"));
    writeFileSync(join(dir, ".x.log.rolling"), "left behind");
    log.write(bytes("bbb"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["bbbb", ""]);
    assert.deepEqual(readdirSync(dir).sort(), ["x.log", "x.log.1"]);
    log.close();
  }));

test("a rollover that fails half-way is continued where it failed, and no backup moves twice", () =>
  withDirectory((dir) => {
    const { log, fileSystem, troubles } = open(dir, { maxBytes: 4, backups: 3 });
    writeFileSync(join(dir, "x.log.1"), "old1");
    writeFileSync(join(dir, "x.log.2"), "old2");
    const rename = fileSystem.rename.bind(fileSystem);
    let count = 0;
    fileSystem.rename = (from, to) => {
      count += 1;
      if (count === 3) fileSystem.failing.set("rename", "EACCES");
      rename(from, to);
    };
    log.write(bytes("aaaa"));
    log.write(bytes("bbb"));
    log.write(bytes("c"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["old2", "old1", "aaaabbbc"]);
    fileSystem.failing.clear();
    log.write(bytes("dddd"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["old2", "old1", "aaaabbbcdddd", ""]);
    log.write(bytes("e"));
    assert.deepEqual(troubles(), ["stuck", "recovered"]);
    assert.equal(read(log.path), "e");
    log.close();
  }));

test("a new file that cannot be opened leaves the output in the old one", () =>
  withDirectory((dir) => {
    const { log, fileSystem, troubles } = open(dir, { maxBytes: 4, backups: 1 });
    fileSystem.failing.set("openAppend", "EMFILE");
    log.write(bytes("aaaa"));
    log.write(bytes("bb"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["aaaabb"]);
    fileSystem.failing.clear();
    log.write(bytes("cc"));
    log.write(bytes("d"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["aaaabbcc", "d"]);
    assert.deepEqual(troubles(), ["stuck", "recovered"]);
    log.close();
  }));

test("a directory that is removed and comes back costs nothing that was written after", () =>
  withDirectory((dir) => {
    const sub = join(dir, "sub");
    mkdirSync(sub);
    const { log, troubles } = open(sub, { maxBytes: 4, backups: 1 });
    rmSync(sub, { recursive: true });
    log.write(bytes("aaaa"));
    assert.deepEqual(troubles(), ["stuck"]);
    mkdirSync(sub);
    log.write(bytes("bbbb"));
    log.write(bytes("cc"));
    assert.equal(read(log.path), "cc");
    assert.deepEqual(troubles(), ["stuck", "recovered"]);
    log.close();
  }));

test("reopen() goes on in a new file after a rename by somebody else", () =>
  withDirectory((dir) => {
    const { log } = open(dir);
    log.write(bytes("one\n"));
    renameSync(log.path, `${log.path}.old`);
    log.write(bytes("two\n"));
    log.reopen();
    log.write(bytes("three\n"));
    assert.equal(read(`${log.path}.old`), "one\ntwo\n");
    assert.equal(read(log.path), "three\n");
    assert.equal(log.position, 6);
    log.close();
  }));

test("reopen() appends when the file is still there", () =>
  withDirectory((dir) => {
    const { log } = open(dir);
    log.write(bytes("one\n"));
    log.reopen();
    log.write(bytes("two\n"));
    assert.equal(read(log.path), "one\ntwo\n");
    log.close();
  }));

test("reopen() that fails keeps the old file and tries again at the next write", () =>
  withDirectory((dir) => {
    const { log, fileSystem, troubles } = open(dir);
    fileSystem.failing.set("openAppend", "EACCES");
    renameSync(log.path, `${log.path}.old`);
    log.reopen();
    fileSystem.failing.clear();
    log.write(bytes("one\n"));
    log.write(bytes("two\n"));
    assert.equal(read(`${log.path}.old`), "one\n");
    assert.equal(read(log.path), "two\n");
    assert.deepEqual(troubles(), ["stuck", "recovered"]);
    log.close();
  }));

test("clear() removes and recreates the file and leaves backups alone", () =>
  withDirectory((dir) => {
    const { log } = open(dir, { maxBytes: 4, backups: 2 });
    log.write(bytes("aaaa"));
    log.write(bytes("bb"));
    const before = statSync(log.path).ino;
    log.clear();
    assert.deepEqual(readWithBackups(dir, "x.log"), ["aaaa", ""]);
    log.write(bytes("cc"));
    assert.deepEqual(readWithBackups(dir, "x.log"), ["aaaa", "cc"]);
    assert.notEqual(before, undefined);
    rmSync(log.path);
    log.clear();
    assert.equal(read(log.path), "");
    log.close();
  }));

test("clear() that cannot remove throws and goes on writing", () =>
  withDirectory((dir) => {
    const { log, fileSystem } = open(dir);
    log.write(bytes("one\n"));
    fileSystem.failing.set("remove", "EACCES");
    assert.throws(() => log.clear(), (error: Error & { code?: string }) => error.code === "EACCES");
    log.write(bytes("two\n"));
    assert.equal(read(log.path), "one\ntwo\n");
    log.close();
  }));

test("clear() that cannot recreate throws, and the next write makes the file", () =>
  withDirectory((dir) => {
    const { log, fileSystem, troubles } = open(dir);
    log.write(bytes("one\n"));
    fileSystem.failing.set("openAppend", "EMFILE");
    assert.throws(() => log.clear(), (error: Error & { code?: string }) => error.code === "EMFILE");
    log.write(bytes("two\n"));
    fileSystem.failing.clear();
    log.write(bytes("three\n"));
    assert.equal(read(log.path), "two\nthree\n");
    assert.deepEqual(troubles(), ["failing", "recovered"]);
    log.close();
  }));

test("a log that reports its own trouble to itself does not go round in circles", () =>
  withDirectory((dir) => {
    const fileSystem = new FaultyFileSystem();
    const log: LogFile = new LogFile({
      path: join(dir, "x.log"),
      maxBytes: 0,
      backups: 0,
      fileSystem,
      onError: (error) => log.write(bytes(`${(error as LogSinkError).trouble}\n`)),
    });
    fileSystem.failing.set("write", "ENOSPC");
    log.write(bytes("one\n"));
    log.write(bytes("two\n"));
    fileSystem.failing.clear();
    log.write(bytes("three\n"));
    assert.equal(read(log.path), "one\nfailing\ntwo\nthree\nrecovered\n");
    log.close();
  }));

test("a closed log ignores everything", () =>
  withDirectory((dir) => {
    const { log } = open(dir);
    log.close();
    log.write(bytes("x"));
    log.reopen();
    log.clear();
    log.close();
    assert.equal(read(log.path), "");
    assert.equal(log.bytesDropped, 1);
  }));
