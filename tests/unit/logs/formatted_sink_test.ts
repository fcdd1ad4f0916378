/** Lines with something around them, whatever pieces their bytes come in. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { lineFormat } from "../../../src/config/log_settings.ts";
import { FormattedSink, localTime, LONGEST_LINE } from "../../../src/logs/formatted_sink.ts";
import type { LogSink } from "../../../src/logs/types.ts";
import { fakeEnvironment } from "../config/fake_environment.ts";
import { bytes } from "./support.ts";

class MemorySink implements LogSink {
  readonly path = null;
  readonly bytesWritten = 0;
  readonly bytesDropped = 0;
  readonly writes: Buffer[] = [];
  cleared = 0;

  write(chunk: Uint8Array): void {
    this.writes.push(Buffer.from(chunk));
  }

  clear(): void {
    this.cleared++;
  }

  unwritten(): Uint8Array {
    return new Uint8Array(0);
  }

  reopen(): void {}

  close(): void {}

  get text(): string {
    return Buffer.concat(this.writes).toString("latin1");
  }
}

const START = Date.UTC(2026, 10, 23, 12, 0, 0, 5);

function formatted(format: string) {
  const memory = new MemorySink();
  const clock = { now: START };
  const read = lineFormat.convert(format, fakeEnvironment());
  assert.ok(read !== null);
  const sink = new FormattedSink({
    sink: memory,
    format: read,
    facts: {
      name: "web_1",
      group: "site",
      program: "web",
      stream: "stdout",
      pid: () => 42,
      wall: () => clock.now,
      utcOffset: () => 0,
    },
  });
  return { sink, memory, clock };
}

test("every field is put where the format names it, and doubled braces are braces", () => {
  const { sink, memory } = formatted(
    "{time} {{{group}:{name}}} {program} {stream} {pid}| {message} .",
  );
  sink.write(bytes("hello\n"));
  assert.equal(
    memory.text,
    "2026-11-23T12:00:00.005Z {site:web_1} web stdout 42| hello .\n",
  );
});

test("a line that comes byte by byte is one line, with the time of its first byte", () => {
  const { sink, memory, clock } = formatted("{time} {message}");
  for (const byte of bytes("grüße\nnext")) {
    sink.write(Uint8Array.of(byte));
    clock.now += 1000;
  }
  assert.equal(
    Buffer.from(memory.text, "latin1").toString("utf8"),
    "2026-11-23T12:00:00.005Z grüße\n",
  );
  sink.end();
  assert.match(memory.text, /12:00:08\.005Z next\n$/);
});

test("a chunk of many lines is one write", () => {
  const { sink, memory } = formatted("> {message}");
  sink.write(bytes("a\nb\n\nc\n"));
  assert.equal(memory.writes.length, 1);
  assert.equal(memory.text, "> a\n> b\n> \n> c\n");
});

test("a view that its owner uses again does not change what was held", () => {
  const { sink, memory } = formatted("> {message}");
  const view = bytes("abc");
  sink.write(view);
  view.fill(0x78);
  sink.write(bytes("\n"));
  assert.equal(memory.text, "> abc\n");
});

test("bytes that are not UTF-8 stay as they are in text, and are replaced in JSON", () => {
  const text = formatted("{message}");
  text.sink.write(Uint8Array.of(0xff, 0xfe, 0x0a));
  assert.equal(text.memory.text, "\xff\xfe\n");
  const json = formatted("json");
  json.sink.write(Uint8Array.of(0x61, 0xff, 0x0d, 0x0a));
  assert.deepEqual(JSON.parse(Buffer.concat(json.memory.writes).toString()), {
    time: "2026-11-23T12:00:00.005Z",
    group: "site",
    name: "web_1",
    stream: "stdout",
    pid: 42,
    message: "a\ufffd",
  });
});

test("a line without an end becomes lines of bounded length, and no character is cut", () => {
  const { sink, memory } = formatted("> {message}");
  const snowmen = "☃".repeat(LONGEST_LINE);
  for (let at = 0; at < snowmen.length; at += 1000) sink.write(bytes(snowmen.slice(at, at + 1000)));
  sink.write(bytes("\n"));
  const lines = Buffer.concat(memory.writes).toString("utf8").split("\n").slice(0, -1);
  assert.ok(lines.length >= 3);
  assert.ok(lines.every((line) => /^> ☃+$/.test(line)));
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= LONGEST_LINE + 2));
  assert.equal(lines.map((line) => line.slice(2)).join(""), snowmen);
});

test("the end of the child ends a last line without a line feed, once", () => {
  const { sink, memory } = formatted("> {message}");
  sink.write(bytes("last"));
  assert.equal(memory.text, "");
  sink.end();
  sink.end();
  sink.close();
  assert.equal(memory.text, "> last\n");
});

test("clearing the log also forgets the beginning of a line", () => {
  const { sink, memory } = formatted("> {message}");
  sink.write(bytes("old"));
  sink.clear();
  sink.write(bytes("new\n"));
  assert.equal(memory.text, "> new\n");
  assert.equal(memory.cleared, 1);
});

test("local time is the time of the place with its offset", () => {
  for (
    const [ahead, zone] of [[0, "+00:00"], [19_800_000, "+05:30"], [-12_600_000, "-03:30"]] as const
  ) {
    const text = localTime(START, ahead);
    assert.ok(text.endsWith(`.005${zone}`), text);
    assert.equal(Date.parse(text), START);
  }
});

test("the beginning of a line is handed over to the next program as it is", () => {
  const before = formatted("> {message}");
  before.sink.write(bytes("one\ntw"));
  const after = formatted("> {message}");
  after.sink.write(before.sink.unwritten());
  after.sink.write(bytes("o\n"));
  assert.deepEqual([before.memory.text, after.memory.text], ["> one\n", "> two\n"]);
});
