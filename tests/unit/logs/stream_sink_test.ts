import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LogFile } from "../../../src/logs/log_file.ts";
import { openSink, ownDescriptor } from "../../../src/logs/open_sink.ts";
import type { LogSinkError } from "../../../src/logs/sink_error.ts";
import { StreamSink } from "../../../src/logs/stream_sink.ts";
import { STREAM_LIMIT, StreamTarget } from "../../../src/logs/stream_target.ts";
import { bytes, FakeClock, FakeWriter, withDirectory } from "./support.ts";

function setUp(options: { canReopen?: boolean } = {}) {
  const clock = new FakeClock();
  const reports: string[] = [];
  const writers: FakeWriter[] = [];
  let idle = 0;
  const target = new StreamTarget({
    path: "/dev/stdout",
    open: () => {
      const writer = new FakeWriter();
      writers.push(writer);
      return writer;
    },
    canReopen: options.canReopen ?? false,
    onError: (error) => reports.push(error.message),
    onIdle: () => idle++,
    clock,
  });
  const sink = () => new StreamSink({ target, clock });
  return {
    clock,
    reports,
    writers,
    writer: writers[0] as FakeWriter,
    target,
    sink,
    idle: () => idle,
  };
}

test("the only user of a stream writes straight through, whole lines or not", () => {
  const { sink, writer } = setUp();
  const a = sink();
  a.write(bytes("prompt> "));
  assert.equal(writer.received, "prompt> ");
  a.write(bytes("line\n"));
  assert.equal(writer.received, "prompt> line\n");
  assert.equal(a.bytesWritten, 13);
});

test("lines of several channels do not tear each other apart", () => {
  const { sink, writer } = setUp();
  const a = sink();
  const b = sink();
  a.write(bytes("one\ntw"));
  b.write(bytes("B1\nB"));
  a.write(bytes("o\nthree"));
  b.write(bytes("2\n"));
  a.close();
  assert.equal(writer.received, "one\nB1\ntwo\nB2\nthree");
});

test("a line whose writer was off its processor for half a second is not torn by another's", () => {
  const { clock, sink, writer } = setUp();
  const a = sink();
  const b = sink();
  a.write(bytes("the first "));
  clock.advance(500);
  b.write(bytes("another\n"));
  a.write(bytes("and the second half\n"));
  assert.equal(writer.received, "another\nthe first and the second half\n");
});

test("a line without an end is shown after a moment", () => {
  const { clock, sink, writer } = setUp();
  const a = sink();
  sink();
  a.write(bytes("Password: "));
  assert.equal(writer.received, "");
  clock.advance(1000);
  assert.equal(writer.received, "Password: ");
  assert.equal(clock.armed, 0);
});

test("a reader that stops gets the newest lines later; the loss is counted and reported once", () => {
  const { clock, reports, sink, writer } = setUp();
  const a = sink();
  writer.room = 10;
  const line = `${"x".repeat(999)}\n`;
  const lines = 3 * STREAM_LIMIT / 1000;
  for (let i = 0; i < lines; i++) a.write(bytes(line));
  a.write(bytes("last\n"));
  assert.ok(a.bytesDropped > STREAM_LIMIT);
  assert.equal(a.bytesDropped % 1000, 0, "whole lines are dropped");
  assert.equal(reports.length, 1);
  assert.match(reports[0] ?? "", /^\/dev\/stdout is not read fast enough: 1000 bytes/);
  clock.advance(60_000);
  a.write(bytes(line));
  assert.equal(reports.length, 2);
  writer.take(Infinity);
  assert.ok(writer.received.endsWith(`last\n${line}`));
  const total = Math.ceil(lines) * 1000 + 5 + 1000;
  assert.equal(writer.received.length, total - a.bytesDropped);
  assert.ok(writer.received.split("\n").every((l) => [0, 4, 999].includes(l.length)));
});

test("a reader that is gone is reported once, and its output only counted", () => {
  const { reports, sink, writer } = setUp();
  const a = sink();
  writer.failsWith = "EPIPE";
  a.write(bytes("one\n"));
  a.write(bytes("two\n"));
  assert.deepEqual(reports, [
    "cannot write to /dev/stdout: EPIPE; nothing more will be written there",
  ]);
  assert.equal(a.bytesDropped, 8);
  assert.equal(writer.isClosed, true);
});

test("a reader that goes away while lines wait is noticed, too", () => {
  const { reports, sink, writer } = setUp();
  const a = sink();
  writer.room = 2;
  a.write(bytes("one\n"));
  a.write(bytes("two\n"));
  writer.breakDown("EPIPE");
  assert.equal(reports.length, 1);
  assert.equal(a.bytesDropped, 6);
});

