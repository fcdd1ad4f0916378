/** What is added, on a terminal, to an error that people meet first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { actionHelp } from "../../../cli/doctor/action_help.ts";
import { startHelp } from "../../../cli/doctor/start_help.ts";

const PORT = "Another program is already listening on a port that one of our HTTP servers is " +
  "configured to use.  Shut this program down first before starting supervisord.";

/** The message, what is said. */
const STARTS: readonly (readonly [string, RegExp])[] = [
  ["could not find config file a.conf", /^echo_supervisord_conf > s\.conf .*\n.*--demo/],
  ["No config file found at default paths (a, b); use …", /^echo_supervisord_conf > s\.conf /],
  [PORT, /\[inet_http_server\] and \[unix_http_server\] of s\.conf .*\n.*ss -ltpx/],
  ["Can't drop privilege as nonroot user", /^s\.conf has user= .*\n.*sudo/],
  ["could not open the main log: EACCES: permission denied, open 'x'", /^logfile= .* s\.conf /],
  ["Cannot open an HTTP server: socket.error reported errno.EACCES (13)", /below 1024/],
  ["option --chekc not recognized", /^did you mean --check\?$/],
  ["option --frobnicate not recognized", /^$/],
  ["something else", /^$/],
];

for (const [message, wanted] of STARTS) {
  test(`a start that failed is helped: ${message.slice(0, 40)}`, () => {
    const options = ["check", "configuration"];
    const lines = startHelp({ message, configFile: "s.conf", cwd: "/etc", daemons: [], options });
    assert.match(lines.join("\n"), wanted);
  });
}

test("where the same file is being run, that is what listens", () => {
  const daemons = [{ pid: 7, configFile: null }, { pid: 8, configFile: "/etc/s.conf" }];
  const help = (configFile: string | null) =>
    startHelp({ message: PORT, configFile, cwd: "/etc", daemons, options: [] }).join("\n");
  assert.match(help("s.conf"), /runs with this file already, as pid 8: supervisorctl -c s\.conf /);
  assert.doesNotMatch(help("other/s.conf"), /pid/);
  assert.doesNotMatch(help(null), /pid/);
});

test("an action that nobody knows is told the nearest one", () => {
  assert.match(actionHelp(["statsu"], null).join(), /^did you mean status\? /);
  assert.match(actionHelp(["frobnicate"], null).join(), /^supervisorctl help /);
});

test("a start that failed is told where to look, other actions are not", () => {
  assert.deepEqual(actionHelp(["start", "web", "db"], "/s.conf"), [
    "supervisorctl status -v web db tells how a process ended",
    "supervisord --check -c /s.conf names commands and directories that are not there",
  ]);
  assert.match(actionHelp(["restart", "all"], null).join(), /^supervisorctl status -v tells/);
  assert.deepEqual(actionHelp(["stop", "web"], null), []);
});
