import assert from "node:assert/strict";
import { test } from "node:test";
import { OutputChannel, type OutputChannelOptions } from "../../../src/logs/output.ts";
import { SyslogSink } from "../../../src/logs/syslog_sink.ts";
import type { LogSink } from "../../../src/logs/types.ts";
import { bytes } from "./support.ts";

const BEGIN = "<!--XSUPERVISOR:BEGIN-->";
const END = "<!--XSUPERVISOR:END-->";
const text = new TextDecoder();

class MemorySink implements LogSink {
  readonly path = null;
  readonly bytesWritten = 0;
  readonly bytesDropped = 0;
  content = "";
  readonly calls: string[] = [];
  clearFails = false;

  write(chunk: Uint8Array): void {
    this.content += text.decode(chunk);
  }

  unwritten(): Uint8Array {
    return new Uint8Array(0);
  }

  reopen(): void {
    this.calls.push("reopen");
  }

  clear(): void {
    this.calls.push("clear");
    if (this.clearFails) throw new Error("no");
  }

  close(): void {
    this.calls.push("close");
  }
}

function setUp(options: Partial<OutputChannelOptions> = {}) {
  const sink = new MemorySink();
  const data: string[] = [];
  const captured: string[] = [];
  const channel = new OutputChannel({
    sinks: [sink],
    captureMaxBytes: 0,
    stripAnsi: false,
    onData: (chunk) => data.push(text.decode(chunk)),
    onCaptured: (message) => captured.push(text.decode(message)),
    ...options,
  });
  return { sink, data, captured, channel };
}

test("captured data goes to listeners and to PROCESS_LOG, not to the log", () => {
  const { sink, data, captured, channel } = setUp({ captureMaxBytes: 100 });
  channel.write(bytes(`a${BEGIN}message${END}b\n`));
  assert.equal(sink.content, "ab\n");
  assert.deepEqual(captured, ["message"]);
  assert.deepEqual(data, ["a", "message", "b\n"]);
});

test("a captured message keeps its last bytes", () => {
  const { captured, channel } = setUp({ captureMaxBytes: 5 });
  channel.write(bytes(`${BEGIN}0123456789${END}${BEGIN}01`));
  channel.write(bytes(`23456`));
  channel.write(bytes(`78${END}`));
  assert.deepEqual(captured, ["56789", "45678"]);
});

test("without capture mode tokens are ordinary text", () => {
  const { sink, captured, channel } = setUp();
  channel.write(bytes(`${BEGIN}x${END}`));
  assert.equal(sink.content, `${BEGIN}x${END}`);
  assert.deepEqual(captured, []);
});

test("what was held back as the start of a token is logged at the end", () => {
  const { sink, channel } = setUp({ captureMaxBytes: 100 });
  channel.write(bytes("echo short <!--XSUPER"));
  assert.equal(sink.content, "echo short ");
  channel.end();
  assert.equal(sink.content, "echo short <!--XSUPER");
});

test("a message that was cut by the end of a child does not swallow its successor's output", () => {
  const { sink, captured, channel } = setUp({ captureMaxBytes: 100 });
  channel.write(bytes(`a${BEGIN}half`));
  channel.end();
  channel.write(bytes(`b\n${BEGIN}whole${END}`));
  assert.equal(sink.content, "ab\n");
  assert.deepEqual(captured, ["whole"]);
});

test("colours are stripped from the log, the events and the messages", () => {
  const { sink, data, captured, channel } = setUp({ stripAnsi: true, captureMaxBytes: 100 });
  channel.write(bytes(`\x1b[31mred\x1b[0m\n${BEGIN}\x1b[1mbold${END}`));
  assert.equal(sink.content, "red\n");
  assert.deepEqual(data, ["red\n", "bold"]);
  assert.deepEqual(captured, ["bold"]);
});

test("every sink gets the output; syslog gets it by lines with the name before", () => {
  const lines: string[] = [];
  const syslog = new SyslogSink({ name: "web", send: (line) => lines.push(line) });
  const sink = new MemorySink();
  const channel = new OutputChannel({
    sinks: [sink, syslog],
    captureMaxBytes: 0,
    stripAnsi: false,
  });
  channel.write(bytes("one\n\ntwo\n\n"));
  channel.write(bytes("three"));
  assert.equal(sink.content, "one\n\ntwo\n\nthree");
  assert.deepEqual(lines, ["web one", "web ", "web two", "web three"]);
  assert.equal(syslog.bytesWritten, 15);
});

test("a channel without any sink still tells about its data", () => {
  const { data, channel } = setUp({ sinks: [] });
  channel.write(bytes("x"));
  assert.deepEqual(data, ["x"]);
});

test("reopen, clear and close reach every sink; a failed clear is thrown after all were tried", () => {
  const first = new MemorySink();
  const second = new MemorySink();
  first.clearFails = true;
  const channel = new OutputChannel({
    sinks: [first, second],
    captureMaxBytes: 0,
    stripAnsi: false,
  });
  channel.reopen();
  assert.throws(() => channel.clear(), /no/);
  channel.close();
  assert.deepEqual(second.calls, ["reopen", "clear", "close"]);
});
