import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeWaitStatus,
  describeExit,
  exitCodeOf,
  isKnownSignal,
  signalName,
  signalNumber,
} from "../../../src/process/signals.ts";

for (
  const [name, number] of [
    ["TERM", 15],
    ["SIGTERM", 15],
    [" sigterm ", 15],
    ["hup", 1],
    ["CLD", 17],
    ["POLL", 29],
    ["RTMIN", 34],
    ["RTMIN+1", undefined],
    ["FOO", undefined],
    ["", undefined],
  ] as const
) {
  test(`signalNumber(${JSON.stringify(name)}) is ${number}`, () => {
    assert.equal(signalNumber(name), number);
  });
}

test("signalName() prefers the usual name where a number has two", () => {
  assert.equal(signalName(6), "SIGABRT");
  assert.equal(signalName(17), "SIGCHLD");
  assert.equal(signalName(63), "signal 63");
});

test("isKnownSignal() accepts 0, which only asks whether a process is there", () => {
  assert.equal(isKnownSignal(0), true);
  assert.equal(isKnownSignal(15), true);
  assert.equal(isKnownSignal(99), false);
});

const STATUSES = [
  [0x0000, 0, "exit status 0"],
  [0x0700, 7, "exit status 7"],
  [0xff00, 255, "exit status 255"],
  [0x000f, -1, "terminated by SIGTERM"],
  [0x0086, -1, "terminated by SIGABRT (core dumped)"],
  [0x003f, -1, "terminated by signal 63"],
  [0x137f, -1, "unknown termination cause 0x137f"],
] as const;

for (const [status, code, words] of STATUSES) {
  test(`wait status 0x${status.toString(16)} reads "${words}"`, () => {
    const exit = decodeWaitStatus(status);
    assert.equal(exitCodeOf(exit), code);
    assert.equal(describeExit(exit), words);
  });
}
