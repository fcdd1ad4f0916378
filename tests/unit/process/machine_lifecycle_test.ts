/** Hooks, several stop signals and processes that leave another one behind: the rules, one by one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dueAt, NEW_RECORD, step } from "../../../src/process/machine.ts";
import type { HookName } from "../../../src/process/hooks.ts";
import type { Effect, Input, Policy, ProcessRecord } from "../../../src/process/machine_types.ts";
import { PLAIN_POLICY } from "../../support/policy.ts";

const PLAIN: Policy = { ...PLAIN_POLICY, killAsGroup: true };

function withHooks(...names: HookName[]): Policy {
  const commands = Object.fromEntries(names.map((name) => [name, "true"]));
  return { ...PLAIN, hooks: { commands, timeoutSecs: 30 } };
}

/** A process whose time is moved by hand; effects as short lines. */
class Subject {
  record: ProcessRecord = NEW_RECORD;
  now = 1000;
  readonly #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** @returns what is to be done, without log lines of level debug */
  send(input: Input): string[] {
    const now = { mono: this.now, wall: this.now };
    const { record, effects } = step(this.#policy, this.record, input, now);
    this.record = record;
    return effects.map(brief).filter((line) => !line.startsWith("debug"));
  }

  /** Moves time to when the machine wants to look, and lets it. */
  look(): string[] {
    const due = dueAt(this.#policy, this.record, true);
    if (due === Infinity) return ["never"];
    this.now = Math.max(this.now, due);
    return this.send({ type: "look", mayStart: true });
  }

  /** Started, and up for longer than startsecs. */
  running(): this {
    this.send({ type: "start" });
    this.send({ type: "hookDone", hook: "pre_start", failure: null });
    this.send({ type: "spawned", pid: 42 });
    this.look();
    assert.equal(this.record.state, "RUNNING");
    return this;
  }
}

function brief(effect: Effect): string {
  switch (effect.type) {
    case "kill":
      return `kill ${effect.signal}${effect.group ? " group" : ""}`;
    case "announce":
      return effect.change.to;
    case "hook":
      return `hook ${effect.hook}`;
    case "log":
      return effect.level;
    default:
      return effect.type;
  }
}

const EXIT_0: Input = { type: "exited", exit: { type: "exited", code: 0 } };
const EXIT_1: Input = { type: "exited", exit: { type: "exited", code: 1 } };
const done = (hook: HookName, failure: string | null = null): Input => ({
  type: "hookDone",
  hook,
  failure,
});

test("pre_start comes before the spawn, and startsecs count from the spawn", () => {
  const subject = new Subject(withHooks("pre_start"));
  assert.deepEqual(subject.send({ type: "start" }), ["STARTING", "hook pre_start"]);
  assert.deepEqual(subject.look(), ["never"]);
  subject.now = 20_000;
  assert.deepEqual(subject.send(done("pre_start")), ["spawn"]);
  subject.send({ type: "spawned", pid: 42 });
  assert.equal(subject.record.deadline, 21_000);
});

test("a pre_start that fails is a failed try with its reason, and backs off as usual", () => {
  const subject = new Subject(withHooks("pre_start"));
  subject.send({ type: "start" });
  assert.deepEqual(subject.send(done("pre_start", "exit status 1: no disk")), ["info", "BACKOFF"]);
  assert.equal(subject.record.spawnError, "pre_start: exit status 1: no disk");
  assert.equal(subject.record.tries, 1);
  assert.deepEqual(subject.look(), ["STARTING", "hook pre_start"]);
  assert.equal(subject.now, 2000);
});

test("a stop during pre_start cancels it, and its late end changes nothing", () => {
  const subject = new Subject(withHooks("pre_start"));
  subject.send({ type: "start" });
  assert.deepEqual(subject.send({ type: "stop" }), ["cancelHook", "STOPPED"]);
  const stopped = subject.record;
  assert.deepEqual(subject.send(done("pre_start", "cancelled")), []);
  assert.equal(subject.record, stopped);
});

test("a second start during pre_start does not spawn twice", () => {
  const subject = new Subject(withHooks("pre_start"));
  subject.send({ type: "start" });
  assert.deepEqual(subject.send({ type: "start" }), ["warn"]);
});

test("post_start runs when the process is RUNNING, and nobody waits for it", () => {
  const subject = new Subject(withHooks("post_start"));
  subject.send({ type: "start" });
  subject.send({ type: "spawned", pid: 42 });
  assert.deepEqual(subject.look(), ["RUNNING", "info", "hook post_start"]);
  assert.equal(subject.record.waitsFor, null);
});

test("pre_stop comes before the stop signal, whether it succeeds or not", () => {
  for (const failure of [null, "timed out after 30 seconds"]) {
    const subject = new Subject(withHooks("pre_stop")).running();
    assert.deepEqual(subject.send({ type: "stop" }), ["STOPPING", "hook pre_stop"]);
    assert.deepEqual(subject.look(), ["never"]);
    subject.now = 50_000;
    assert.deepEqual(subject.send(done("pre_stop", failure)), ["kill 15"]);
    assert.equal(subject.record.deadline, 60_000);
  }
});

test("who asks again to stop does not wait for the hook", () => {
  const subject = new Subject(withHooks("pre_stop")).running();
  subject.send({ type: "stop" });
  assert.deepEqual(subject.send({ type: "stop" }), ["kill 15 group"]);
  assert.deepEqual(subject.send(done("pre_stop")), []);
});

test("a process that ends during pre_stop is STOPPED", () => {
  const subject = new Subject(withHooks("pre_stop")).running();
  subject.send({ type: "stop" });
  assert.deepEqual(subject.send(EXIT_0), ["STOPPED", "info"]);
  assert.deepEqual(subject.send(done("pre_stop")), []);
});

test("stop_command asks instead of the signal, which follows after stopwaitsecs, then SIGKILL", () => {
  const subject = new Subject(withHooks("pre_stop", "stop_command")).running();
  assert.deepEqual(subject.send({ type: "stop" }), ["STOPPING", "hook pre_stop"]);
  assert.deepEqual(subject.send(done("pre_stop")), ["hook stop_command"]);
  subject.now = 5000;
  assert.deepEqual(subject.send(done("stop_command")), []);
  assert.deepEqual(subject.look(), ["info", "kill 15"]);
  assert.equal(subject.now, 15_000);
  assert.deepEqual(subject.look(), ["warn", "kill 9 group"]);
  assert.equal(subject.now, 25_000);
});

test("a stop_command that fails is followed by the signal at once", () => {
  const subject = new Subject(withHooks("stop_command")).running();
  assert.deepEqual(subject.send({ type: "stop" }), ["STOPPING", "hook stop_command"]);
  assert.deepEqual(subject.send(done("stop_command", "exit status 1")), ["kill 15"]);
});

test("post_stop runs after each end, and the next start waits for it", () => {
  const subject = new Subject(withHooks("post_stop", "pre_start")).running();
  assert.deepEqual(subject.send(EXIT_1), ["EXITED", "warn", "hook post_stop"]);
  assert.deepEqual(subject.look(), ["STARTING"]);
  assert.deepEqual(subject.send(done("post_stop", "exit status 3")), ["hook pre_start"]);
  assert.deepEqual(subject.send(done("pre_start")), ["spawn"]);
});

test("a stop while post_stop holds up the start leaves the process STOPPED", () => {
  const subject = new Subject(withHooks("post_stop")).running();
  subject.send(EXIT_1);
  subject.look();
  assert.deepEqual(subject.send({ type: "stop" }), ["STOPPED"]);
  assert.deepEqual(subject.send(done("post_stop")), []);
  assert.equal(subject.record.waitsFor, null);
  assert.equal(subject.record.state, "STOPPED");
});

test("on_fatal runs when the tries are used up, and when a shutdown ends them", () => {
  const fatal = new Subject({ ...withHooks("on_fatal"), startRetries: 0 });
  fatal.send({ type: "start" });
  fatal.send({ type: "spawnFailed", reason: "no" });
  assert.deepEqual(fatal.look(), ["FATAL", "hook on_fatal", "info"]);
});

test("the stop signals follow each other with their own times, SIGKILL last", () => {
  const stopSteps = [{ signal: 15, waitSecs: 10 }, { signal: 2, waitSecs: 5 }, {
    signal: 3,
    waitSecs: null,
  }];
  const subject = new Subject({ ...PLAIN, stopSteps, stopWaitSecs: 7 }).running();
  const began = subject.now;
  const seen: [number, string[]][] = [[0, subject.send({ type: "stop" })]];
  for (let i = 0; i < 4; i++) {
    const lines = subject.look();
    seen.push([subject.now - began, lines]);
  }
  assert.deepEqual(seen, [
    [0, ["STOPPING", "kill 15"]],
    [10_000, ["info", "kill 2"]],
    [15_000, ["info", "kill 3"]],
    [22_000, ["warn", "kill 9 group"]],
    [29_000, ["warn", "kill 9 group"]],
  ]);
});

test("KILL in the list of signals follows killasgroup", () => {
  const stopSteps = [{ signal: 9, waitSecs: null }];
  const subject = new Subject({ ...PLAIN, stopSteps, stopSignal: 9 }).running();
  assert.deepEqual(subject.send({ type: "stop" }), ["STOPPING", "kill 9 group"]);
});

const BACKGROUND: Policy = { ...PLAIN, pidFile: "/run/web.pid" };

test("a command that goes into the background is followed to its main process", () => {
  const subject = new Subject(BACKGROUND);
  subject.send({ type: "start" });
  subject.send({ type: "spawned", pid: 42 });
  assert.deepEqual(subject.send(EXIT_0), ["findMainPid"]);
  assert.equal(subject.record.pid, 0);
  assert.deepEqual(subject.look(), ["never"]);
  assert.deepEqual(subject.send({ type: "mainPid", pid: 50 }), ["info"]);
  assert.deepEqual(subject.look(), ["RUNNING", "info"]);
  assert.deepEqual(subject.send({ type: "stop" }), ["STOPPING", "kill 15"]);
  assert.equal(subject.record.pid, 50);
  assert.deepEqual(subject.send(EXIT_0), ["STOPPED", "info"]);
});

test("the exit of the main process is an exit like any other, and the next start begins anew", () => {
  const subject = new Subject(BACKGROUND);
  subject.send({ type: "start" });
  subject.send({ type: "spawned", pid: 42 });
  subject.send(EXIT_0);
  subject.send({ type: "mainPid", pid: 50 });
  subject.look();
  assert.deepEqual(subject.send(EXIT_1), ["EXITED", "warn"]);
  assert.deepEqual(subject.look(), ["STARTING", "spawn"]);
  assert.equal(subject.record.hasMainPid, false);
});

test("a command that fails is not looked for in the background", () => {
  const subject = new Subject(BACKGROUND);
  subject.send({ type: "start" });
  subject.send({ type: "spawned", pid: 42 });
  assert.deepEqual(subject.send(EXIT_1), ["BACKOFF", "warn"]);
});

test("a main process that cannot be found is a failed try that says so", () => {
  const subject = new Subject(BACKGROUND);
  subject.send({ type: "start" });
  subject.send({ type: "spawned", pid: 42 });
  subject.send(EXIT_0);
  subject.now = 16_000;
  const lines = subject.send({ type: "mainPidMissing", reason: "no pid" });
  assert.deepEqual(lines, ["info", "BACKOFF"]);
  assert.equal(subject.record.spawnError, "no pid");
});

test("a stop while the main process is looked for reaches it when it is found", () => {
  const subject = new Subject(BACKGROUND);
  subject.send({ type: "start" });
  subject.send({ type: "spawned", pid: 42 });
  subject.send(EXIT_0);
  assert.deepEqual(subject.send({ type: "stop" }), ["STOPPING"]);
  assert.deepEqual(subject.send({ type: "mainPid", pid: 50 }), ["info", "kill 15"]);
});

test("a stop while the main process is looked for ends with the search if there is none", () => {
  const subject = new Subject(BACKGROUND);
  subject.send({ type: "start" });
  subject.send({ type: "spawned", pid: 42 });
  subject.send(EXIT_0);
  subject.send({ type: "stop" });
  const lines = subject.send({ type: "mainPidMissing", reason: "no pid" });
  assert.deepEqual(lines, ["warn", "STOPPED", "info"]);
});

test("a main pid that a running process announces is where signals go from then on", () => {
  const subject = new Subject(PLAIN).running();
  assert.deepEqual(subject.send({ type: "mainPid", pid: 50 }), ["info"]);
  assert.equal(subject.record.pid, 50);
  assert.equal(subject.record.state, "RUNNING");
});

test("a secret is fetched before pre_start, and without it there is no start", () => {
  const subject = new Subject(withHooks("secret_command", "pre_start"));
  assert.deepEqual(subject.send({ type: "start" }), ["STARTING", "hook secret_command"]);
  assert.deepEqual(subject.send(done("secret_command")), ["hook pre_start"]);
  assert.deepEqual(subject.send(done("pre_start")), ["spawn"]);

  const other = new Subject(withHooks("secret_command"));
  other.send({ type: "start" });
  assert.deepEqual(other.send(done("secret_command", "exit status 2")), ["info", "BACKOFF"]);
  assert.equal(other.record.spawnError, "secret_command: exit status 2");
});

test("a stop while a secret is fetched cancels that", () => {
  const subject = new Subject(withHooks("secret_command"));
  subject.send({ type: "start" });
  assert.deepEqual(subject.send({ type: "stop" }), ["cancelHook", "STOPPED"]);
  assert.deepEqual(subject.send(done("secret_command")), []);
});
