/** What programs say over NOTIFY_SOCKET. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNotifyMessage } from "../../../src/process/notify_message.ts";

const NOTHING = {
  ready: false,
  reloading: false,
  stopping: false,
  status: null,
  watchdog: null,
  watchdogMs: null,
  mainPid: null,
  extendMs: null,
};

const CASES: readonly [text: string, found: Record<string, unknown>][] = [
  ["READY=1", { ready: true }],
  ["READY=1\n", { ready: true }],
  ["READY=0", {}],
  ["RELOADING=1\nMONOTONIC_USEC=12", { reloading: true }],
  ["STOPPING=1\nSTATUS=bye", { stopping: true, status: "bye" }],
  ["STATUS=a=b\nSTATUS=second", { status: "a=b" }],
  ["STATUS=", { status: "" }],
  ["STATUS=bell \x07 here", { status: "bell   here" }],
  ["WATCHDOG=1", { watchdog: "alive" }],
  ["WATCHDOG=trigger", { watchdog: "trigger" }],
  ["WATCHDOG_USEC=2500000", { watchdogMs: 2500 }],
  ["WATCHDOG_USEC=999999999999999", { watchdogMs: 2 ** 31 - 1 }],
  ["MAINPID=4711", { mainPid: 4711 }],
  ["MAINPID=-1", {}],
  ["MAINPID=0", {}],
  ["EXTEND_TIMEOUT_USEC=1000000", { extendMs: 1000 }],
  ["FDSTORE=1\nBARRIER=1\nnonsense\n=x", {}],
  ["", {}],
  ["\0\xff", {}],
];

for (const [text, found] of CASES) {
  test(`${JSON.stringify(text)} is understood`, () => {
    assert.deepEqual(parseNotifyMessage(text), { ...NOTHING, ...found });
  });
}

test("a status is cut where nobody reads on", () => {
  assert.equal(parseNotifyMessage(`STATUS=${"x".repeat(5000)}`).status?.length, 200);
});
