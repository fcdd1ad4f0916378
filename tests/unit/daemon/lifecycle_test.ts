/** Hooks, reload and main processes carried out, with children on paper. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { HelperRunner } from "../../../src/daemon/helpers.ts";
import { Lifecycle } from "../../../src/daemon/lifecycle.ts";
import { Process } from "../../../src/daemon/process.ts";
import type { Surroundings } from "../../../src/daemon/surroundings.ts";
import { EventBus } from "../../../src/events/bus.ts";
import type { HookFacts, HookName } from "../../../src/process/hooks.ts";
import type { Input } from "../../../src/process/machine_types.ts";
import { processSpec } from "../../support/process_spec.ts";
import { FakeRuntime } from "../../support/fake_runtime.ts";

const facts = (hook: HookName): HookFacts => ({
  hook,
  pid: 42,
  exit: { type: "signalled", signal: 9, coreDumped: false },
  tries: 2,
  spawnError: null,
});

function setUp(over: Parameters<typeof processSpec>[1] = {}) {
  const runtime = new FakeRuntime();
  // As pid 1 everybody would be a descendant.
  Object.defineProperty(runtime, "pid", { value: 0x7fff_ffee });
  const log: string[] = [];
  const notUsed = () => {
    throw new Error("not part of this test");
  };
  const surroundings: Surroundings = {
    runtime,
    bus: new EventBus(),
    log: (level, text) => log.push(`${level}: ${text}`),
    isLogged: () => false,
    environment: { PATH: "/usr/bin:/bin" },
    settings: notUsed,
    config: () => ({ serverUrl: null }) as unknown as ReturnType<Surroundings["config"]>,
    devNull: 3,
    nextSerial: () => 0,
  };
  const spec = processSpec("web", {
    hooks: {
      commands: { pre_start: "true a", post_stop: "true b", reload_command: "true c" },
      timeoutSecs: 5,
    },
    ...over,
  });
  const web = new Process({
    spec,
    surroundings,
    logPaths: { stdout: null, stderr: null },
    isListener: false,
    fcgiSocket: null,
  });
  const helpers = new HelperRunner({ surroundings });
  const submitted: Input[] = [];
  const adopted: number[] = [];
  const lifecycle = new Lifecycle({
    surroundings,
    helpers,
    submit: (_process, input) => submitted.push(input),
    isManaged: (pid) => pid === 99,
    onMainPid: (pid) => adopted.push(pid),
  });
  const say = (text: string) => {
    for (const sink of runtime.readers.values()) sink.data(new TextEncoder().encode(text));
  };
  return { runtime, log, web, helpers, lifecycle, submitted, adopted, say };
}

test("a hook finds its facts in its environment, and its success is told to the machine", async () => {
  const { runtime, web, helpers, lifecycle, submitted, log } = setUp();
  const done = lifecycle.runHook(web, facts("post_stop"));
  const { argv, env } = runtime.spawns[0] ?? assert.fail("nothing was started");
  assert.deepEqual(argv, ["true", "b"]);
  assert.equal(env["SUPERVISOR_HOOK"], "post_stop");
  assert.equal(env["SUPERVISOR_PROCESS_NAME"], "web");
  assert.equal(env["SUPERVISOR_PID"], "42");
  assert.equal(env["SUPERVISOR_EXIT_SIGNAL"], "SIGKILL");
  assert.equal(env["SUPERVISOR_TRIES"], "2");
  helpers.exited(runtime.lastPid, { type: "exited", code: 0 });
  await done;
  assert.deepEqual(submitted, [{ type: "hookDone", hook: "post_stop", failure: null }]);
  assert.deepEqual(log, []);
  assert.equal(runtime.openFds.size, 0);
});

test("a hook that fails is logged and told with its end and its last line", async () => {
  const { runtime, web, helpers, lifecycle, submitted, log, say } = setUp();
  const done = lifecycle.runHook(web, facts("pre_start"));
  say("one\nno disk\n\n");
  helpers.exited(runtime.lastPid, { type: "exited", code: 3 });
  await done;
  const failure = "exit status 3: no disk";
  assert.deepEqual(submitted, [{ type: "hookDone", hook: "pre_start", failure }]);
  assert.deepEqual(log, [`warn: pre_start of 'web' failed: ${failure}`]);
});

test("a hook that takes too long is killed with its group and has failed", async () => {
  const { runtime, web, lifecycle, submitted } = setUp();
  const done = lifecycle.runHook(web, facts("pre_start"));
  runtime.clock.advance(5000);
  await done;
  assert.deepEqual(runtime.sent, [{ pid: -runtime.lastPid, signal: 9 }]);
  const failure = "timed out after 5 seconds";
  assert.deepEqual(submitted, [{ type: "hookDone", hook: "pre_start", failure }]);
});

test("a hook that cannot be started has failed", async () => {
  const hooks = { commands: { pre_start: "/no/such/file" }, timeoutSecs: 5 };
  const { web, lifecycle, submitted } = setUp({ hooks });
  await lifecycle.runHook(web, facts("pre_start"));
  const failure = "can't find command '/no/such/file'";
  assert.deepEqual(submitted, [{ type: "hookDone", hook: "pre_start", failure }]);
});

test("a cancelled hook is killed and its end is no news", async () => {
  const { runtime, web, lifecycle, submitted, log } = setUp();
  const done = lifecycle.runHook(web, facts("pre_start"));
  lifecycle.cancelHook(web);
  await done;
  assert.deepEqual(runtime.sent, [{ pid: -runtime.lastPid, signal: 9 }]);
  assert.deepEqual(submitted, []);
  assert.deepEqual(log, []);
});

test("the end of a hook that another one has replaced is no news", async () => {
  const { runtime, web, helpers, lifecycle, submitted } = setUp();
  const first = lifecycle.runHook(web, facts("pre_start"));
  const firstPid = runtime.lastPid;
  const second = lifecycle.runHook(web, facts("post_stop"));
  helpers.exited(firstPid, { type: "exited", code: 1 });
  await first;
  assert.deepEqual(submitted, []);
  helpers.exited(runtime.lastPid, { type: "exited", code: 0 });
  await second;
  assert.equal(submitted.length, 1);
});

test("reload runs the command, else sends the signal, else says what is missing", async () => {
  const command = setUp();
  const done = command.lifecycle.reload(command.web);
  command.helpers.exited(command.runtime.lastPid, { type: "exited", code: 1 });
  assert.equal(await done, "reload_command failed: exit status 1");

  const hooks = { commands: {}, timeoutSecs: 5 };
  const signal = setUp({ hooks, reloadSignal: 1 });
  assert.equal(await signal.lifecycle.reload(signal.web), null);
  assert.deepEqual(signal.submitted, [{ type: "signal", signal: 1 }]);

  const nothing = setUp({ hooks });
  assert.match(await nothing.lifecycle.reload(nothing.web) ?? "", /neither .* is configured$/);
});

test("a main process that is announced is followed only if it is one of ours", () => {
  const { web, lifecycle, submitted, adopted, log } = setUp();
  web.record = { ...web.record, state: "RUNNING", pid: 42 };
  for (const pid of [99, process.ppid, 0x7fff_fff0]) lifecycle.followAnnounced(web, pid);
  assert.deepEqual(submitted, []);
  assert.deepEqual(adopted, []);
  assert.equal(log.length, 3);
  assert.match(log[0] ?? "", /names pid 99 as its main process, which is not its own/);
});

test("the end of the process that was spawned ends nothing while its successor lives", () => {
  const { web, lifecycle, submitted } = setUp();
  web.record = { ...web.record, state: "RUNNING", pid: process.pid, hasMainPid: true };
  lifecycle.launcherExited(web, { type: "exited", code: 0 });
  assert.equal(submitted.length, 0);
  web.record = { ...web.record, pid: 0x7fff_fff0 };
  lifecycle.launcherExited(web, { type: "exited", code: 0 });
  assert.deepEqual(submitted, [{ type: "exited", exit: { type: "exited", code: 0 } }]);
});
