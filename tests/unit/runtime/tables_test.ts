import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { errnoCode, errnoNumber } from "../../../src/runtime/errors.ts";
import {
  paddedArguments,
  readPointer,
  SIGNATURES,
  writePointer,
} from "../../../src/runtime/libc.ts";
import { currentPlatform } from "../../../src/runtime/platform.ts";
import { signalSet } from "../../../src/runtime/signal_mask.ts";
import { syslogLine } from "../../../src/runtime/syslog.ts";

test("error numbers have the symbol people know, and one without a name stays a number", () => {
  assert.equal(errnoCode(constants.errno.ENOENT), "ENOENT");
  assert.equal(errnoCode(constants.errno.EWOULDBLOCK), "EAGAIN");
  assert.equal(errnoCode(98765), "errno 98765");
  assert.equal(errnoNumber("EPIPE"), constants.errno.EPIPE);
  assert.equal(errnoNumber("ENOTFOUND"), 0);
});

test("pointers are written and read back, beyond 32 bits too", () => {
  const view = new DataView(new ArrayBuffer(8));
  for (const address of [0, 1, 0xffff_ffff, 0x1_0000_0000, 0x7fff_dead_beef, 2 ** 52 - 1]) {
    writePointer(view, 0, address);
    assert.equal(readPointer(view, 0), address);
    assert.equal(view.getBigUint64(0, true), BigInt(address));
  }
});

test("a signal set has bit n-1 for signal n", () => {
  const set = signalSet(["SIGHUP", "SIGTERM", "SIGCHLD"]);
  assert.deepEqual([...set.subarray(0, 4)], [1, 1 << 6, 1, 0]);
  assert.ok(signalSet(["SIGNOSUCH"]).every((byte) => byte === 0));
});

test("only Apple's arm64 moves variadic arguments to the stack", () => {
  const here = currentPlatform();
  const usual = paddedArguments(SIGNATURES.fcntl, { ...here, variadicOnStack: false });
  assert.deepEqual(usual.args, ["i32", "i32", "i64"]);
  assert.deepEqual(usual.pad([1, 2, 3]), [1, 2, 3]);
  const apple = paddedArguments(SIGNATURES.fcntl, { ...here, variadicOnStack: true });
  assert.equal(apple.args.length, 9);
  assert.deepEqual(apple.pad([1, 2, 3]), [1, 2, 0, 0, 0, 0, 0, 0, 3]);
  const fixed = paddedArguments(SIGNATURES.read, { ...here, variadicOnStack: true });
  assert.deepEqual(fixed.args, ["i32", "buffer", "u64"]);
});

test("a syslog line is written as libc writes it", () => {
  const at = new Date(Date.UTC(2026, 10, 3, 8, 5, 9));
  assert.equal(
    syslogLine("supervisord", 14, "hello", at),
    "<14>Nov  3 08:05:09 supervisord: hello",
  );
});
