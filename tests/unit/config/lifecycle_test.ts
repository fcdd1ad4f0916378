/** Hooks, stop signals, reload and pid file, from the file to the settings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/config/errors.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function specOf(lines: string) {
  const text = `[supervisord]\n[program:web]\ncommand=/bin/cat\n${lines}\n`;
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  const { groups } = loadConfig({ configFile: "/s.conf", options: {}, environment });
  const spec = groups[0]?.processes[0];
  assert.ok(spec);
  return spec;
}

function errorOf(lines: string): ConfigError {
  try {
    specOf(lines);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("no error");
}

const LISTS: readonly [string, number, unknown][] = [
  ["stopsignal = HUP", 1, undefined],
  ["stopsignal = TERM:10, INT:5, KILL", 15, [
    { signal: 15, waitSecs: 10 },
    { signal: 2, waitSecs: 5 },
    { signal: 9, waitSecs: null },
  ]],
  ["stop_signals = sigint, 15 : 3", 2, [{ signal: 2, waitSecs: null }, {
    signal: 15,
    waitSecs: 3,
  }]],
  ["stopsignal = HUP\nstop_signals = TERM", 15, undefined],
  ["stop_signals = TERM:0", 15, [{ signal: 15, waitSecs: 0 }]],
];

for (const [lines, first, steps] of LISTS) {
  test(`stop signals: ${lines.replace("\n", "; ")}`, () => {
    const spec = specOf(lines);
    assert.equal(spec.stopSignal, first);
    assert.deepEqual(spec.stopSteps, steps);
  });
}

const BAD: readonly [string, string, RegExp][] = [
  ["stop_signals = TERM:x", "stop_signals", /not a valid number of seconds in 'TERM:x': 'x'/],
  ["stop_signals = TERM:-1", "stop_signals", /not a valid number of seconds/],
  ["stop_signals = TERM,", "stop_signals", /value '' is not a valid signal name/],
  ["stopsignal = TREM:5", "stopsignal", /value 'TREM' is not a valid signal name/],
  ["stopsignal = TREM", "stopsignal", /^value 'TREM' is not a valid signal name in section/],
  [`stop_signals = ${"TERM,".repeat(16)}TERM`, "stop_signals", /more than 16 signals/],
  ["reload_signal = NOPE", "reload_signal", /value 'NOPE' is not a valid signal name/],
  ["hook_timeout = 0", "hook_timeout", /not between 1 and 86400 seconds: '0'/],
  ["pre_start = sh -c 'x", "pre_start", /can't parse command .*: No closing quotation/],
  ["on_fatal =", "on_fatal", /the command is empty/],
  ["pid_file = run/x.pid", "pid_file", /pid_file is not an absolute path: 'run\/x.pid'/],
];

for (const [lines, key, message] of BAD) {
  test(`a bad value of ${key} is an error at its line: ${lines.slice(0, 40)}`, () => {
    const error = errorOf(lines);
    assert.match(error.message, message);
    assert.equal(error.key, key);
    assert.equal(error.line, 4);
    assert.equal(error.section, "program:web");
  });
}

test("hooks are read with their expansions, and what is not there is not in the settings", () => {
  const spec = specOf("pre_start = check %(program_name)s\nhook_timeout = 5");
  assert.deepEqual(spec.hooks, { commands: { pre_start: "check web" }, timeoutSecs: 5 });
  for (const key of ["hooks", "stopSteps", "reloadSignal", "pidFile"]) {
    assert.ok(!Object.hasOwn(specOf(""), key), key);
  }
});

test("a reload signal and a pid file are kept as they are", () => {
  const spec = specOf("reload_signal = HUP\npid_file = /run/%(program_name)s.pid");
  assert.equal(spec.reloadSignal, 1);
  assert.equal(spec.pidFile, "/run/web.pid");
});