test("a FIFO whose reader went away is opened again and loses no line", () => {
  const { reports, sink, writers, writer } = setUp({ canReopen: true });
  const a = sink();
  writer.failsWith = "EPIPE";
  a.write(bytes("one\n"));
  a.write(bytes("two\n"));
  assert.equal(writers.length, 2);
  assert.equal(writers[1]?.received, "one\ntwo\n");
  assert.deepEqual(reports, ["cannot write to /dev/stdout: EPIPE; it will be opened again"]);
});

test("a target is given up when its last user closes and everything was written", () => {
  const { sink, idle, writer } = setUp();
  const a = sink();
  const b = sink();
  writer.room = 2;
  a.write(bytes("last words\n"));
  a.close();
  b.close();
  assert.equal(idle(), 0);
  assert.equal(writer.isClosed, false);
  writer.take(Infinity);
  assert.equal(writer.received, "last words\n");
  assert.equal(idle(), 1);
  assert.equal(writer.isClosed, true);
});

const DESCRIPTORS: readonly (readonly [string, number | null])[] = [
  ["/dev/stdout", 1],
  ["/dev/stderr", 2],
  ["/dev/fd/1", 1],
  ["/proc/self/fd/12", 12],
  ["/dev/../dev/stdout", 1],
  ["/var/log/x.log", null],
  ["/dev/fd/x", null],
  ["/dev/null", null],
];

for (const [path, fd] of DESCRIPTORS) {
  test(`${path} names ${fd === null ? "no descriptor" : `descriptor ${fd}`}`, () => {
    assert.equal(ownDescriptor(path), fd);
  });
}

function options(path: string, writers: { fd: number; writer: FakeWriter }[] = []) {
  return {
    path,
    maxBytes: 10,
    backups: 1,
    openWriter: (fd: number) => {
      const writer = new FakeWriter();
      writers.push({ fd, writer });
      return writer;
    },
  };
}

test("openSink() gives a file for a path that is missing or a file", () =>
  withDirectory((dir) => {
    const sink = openSink(options(join(dir, "x.log")));
    assert.ok(sink instanceof LogFile);
    assert.equal(sink.path, join(dir, "x.log"));
    sink.close();
    openSink(options(join(dir, "x.log"))).close();
  }));

test("openSink() throws what opening gives", () =>
  withDirectory((dir) => {
    const code = (path: string) => {
      try {
        openSink(options(path)).close();
      } catch (error) {
        return (error as LogSinkError).code;
      }
      return "none";
    };
    assert.equal(code(dir), "EISDIR");
    assert.equal(code(join(dir, "no", "x")), "ENOENT");
    writeFileSync(join(dir, "f"), "");
    assert.equal(code(join(dir, "f", "x")), "ENOTDIR");
  }));

test("openSink() opens a FIFO without a reader, non-blocking, once for all its users", () =>
  withDirectory((dir) => {
    const fifo = join(dir, "fifo");
    execFileSync("mkfifo", [fifo]);
    const writers: { fd: number; writer: FakeWriter }[] = [];
    const a = openSink(options(fifo, writers));
    const b = openSink(options(join(dir, ".", "fifo"), writers));
    assert.equal(writers.length, 1);
    a.write(bytes("a\n"));
    b.write(bytes("b\n"));
    const [opened] = writers;
    assert.equal(opened?.writer.received, "a\nb\n");
    assert.ok(fstatSync(opened?.fd ?? -1).isFIFO());
    a.close();
    assert.equal(opened?.writer.isClosed, false);
    b.close();
    assert.equal(opened?.writer.isClosed, true);
    closeSync(opened?.fd ?? -1);
    openSink(options(fifo, writers)).close();
    assert.equal(writers.length, 2);
    closeSync(writers[1]?.fd ?? -1);
  }));

test("openSink() of /dev/null opens nothing and counts", () => {
  const sink = openSink(options("/dev/null"));
  sink.write(bytes("x"));
  assert.deepEqual([sink.path, sink.bytesWritten], ["/dev/null", 1]);
});

test("an own descriptor that is a file is written through, and never rotated or closed", () =>
  withDirectory((dir) => {
    const path = join(dir, "out");
    const fd = openSync(path, "w+");
    const sink = openSink(options(`/proc/self/fd/${fd}`));
    for (let i = 0; i < 5; i++) sink.write(bytes("0123456789\n"));
    sink.reopen();
    sink.clear();
    sink.close();
    const buffer = new Uint8Array(100);
    assert.equal(readSync(fd, buffer, 0, 100, 0), 55);
    closeSync(fd);
  }));
