/** The keys about watched files: what is understood, and what is said about bad ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function program(lines: string) {
  const text = `[supervisord]\n[program:web]\ncommand=/bin/cat\n${lines}\n`;
  const environment = fakeEnvironment({ files: { "/s.conf": text } });
  const config = loadConfig({ configFile: "/s.conf", options: {}, environment });
  return config.groups[0]?.processes[0];
}

test("watched files have defaults, and every key is read", () => {
  assert.deepEqual(program("watch = /srv/app/, /etc/*.conf")?.watch, {
    globs: ["/srv/app", "/etc/*.conf"],
    ignore: [],
    debounceMs: 500,
    action: { kind: "restart" },
  });
  const lines = "watch = /a\nwatch_ignore = .git\nwatch_debounce = 2s\nwatch_action = signal:HUP";
  assert.deepEqual(program(lines)?.watch, {
    globs: ["/a"],
    ignore: [".git"],
    debounceMs: 2000,
    action: { kind: "signal", signal: 1 },
  });
});

test("a program that watches nothing is the very object it was", () => {
  assert.deepEqual(program("watch ="), program(""));
});

test("relative places and unknown actions are refused", () => {
  assert.throws(() => program("watch = src"), /not an absolute path: 'src'/);
  assert.throws(() => program("watch = /a\nwatch_action = reboot"), /not an action: 'reboot'/);
  assert.throws(() => program("watch = /a\nwatch_action = signal:FOO"), /not an action/);
});
