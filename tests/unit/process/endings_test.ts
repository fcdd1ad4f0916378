/** Which ends end the daemon, and with which status. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endsDaemon, shellStatus, statusOfAll, statusOfEnd } from "../../../src/process/endings.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import type { ProcessRecord } from "../../../src/process/machine_types.ts";
import type { ExitStatus } from "../../../src/process/signals.ts";
import type { ProcessState } from "../../../src/process/states.ts";

const at = (mono: number) => ({ mono, wall: mono });
const code = (code: number): ExitStatus => ({ type: "exited", code });
const signal = (signal: number): ExitStatus => ({ type: "signalled", signal, coreDumped: false });

function ended(
  state: ProcessState,
  lastExit: ExitStatus | null,
  over: Partial<ProcessRecord> = {},
): ProcessRecord {
  return {
    ...NEW_RECORD,
    state,
    startedAt: at(1000),
    stoppedAt: lastExit === null ? null : at(2000),
    lastExit,
    exitCode: lastExit?.type === "exited" ? lastExit.code : -1,
    ...over,
  };
}

test("shellStatus() is what a shell answers", () => {
  const exits = [code(0), code(3), signal(9), signal(15), { type: "unknown", status: 1 } as const];
  assert.deepEqual(exits.map(shellStatus), [0, 3, 137, 143, 255]);
});

const both = { onExit: true, onFatal: true };
const ENDS: readonly [string, typeof both | undefined, ProcessState, boolean, boolean][] = [
  ["an exit that nothing follows", both, "EXITED", false, true],
  ["an exit that a restart follows does not", both, "EXITED", true, false],
  ["FATAL", both, "FATAL", false, true],
  ["a stop that was asked for does not", both, "STOPPED", false, false],
  [
    "an exit of a program that is watched for FATAL only does not",
    {
      onExit: false,
      onFatal: true,
    },
    "EXITED",
    false,
    false,
  ],
  [
    "FATAL of a program that is watched for its exit only does not",
    {
      onExit: true,
      onFatal: false,
    },
    "FATAL",
    false,
    false,
  ],
  ["an exit of any other program does not", undefined, "EXITED", false, false],
];
for (const [title, policy, state, willRestart, expected] of ENDS) {
  test(`the daemon's end: ${title}`, () => {
    assert.equal(endsDaemon(policy, ended(state, code(0)), willRestart), expected);
  });
}

const STATUSES: readonly [string, ProcessRecord, number][] = [
  ["its code", ended("EXITED", code(3)), 3],
  ["0 for success", ended("EXITED", code(0)), 0],
  ["128 and the signal", ended("EXITED", signal(11)), 139],
  ["the last life's code when it is FATAL", ended("FATAL", code(4)), 4],
  ["1 when it is FATAL after lives that each ended well", ended("FATAL", code(0)), 1],
  ["127 when it could not be started", ended("FATAL", null), 127],
  [
    "127 when it could not be started again",
    ended("FATAL", code(3), { startedAt: at(5000) }),
    127,
  ],
];
for (const [title, record, expected] of STATUSES) {
  test(`statusOfEnd() is ${title}`, () => assert.equal(statusOfEnd(record), expected));
}

test("statusOfAll() is 0 for expected ends and stops, else that of the last other end", () => {
  const end = (record: ProcessRecord, exitCodes = [0]) => ({ record, exitCodes });
  const stopped = ended("STOPPED", signal(15));
  assert.equal(statusOfAll([]), 0);
  assert.equal(statusOfAll([end(ended("EXITED", code(0))), end(stopped)]), 0);
  assert.equal(statusOfAll([end(ended("EXITED", code(2)), [0, 2])]), 0);
  const late = end(ended("EXITED", code(5), { stoppedAt: at(9000) }));
  const early = end(ended("EXITED", code(6), { stoppedAt: at(8000) }));
  assert.equal(statusOfAll([late, early, end(stopped)]), 5);
  assert.equal(statusOfAll([early, late]), 5);
});
