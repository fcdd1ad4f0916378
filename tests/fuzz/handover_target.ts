/** What one program of the daemon leaves to the next: the next one believes nothing of it. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ConfigError } from "../../src/config/errors.ts";
import { acceptState } from "../../src/handover/accept.ts";
import { encodePlain } from "../../src/handover/codec.ts";
import {
  decodeState,
  descriptorsIn,
  encodeState,
  FORMAT,
  HandoverError,
} from "../../src/handover/state.ts";
import { NEW_RECORD } from "../../src/process/machine.ts";
import { FakeDaemon, groupSpec } from "../support/fake_daemon.ts";
import { processSpec } from "../support/process_spec.ts";
import { fakeEnvironment } from "../unit/config/fake_environment.ts";
import type { Target } from "./engine.ts";

const { config } = new FakeDaemon([groupSpec("web", [processSpec("web")], { kind: "program" })]);
const each = <T>(one: T) => ({ stdout: one, stderr: one });

/** A daemon with one running program and one connection. */
const STATE = {
  format: FORMAT,
  build: { version: "0.1.0", commit: "" },
  nonce: "n",
  start: { args: ["-n"], cwd: "/" },
  generation: 2,
  serial: 7,
  config: { ...config, groups: [] },
  supervisor: {
    tickedUntil: null,
    statistics: {
      startedAt: 0,
      spawnSeconds: { bounds: [0.1], counts: [1, 0], sum: 0.01, count: 1 },
      rpcSeconds: [],
    },
    counts: [{ exits: [{ reason: "exited", value: "0", count: 1 }], failures: 0, oomKills: 0 }],
    groups: [{
      spec: config.groups[0],
      processes: [{
        name: "web",
        record: { ...NEW_RECORD, state: "RUNNING", pid: 42, deadline: Infinity },
        logs: {
          paths: each(null),
          counts: each({ bytes: 1, dropped: 0 }),
          open: each({ scanner: null, message: new Uint8Array(0), unwritten: [] }),
        },
        child: { pid: 42, ...each(9), stdin: 8, unsent: Uint8Array.of(1), lingersUntil: null },
        lingering: [],
        socket: null,
        companion: null,
        facts: {},
      }],
      pool: null,
    }],
    waiting: [],
  },
  servers: [{
    section: "unix_http_server",
    address: { kind: "unix", path: "/tmp/s" },
    sockets: { fd: 5, port: 0, connections: [{ fd: 6, input: Uint8Array.of(71) }] },
    inode: "1:2",
  }],
  output: [],
  mainLog: [],
};

const SEED = Buffer.from(encodePlain(STATE)).toString();

/** Runs what may refuse, and tells whether it has not. */
function isAccepted(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof HandoverError || error instanceof ConfigError) return false;
    throw error;
  }
}

export const HANDOVER_TARGET: Target = {
  name: "handover state",
  seeds: [SEED],
  words: [
    '"$bytes"',
    '{"$number":"Infinity"}',
    '{"$number":"NaN"}',
    '{"$pairs":[]}',
    "null",
    "-1",
    "1e999",
    "[]",
    "{}",
    '""',
    '"__proto__":',
    ",",
    "4294967296",
  ],
  maxBytes: SEED.length + 500,
  run(input) {
    if (!isAccepted(() => decodeState(input))) return;
    const state = decodeState(input);
    for (const fd of descriptorsIn(state)) assert.ok(Number.isSafeInteger(fd) && fd >= 0, `${fd}`);
    assert.deepEqual(decodeState(encodeState(state)), state);
    isAccepted(() => acceptState(input, fakeEnvironment(), () => config));
  },
};

// A seed that is refused would find nothing.
assert.ok(isAccepted(() => decodeState(Buffer.from(SEED))));
