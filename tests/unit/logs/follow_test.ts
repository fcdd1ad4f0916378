import assert from "node:assert/strict";
import {
  appendFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  follow,
  MAX_REPLACED,
  MAX_SAVED,
  skippedNotice,
  TRUNCATED_NOTICE,
} from "../../../src/logs/follow.ts";
import { LogFile } from "../../../src/logs/log_file.ts";
import { bytes, FakeClock, withDirectory } from "./support.ts";

const text = new TextDecoder();

/** Follows `dir`/x.log with timers that only fire when told. */
function start(dir: string) {
  const clock = new FakeClock();
  const abort = new AbortController();
  const path = join(dir, "x.log");
  const stream = follow(path, { clock, signal: abort.signal });
  return {
    path,
    clock,
    abort,
    stream,
    /** The next chunk as text; fails instead of waiting for ever. */
    async next(): Promise<string> {
      const result = await Promise.race([
        stream.next(),
        new Promise<"nothing">((resolve) => setTimeout(() => resolve("nothing"), 2000)),
      ]);
      if (result === "nothing") throw new Error("nothing came");
      assert.equal(result.done, false);
      return text.decode(result.value);
    },
    /** Everything up to a text that ends with `end`. */
    async until(end: string): Promise<string> {
      let all = "";
      while (!all.endsWith(end)) all += await this.next();
      return all;
    },
  };
}

function openLog(dir: string, maxBytes = 0, backups = 0): LogFile {
  return new LogFile({ path: join(dir, "x.log"), maxBytes, backups });
}

test("following starts 1024 bytes before the end", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "a".repeat(500) + "b".repeat(1024));
    const f = start(dir);
    assert.equal(await f.next(), "b".repeat(1024));
    f.abort.abort();
  }));

test("following a short file starts at its beginning", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "short\n");
    const f = start(dir);
    assert.equal(await f.next(), "short\n");
    f.abort.abort();
  }));

test("a log of this process wakes its follower without a timer", () =>
  withDirectory(async (dir) => {
    const log = openLog(dir);
    const f = start(dir);
    const chunk = f.next();
    log.write(bytes("now\n"));
    assert.equal(await chunk, "now\n");
    assert.equal(f.clock.armed, 0);
    f.abort.abort();
    log.close();
  }));

test("a file somebody else writes is looked at again after 100 ms", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "");
    const f = start(dir);
    const chunk = f.next();
    await Promise.resolve();
    appendFileSync(f.path, "later\n");
    f.clock.advance(100);
    assert.equal(await chunk, "later\n");
    f.abort.abort();
  }));

test("nobody looks at the file while nobody asks for more", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "one\n");
    const f = start(dir);
    await f.next();
    assert.equal(f.clock.armed, 0);
    f.abort.abort();
  }));

test("several rotations between two reads lose nothing, and the order is kept", () =>
  withDirectory(async (dir) => {
    const log = openLog(dir, 20, 2);
    const f = start(dir);
    let written = "";
    for (let i = 0; i < 100; i++) {
      const line = `line ${i}\n`;
      log.write(bytes(line));
      written += line;
      if (i % 25 !== 0) continue;
      assert.equal(await f.until(line), written);
      written = "";
    }
    assert.equal(await f.until("line 99\n"), written);
    f.abort.abort();
    log.close();
  }));

test("a follower that does not read in time is told how much it missed", () =>
  withDirectory(async (dir) => {
    const log = openLog(dir, 10, 1);
    const f = start(dir);
    const files = MAX_REPLACED + 5;
    for (let i = 0; i < files; i++) log.write(bytes(`file ${String(i).padStart(4)}\n`));
    log.write(bytes("end\n"));
    const all = await f.until("end\n");
    assert.ok(all.startsWith(skippedNotice(50)), all.slice(0, 100));
    assert.equal(all.length, skippedNotice(50).length + MAX_REPLACED * 10 + 4);
    f.abort.abort();
    log.close();
  }));

test("a log without backups says it was truncated and still delivers every byte", () =>
  withDirectory(async (dir) => {
    const log = openLog(dir, 10, 0);
    const f = start(dir);
    log.write(bytes("first file\n"));
    log.write(bytes("second file\n"));
    log.write(bytes("third\n"));
    const notice = TRUNCATED_NOTICE;
    assert.equal(await f.until("third\n"), `first file\n${notice}second file\n${notice}third\n`);
    f.abort.abort();
    log.close();
  }));

