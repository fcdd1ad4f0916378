/** Helpers with children on paper: what is kept, when they are killed, what is left open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventBus } from "../../../src/events/bus.ts";
import { type HelperRequest, HelperRunner } from "../../../src/daemon/helpers.ts";
import type { Surroundings } from "../../../src/daemon/surroundings.ts";
import { FakeRuntime } from "../../support/fake_runtime.ts";

const REQUEST: HelperRequest = {
  command: "sh -c 'exit 3'",
  env: { PATH: "/usr/bin:/bin" },
  cwd: "/tmp",
  credentials: null,
  umask: null,
  timeoutMs: 2500,
  keepBytes: 8,
};

function setUp() {
  const runtime = new FakeRuntime();
  const notUsed = () => {
    throw new Error("not part of this test");
  };
  const surroundings: Surroundings = {
    runtime,
    bus: new EventBus(),
    log: notUsed,
    isLogged: () => false,
    environment: {},
    settings: notUsed,
    config: notUsed,
    devNull: 3,
    nextSerial: () => 0,
  };
  return { runtime, helpers: new HelperRunner({ surroundings }) };
}

function say(runtime: FakeRuntime, text: string): void {
  for (const sink of runtime.readers.values()) sink.data(new TextEncoder().encode(text));
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("a helper resolves with its exit and what it said, and leaves nothing open or armed", async () => {
  const { runtime, helpers } = setUp();
  const { done } = helpers.run(REQUEST);
  assert.equal(runtime.spawns[0]?.cwd, "/tmp");
  assert.deepEqual(runtime.spawns[0]?.argv, ["sh", "-c", "exit 3"]);
  say(runtime, "hello");
  assert.equal(helpers.exited(runtime.lastPid, { type: "exited", code: 3 }), true);
  const result = await done;
  assert.ok(result.ok);
  assert.deepEqual(result.exit, { type: "exited", code: 3 });
  assert.equal(text(result.output), "hello");
  assert.equal(result.isCut, false);
  assert.equal(runtime.openFds.size, 0);
  assert.equal(runtime.clock.armed, 0);
});

test("of a long output the last bytes are kept, wherever it is cut", async () => {
  for (const size of [1, 2, 3, 5, 8, 13, 40]) {
    const { runtime, helpers } = setUp();
    const { done } = helpers.run(REQUEST);
    const whole = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (let at = 0; at < whole.length; at += size) say(runtime, whole.slice(at, at + size));
    helpers.exited(runtime.lastPid, { type: "exited", code: 0 });
    const result = await done;
    assert.ok(result.ok);
    assert.equal(text(result.output), "23456789", `in chunks of ${size}`);
    assert.equal(result.isCut, true);
  }
});

test("a helper that outlives its time is killed with its group and reported at once", async () => {
  const { runtime, helpers } = setUp();
  const { done } = helpers.run(REQUEST);
  const pid = runtime.lastPid;
  say(runtime, "working");
  runtime.clock.advance(2499);
  assert.deepEqual(runtime.sent, []);
  runtime.clock.advance(1);
  assert.deepEqual(runtime.sent, [{ pid: -pid, signal: 9 }]);
  const result = await done;
  assert.ok(!result.ok);
  assert.equal(result.reason, "timed out after 2.5 seconds");
  assert.equal(text(result.output), "working");
  assert.equal(helpers.exited(pid, { type: "exited", code: 0 }), true, "its exit is still known");
  assert.equal(helpers.exited(pid, { type: "exited", code: 0 }), false, "but only once");
});

test("cancelling kills it, and again changes nothing", async () => {
  const { runtime, helpers } = setUp();
  const { done, cancel } = helpers.run(REQUEST);
  cancel();
  cancel();
  assert.equal(runtime.sent.length, 1);
  assert.deepEqual(await done, { ok: false, reason: "cancelled", output: new Uint8Array(0) });
});

test("what cannot be started is a sentence, and nothing is left open", async () => {
  const { runtime, helpers } = setUp();
  const reasonOf = async (request: HelperRequest) => {
    const result = await helpers.run(request).done;
    return result.ok ? "" : result.reason;
  };
  assert.equal(
    await reasonOf({ ...REQUEST, command: "no-such-command-here" }),
    "can't find command 'no-such-command-here'",
  );
  assert.match(await reasonOf({ ...REQUEST, command: "sh 'oops" }), /No closing quotation/);
  runtime.spawnResults.push({ ok: false, step: "chdir", code: "ENOENT" });
  assert.equal(await reasonOf(REQUEST), "couldn't chdir to /tmp: ENOENT");
  runtime.pipeError = "EMFILE";
  assert.equal(await reasonOf(REQUEST), "couldn't start sh: EMFILE");
  assert.equal(runtime.openFds.size, 0);
});

test("dispose() ends every helper", async () => {
  const { runtime, helpers } = setUp();
  const first = helpers.run(REQUEST);
  const second = helpers.run(REQUEST);
  helpers.dispose();
  assert.equal(runtime.sent.length, 2);
  assert.equal((await first.done).ok, false);
  assert.equal((await second.done).ok, false);
  assert.equal(runtime.openFds.size, 0);
});

test("a stranger's exit is not a helper's", () => {
  const { helpers } = setUp();
  assert.equal(helpers.exited(4242, { type: "exited", code: 0 }), false);
});
