import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Gate } from "../../../src/logs/gate.ts";
import { BACKLOG_LIMIT, LogFile } from "../../../src/logs/log_file.ts";
import { StreamSink } from "../../../src/logs/stream_sink.ts";
import { STREAM_LIMIT, StreamTarget } from "../../../src/logs/stream_target.ts";
import { bytes, FakeClock, FakeWriter, FaultyFileSystem, read, withDirectory } from "./support.ts";

const LINE = bytes(`${"x".repeat(1023)}\n`);

function setUp() {
  const clock = new FakeClock();
  const changes: boolean[] = [];
  const gate = new Gate({
    now: () => clock.now,
    onChange: (isClosed) => void changes.push(isClosed),
  });
  return { clock, changes, gate };
}

test("a gate tells changes once, and how long it was closed", () => {
  const { clock, changes, gate } = setUp();
  gate.room();
  gate.full();
  clock.now = 1500;
  gate.full();
  assert.deepEqual([gate.isClosed, gate.closedMs], [true, 1500]);
  gate.room();
  clock.now = 9000;
  gate.room();
  assert.deepEqual([gate.isClosed, gate.closedMs], [false, 1500]);
  gate.full();
  clock.now = 9500;
  assert.equal(gate.closedMs, 2000);
  assert.deepEqual(changes, [true, false, true]);
});

test("a file on a full disk closes the gate long before it loses a line, and opens it when all is written", () =>
  withDirectory((dir) => {
    const { clock, gate } = setUp();
    const fileSystem = new FaultyFileSystem();
    const path = join(dir, "x.log");
    const log = new LogFile({ path, maxBytes: 0, backups: 0, fileSystem, clock, pressure: gate });
    fileSystem.room = 0;
    let lines = 0;
    for (; !gate.isClosed && lines < 10_000; lines++) log.write(LINE);
    assert.equal(lines * LINE.length, BACKLOG_LIMIT / 2);
    // What was on its way: a whole large pipe.
    for (let i = 0; i < 1024; i++, lines++) log.write(LINE);
    clock.advance(1000);
    assert.equal(gate.isClosed, true);
    assert.equal(log.bytesDropped, 0);
    fileSystem.room = Infinity;
    clock.advance(1000);
    assert.equal(gate.isClosed, false);
    assert.equal(gate.closedMs, 2000);
    assert.equal(read(path).length, lines * LINE.length);
    log.close();
    assert.equal(clock.armed, 0);
  }));

test("a log that is cleared or closed holds nobody up", () =>
  withDirectory((dir) => {
    const { changes, gate } = setUp();
    const fileSystem = new FaultyFileSystem();
    const path = join(dir, "x.log");
    const log = new LogFile({ path, maxBytes: 0, backups: 0, fileSystem, pressure: gate });
    fileSystem.room = 0;
    log.write(new Uint8Array(BACKLOG_LIMIT));
    log.clear();
    log.write(new Uint8Array(BACKLOG_LIMIT));
    log.close();
    assert.deepEqual(changes, [true, false, true, false]);
    assert.equal(log.bytesDropped, BACKLOG_LIMIT);
  }));

function openStream() {
  const { clock, gate } = setUp();
  const writers: FakeWriter[] = [];
  let fails = false;
  const target = new StreamTarget({
    path: "/run/fifo",
    open: () => {
      if (fails) throw new Error("made up");
      const writer = new FakeWriter();
      writers.push(writer);
      return writer;
    },
    canReopen: true,
    clock,
  });
  const sink = new StreamSink({ target, clock, pressure: gate });
  return { clock, gate, writers, target, sink, fail: (now: boolean) => void (fails = now) };
}

test("a stream that is not read closes the gates of all its channels before a line is lost", () => {
  const { clock, gate, writers, target, sink } = openStream();
  const other = setUp();
  const second = new StreamSink({ target, clock, pressure: other.gate });
  const writer = writers[0] as FakeWriter;
  writer.room = 0;
  for (let i = 0; !gate.isClosed && i < 10_000; i++) sink.write(LINE);
  assert.equal(other.gate.isClosed, true);
  const late = setUp();
  new StreamSink({ target, clock, pressure: late.gate });
  assert.equal(late.gate.isClosed, true, "one that comes later waits, too");
  for (let i = 0; i < 256; i++) second.write(LINE);
  assert.equal(sink.bytesDropped, 0);
  second.close();
  assert.equal(other.gate.isClosed, false);
  assert.equal(gate.isClosed, true);
  writer.take(Infinity);
  assert.deepEqual([gate.isClosed, late.gate.isClosed], [false, false]);
  assert.equal(writer.received.length, sink.bytesWritten + second.bytesWritten);
  assert.ok(sink.bytesWritten < STREAM_LIMIT);
});

test("a stream that was lost while everybody waits is opened again by itself", () => {
  const { clock, gate, writers, sink, fail } = openStream();
  const first = writers[0] as FakeWriter;
  first.room = 0;
  for (let i = 0; !gate.isClosed && i < 10_000; i++) sink.write(LINE);
  fail(true);
  first.breakDown("EPIPE");
  clock.advance(1000);
  clock.advance(1000);
  assert.deepEqual([writers.length, gate.isClosed], [1, true]);
  fail(false);
  clock.advance(1000);
  assert.deepEqual([writers.length, gate.isClosed], [2, false]);
  assert.equal(clock.armed, 0);
});
