/** The keys about restarts and endings: values, defaults, and what is said about bad ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../src/config/check.ts";
import { diffGroups } from "../../../src/config/diff.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config, ProcessSpec } from "../../../src/config/types.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function load(lines: string, daemon = ""): Config {
  const text = `[supervisord]\n${daemon}\n[program:web]\ncommand=/bin/cat\n${lines}\n`;
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  return loadConfig({ configFile: "/s.conf", options: {}, environment });
}

function program(lines: string): ProcessSpec {
  const spec = load(lines).groups[0]?.processes[0];
  assert.ok(spec !== undefined);
  return spec;
}

test("a program without these keys has nothing of them", () => {
  const spec = program("");
  assert.ok(!("restart" in spec) && !("ending" in spec));
  assert.equal(spec.startRetries, 3);
});

const FULL = {
  shape: "constant",
  baseMs: 5000,
  factor: 2,
  maxMs: Infinity,
  jitter: 0,
  resetMs: 60_000,
  afterRun: true,
};
const DELAYS: readonly [string, object][] = [
  ["restart_delay=5", FULL],
  ["restart_delay=500ms", { ...FULL, baseMs: 500 }],
  ["restart_delay=5\nrestart_backoff=linear", { ...FULL, shape: "linear", maxMs: 300_000 }],
  ["restart_backoff=Exponential", {
    ...FULL,
    shape: "exponential",
    baseMs: 1000,
    maxMs: 300_000,
  }],
  [
    "restart_backoff=exponential\nrestart_backoff_factor=1.5\nrestart_backoff_max=1m\n" +
    "restart_backoff_jitter=20%%\nrestart_backoff_reset=2m",
    {
      ...FULL,
      shape: "exponential",
      baseMs: 1000,
      factor: 1.5,
      maxMs: 60_000,
      jitter: 0.2,
      resetMs: 120_000,
    },
  ],
  ["restart_backoff_max=30", {
    ...FULL,
    shape: "linear",
    baseMs: 1000,
    maxMs: 30_000,
    afterRun: false,
  }],
];
for (const [lines, expected] of DELAYS) {
  test(`the delays of ${JSON.stringify(lines)}`, () => {
    assert.deepEqual(program(lines).restart, { delay: expected, limit: null });
  });
}

test("restart_limit alone leaves the timing as it is", () => {
  assert.deepEqual(program("restart_limit = 5/1m").restart, {
    delay: null,
    limit: { count: 5, withinMs: 60_000 },
  });
});

test("never giving up has a spelling of ours and one that Supervisor accepts", () => {
  assert.equal(program("startretries=unlimited").startRetries, Infinity);
  assert.equal(program("startretries_unlimited=true").startRetries, Infinity);
  assert.equal(program("startretries=7\nstartretries_unlimited=false").startRetries, 7);
});

const ENDINGS: readonly [string, object | undefined][] = [
  ["essential=true", { onExit: true, onFatal: true }],
  ["on_exit=shutdown", { onExit: true, onFatal: false }],
  ["on_fatal=shutdown", { onExit: false, onFatal: true }],
  ["on_exit=none", undefined],
  ["essential=false\non_fatal=/bin/mail", undefined],
];
for (const [lines, expected] of ENDINGS) {
  test(`the ends that ${JSON.stringify(lines)} makes the daemon's`, () => {
    assert.deepEqual(program(lines).ending, expected);
  });
}

test("exit_when is never unless it says something else", () => {
  assert.equal(load("").daemon.exitWhen, "never");
  assert.equal(load("", "exit_when=all_stopped").daemon.exitWhen, "all_stopped");
});

test("a change of these keys is a change of the program", () => {
  const groups = (lines: string) => load(lines).groups;
  const changed = (a: string, b: string) => diffGroups(groups(a), groups(b)).changed.length;
  assert.equal(changed("", "restart_limit=5/60s"), 1);
  assert.equal(changed("restart_delay=5", "restart_delay=6"), 1);
  assert.equal(changed("essential=true", ""), 1);
  assert.equal(changed("restart_delay=5", "restart_delay=5s"), 0);
});

const BAD: readonly [string, string, string][] = [
  ["restart_delay=soon", "not a length of time: 'soon'", "seconds, or a number"],
  [
    "restart_backoff=exponental",
    "not one of constant, linear or exponential: 'exponental'",
    "did you mean exponential?",
  ],
  ["restart_backoff_factor=0.5", "not a number from 1 to 100: '0.5'", "from 1 to 100"],
  ["restart_backoff_jitter=2", "not a part of the delay: '2'", "20%"],
  ["restart_limit=5", "not a number of restarts and a time: '5'", "5/60s"],
  ["restart_limit=0/60s", "not a number of restarts and a time: '0/60s'", "5/60s"],
  ["restart_limit=5/0", "the time must be more than 0: '5/0'", "5/60s"],
  ["on_exit=shutdwn", "not one of none or shutdown: 'shutdwn'", "did you mean shutdown?"],
  ["startretries=unlimted", "invalid literal for int()", "a whole number"],
];
for (const [line, message, wanted] of BAD) {
  test(`${line} is refused with its place and what would be right`, () => {
    const text = `[supervisord]\n[program:web]\ncommand=/bin/cat\n${line}\n`;
    const environment = fakeEnvironment({ files: { "/s.conf": text } });
    const [first] = checkConfig({ configFile: "/s.conf", options: {}, environment });
    assert.ok(first !== undefined);
    assert.equal(first.severity, "error");
    assert.ok(first.message.startsWith(message), first.message);
    assert.ok(first.hint?.includes(wanted), first.hint ?? "no hint");
    assert.deepEqual([first.file, first.line], ["/s.conf", 4]);
  });
}

test("a cap below the first delay is refused", () => {
  assert.throws(
    () => program("restart_delay=10\nrestart_backoff_max=5"),
    /restart_backoff_max is less than restart_delay, the first delay in section 'program:web'/,
  );
});