test("what is too much to save from a truncation is announced", () =>
  withDirectory(async (dir) => {
    const size = MAX_SAVED + 1;
    const log = openLog(dir, size, 0);
    const f = start(dir);
    log.write(new Uint8Array(size).fill(0x61));
    log.write(bytes("end\n"));
    assert.equal(await f.until("end\n"), `${skippedNotice(size)}${TRUNCATED_NOTICE}end\n`);
    f.abort.abort();
    log.close();
  }));

test("clearing a log starts the new file and loses nothing of the old", () =>
  withDirectory(async (dir) => {
    const log = openLog(dir);
    const f = start(dir);
    log.write(bytes("old\n"));
    log.clear();
    log.write(bytes("new\n"));
    assert.equal(await f.until("new\n"), "old\nnew\n");
    f.abort.abort();
    log.close();
  }));

test("a file emptied by somebody else says so and starts over", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "some text\n");
    const f = start(dir);
    assert.equal(await f.next(), "some text\n");
    truncateSync(f.path);
    assert.equal(await f.next(), TRUNCATED_NOTICE);
    appendFileSync(f.path, "new\n");
    assert.equal(await f.next(), "new\n");
    f.abort.abort();
  }));

test("a file replaced by somebody else is read to its end first", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "one\n");
    const f = start(dir);
    assert.equal(await f.next(), "one\n");
    appendFileSync(f.path, "rest\n");
    renameSync(f.path, `${f.path}.1`);
    writeFileSync(f.path, "two\n");
    assert.equal(await f.until("two\n"), "rest\ntwo\n");
    f.abort.abort();
  }));

test("a renamed file is followed until another takes its place", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "one\n");
    const f = start(dir);
    await f.next();
    renameSync(f.path, `${f.path}.1`);
    appendFileSync(`${f.path}.1`, "still here\n");
    assert.equal(await f.next(), "still here\n");
    f.abort.abort();
  }));

test("a missing file is waited for and read from its beginning", () =>
  withDirectory(async (dir) => {
    const f = start(dir);
    const chunk = f.next();
    await Promise.resolve();
    f.clock.advance(100);
    const long = "x".repeat(5000);
    writeFileSync(f.path, long);
    f.clock.advance(100);
    assert.equal(await chunk, long);
    f.abort.abort();
  }));

test("a chunk is bounded, however much there is to read", () =>
  withDirectory(async (dir) => {
    const log = openLog(dir);
    const f = start(dir);
    log.write(new Uint8Array(1_000_000).fill(0x61));
    let total = 0;
    while (total < 1_000_000) {
      const length = (await f.next()).length;
      assert.ok(length <= 64 * 1024);
      total += length;
    }
    f.abort.abort();
    log.close();
  }));

/** How many descriptors of this process name something in the directory. */
function openIn(dir: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir);
    } catch {
      // The descriptor of the listing itself is gone by now.
      return false;
    }
  }).length;
}

for (const how of ["abort", "return"] as const) {
  test(`${how} ends a waiting iteration at once and closes every descriptor`, () =>
    withDirectory(async (dir) => {
      const log = openLog(dir, 10, 1);
      const f = start(dir);
      assert.equal(openIn(dir), 2);
      for (let i = 0; i < 5; i++) log.write(bytes("0123456789\n"));
      log.write(bytes("end\n"));
      await f.until("end\n");
      const waiting = f.stream.next();
      await Promise.resolve();
      if (how === "abort") f.abort.abort();
      else await f.stream.return?.();
      assert.deepEqual(await waiting, { done: true, value: undefined });
      assert.equal(f.clock.armed, 0);
      log.write(bytes("after\n"));
      log.close();
      assert.equal(openIn(dir), 0);
    }));
}

test("an aborted signal gives an empty iteration", () =>
  withDirectory(async (dir) => {
    writeFileSync(join(dir, "x.log"), "text\n");
    const stream = follow(join(dir, "x.log"), { signal: AbortSignal.abort() });
    for await (const _ of stream) assert.fail("a chunk came");
    rmSync(join(dir, "x.log"));
  }));

test("two followers of one log each get everything", () =>
  withDirectory(async (dir) => {
    const log = openLog(dir, 10, 1);
    const first = start(dir);
    const second = start(dir);
    for (let i = 0; i < 10; i++) log.write(bytes(`number ${i}\n`));
    log.write(bytes("end\n"));
    const all = await first.until("end\n");
    assert.equal(all.length, 10 * 9 + 4);
    first.abort.abort();
    assert.equal(await second.until("end\n"), all);
    second.abort.abort();
    log.close();
  }));
