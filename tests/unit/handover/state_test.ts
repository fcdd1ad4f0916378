import assert from "node:assert/strict";
import { test } from "node:test";
import { answerLine, findCandidate, readAnswer } from "../../../src/handover/candidate.ts";
import { decodePlain, encodePlain } from "../../../src/handover/codec.ts";
import {
  decodeState,
  descriptorsIn,
  encodeState,
  HandoverError,
  type HandoverState,
} from "../../../src/handover/state.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";
import { FakeRuntime } from "../../support/fake_runtime.ts";

const text = new TextEncoder();

test("bytes, infinite numbers and keys that look like ours come back as they were", () => {
  const value = {
    bytes: new Uint8Array([0, 255, 10]),
    numbers: [Infinity, -Infinity, 0.5],
    environment: { $bytes: "AA==", $number: "1", $pairs: "x", __proto__x: "y" },
    nested: [null, true, "text", { $bytes: "only" }],
  };
  assert.deepEqual(decodePlain(encodePlain(value)), value);
});

function state(): HandoverState {
  const logs = {
    paths: { stdout: "/log", stderr: null },
    counts: { stdout: { bytes: 1, dropped: 0 }, stderr: { bytes: 0, dropped: 0 } },
    open: { stdout: null, stderr: null },
  };
  const child = {
    pid: 7,
    stdin: 10,
    stdout: 11,
    stderr: -1,
    unsent: text.encode("half a "),
    lingersUntil: null,
  };
  const histogram = { bounds: [1], counts: [0], sum: 0, count: 0 };
  return {
    format: 1,
    build: { version: "1", commit: "abc" },
    nonce: "nonce",
    start: { args: ["-n"], cwd: "/" },
    generation: 2,
    serial: 5,
    config: new FakeDaemon([]).config,
    supervisor: {
      tickedUntil: null,
      statistics: { startedAt: 0, spawnSeconds: histogram, rpcSeconds: [["x", histogram]] },
      counts: [],
      groups: [{
        spec: groupSpec("web", [processSpec("web")]),
        processes: [{
          name: "web",
          record: { ...NEW_RECORD, state: "RUNNING", pid: 7 },
          logs,
          child,
          lingering: [{ ...child, pid: 6, stdin: -1, stdout: 12, lingersUntil: 100 }],
          socket: null,
          companion: null,
          schedule: { nominal: 5, next: 6, isQueued: true, skipped: 1, timedOut: 0 },
          facts: {},
        }],
        pool: null,
      }],
      waiting: [],
    },
    servers: [{
      section: "unix_http_server",
      address: { kind: "unix", path: "/s", mode: 0o700, owner: null },
      sockets: { fd: 20, port: 0, connections: [{ fd: 21, input: text.encode("GE") }] },
      inode: "12",
    }],
    output: [],
    mainLog: [],
  };
}

test("a state is read as it was written, and names every descriptor once", () => {
  const written = state();
  assert.deepEqual(decodeState(encodeState(written)), written);
  assert.deepEqual(descriptorsIn(written).sort(), [10, 11, 12, 20, 21]);
});

test("the state of a program that did not write of schedules yet is read", () => {
  const old = state();
  for (const { processes } of old.supervisor.groups) {
    for (const one of processes) delete (one as { schedule?: unknown }).schedule;
  }
  assert.deepEqual(decodeState(encodeState(old)), old);
});

const refusals: [what: string, change: (one: Record<string, unknown>) => void, reason: RegExp][] = [
  ["of another format", (one) => one["format"] = 2, /format 2, and only format 1 can be read/],
  ["without a nonce", (one) => delete one["nonce"], /state\.nonce is missing and not text/],
  ["with text for a count", (one) => one["serial"] = "5", /state\.serial is a string/],
  [
    "with a wrong server",
    (one) => one["servers"] = [{}],
    /state\.servers\[0\]\.section is missing/,
  ],
];
for (const [what, change, reason] of refusals) {
  test(`a state ${what} is refused with the place and what was wanted there`, () => {
    const one = { ...state() } as Record<string, unknown>;
    change(one);
    assert.throws(() => decodeState(encodePlain(one)), (error) => {
      assert.ok(error instanceof HandoverError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

test("what is no state at all is refused and nothing worse", () => {
  for (const bytes of ["", "{", "null", "[]", "7", '{"$pairs":[1]}', "\xff"]) {
    assert.throws(
      () => decodeState(Uint8Array.from(bytes, (one) => one.charCodeAt(0))),
      HandoverError,
    );
  }
});

test("an answer is found among whatever else a candidate prints", () => {
  const answer = {
    accepts: true,
    nonce: "n",
    build: { version: "1", commit: "c" },
    variables: { A: "b" },
  } as const;
  assert.deepEqual(readAnswer(`warning\n${answerLine(answer)}more\n`), answer);
  const refusal = { accepts: false, reason: "no" } as const;
  assert.deepEqual(readAnswer(answerLine(refusal)), refusal);
  for (const said of ["", "hello", "supervisord-handover: {", "supervisord-handover: {}"]) {
    assert.equal(readAnswer(said), null);
  }
});

test("a candidate must be an absolute path of a file that nobody else can change", () => {
  const runtime = new FakeRuntime();
  assert.equal(findCandidate(null, runtime).file, "/self");
  assert.throws(() => findCandidate("bin/x", runtime), /is not an absolute path/);
  assert.throws(() => findCandidate("/no/such/file", runtime), /there is no/);
  assert.throws(() => findCandidate("/", runtime), /is not a file/);
});
