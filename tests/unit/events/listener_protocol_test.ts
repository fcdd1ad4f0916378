import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dispatched,
  type ListenerRecord,
  MAX_RESULT_LINE,
  NEW_LISTENER,
  parseResultLength,
  receive,
} from "../../../src/events/listener_protocol.ts";

const utf8 = new TextEncoder();

/** What happened, in short: `A>R`, `ok`, `no`, `bad(line)`. */
function outcomes(record: ListenerRecord, chunks: readonly (string | Uint8Array)[]) {
  const seen: string[] = [];
  for (const chunk of chunks) {
    const step = receive(record, typeof chunk === "string" ? utf8.encode(chunk) : chunk);
    record = step.record;
    for (const outcome of step.outcomes) {
      switch (outcome.type) {
        case "changed":
          seen.push(`${outcome.from.charAt(0)}>${outcome.to.charAt(0)}`);
          break;
        case "processed":
          seen.push("ok");
          break;
        case "rejected":
          seen.push("no");
          break;
        case "badResultLine":
          seen.push(`bad(${new TextDecoder().decode(outcome.line)})`);
          break;
      }
    }
  }
  return { record, seen: seen.join(" ") };
}

const READY = outcomes(NEW_LISTENER, ["READY\n"]).record;
const BUSY = dispatched(READY);

const CASES: readonly (readonly [string, ListenerRecord, string, string, string])[] = [
  ["READY makes a new listener ready", NEW_LISTENER, "READY\n", "A>R", "READY"],
  ["five bytes decide nothing, whatever they are", NEW_LISTENER, "noise", "", "ACKNOWLEDGED"],
  ["anything else than READY is a violation", NEW_LISTENER, "READY\r\n", "A>U", "UNKNOWN"],
  ["log noise is a violation", NEW_LISTENER, "hello world\nREADY\n", "A>U", "UNKNOWN"],
  ["READY twice is a violation", NEW_LISTENER, "READY\nREADY\n", "A>R R>U", "UNKNOWN"],
  ["a READY listener must keep silent", READY, "x", "R>U", "UNKNOWN"],
  ["a busy listener may take its time", BUSY, "RESULT 2", "", "BUSY"],
  ["OK is processed", BUSY, "RESULT 2\nOK", "ok B>A", "ACKNOWLEDGED"],
  ["OK and READY in one write", BUSY, "RESULT 2\nOKREADY\n", "ok B>A A>R", "READY"],
  ["FAIL is rejected", BUSY, "RESULT 4\nFAIL", "no B>A", "ACKNOWLEDGED"],
  ["ok in lower case is rejected", BUSY, "RESULT 2\nok", "no B>A", "ACKNOWLEDGED"],
  [
    "a longer result that begins with OK is rejected",
    BUSY,
    "RESULT 3\nOK\n",
    "no B>A",
    "ACKNOWLEDGED",
  ],
  ["a shorter one is rejected", BUSY, "RESULT 1\nO", "no B>A", "ACKNOWLEDGED"],
  ["an empty result is judged at once", BUSY, "RESULT 0\n", "no B>A", "ACKNOWLEDGED"],
  ["an empty result and READY", BUSY, "RESULT 0\nREADY\n", "no B>A A>R", "READY"],
  ["the word RESULT is not checked", BUSY, "1234567 2\nOK", "ok B>A", "ACKNOWLEDGED"],
  ["a number like Python's int() takes", BUSY, "RESULT  +0_2\r\nOK", "ok B>A", "ACKNOWLEDGED"],
  ["no number is a violation", BUSY, "RESULT abc\nOK", "bad(RESULT abc) B>U", "UNKNOWN"],
  ["an empty line is a violation", BUSY, "\n", "bad() B>U", "UNKNOWN"],
  ["OK without a length is a violation", BUSY, "OK\n", "bad(OK) B>U", "UNKNOWN"],
  ["a negative length is a violation", BUSY, "RESULT -1\n", "bad(RESULT -1) B>U", "UNKNOWN"],
  ["nothing helps an UNKNOWN listener", outcomes(READY, ["x"]).record, "READY\n", "", "UNKNOWN"],
];

for (const [title, start, input, expected, state] of CASES) {
  test(`listener protocol: ${title}, wherever the bytes are cut`, () => {
    const bytes = utf8.encode(input);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { record, seen } = outcomes(start, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      assert.equal(seen, expected, `cut at ${cut}`);
      assert.equal(record.state, state, `cut at ${cut}`);
    }
    const single = outcomes(start, Array.from(bytes, (byte) => Uint8Array.of(byte)));
    assert.equal(single.seen, expected, "byte by byte");
  });
}

test("a chunk is not kept: its buffer may be reused", () => {
  const buffer = utf8.encode("REA");
  const { record } = receive(NEW_LISTENER, buffer);
  buffer.fill(0x58);
  assert.equal(outcomes(record, ["DY\n"]).seen, "A>R");
});

test("a huge result costs no memory", () => {
  const chunk = new Uint8Array(1024 * 1024).fill(0x4f);
  let { record } = receive(BUSY, utf8.encode("RESULT 100000000\n"));
  for (let i = 0; i < 95; i++) record = receive(record, chunk).record;
  assert.ok((record.result?.start.length ?? 99) <= 3);
  const { seen } = outcomes(record, [chunk.subarray(0, 100_000_000 - 95 * chunk.length)]);
  assert.equal(seen, "no B>A");
});

test("a result line that never ends is a violation", () => {
  const endless = new Uint8Array(MAX_RESULT_LINE + 1).fill(0x78);
  const step = receive(BUSY, endless);
  assert.equal(step.record.state, "UNKNOWN");
  assert.equal(step.outcomes[0]?.type, "badResultLine");
});

for (
  const [line, length] of [
    ["RESULT 12", 12],
    ["RESULT 12 ", 12],
    ["RESULT \t12\r", 12],
    ["RESULT 1__2", null],
    ["RESULT _1", null],
    ["RESULT 1.0", null],
    ["RESULT 0x1", null],
    ["RESULT - 1", null],
    ["RESULT -0", 0],
    ["RESULT ١", null],
    ["RESULT", null],
  ] as const
) {
  test(`parseResultLength("${line}") is ${length}`, () => {
    assert.equal(parseResultLength(utf8.encode(line)), length);
  });
}
