import assert from "node:assert/strict";
import { test } from "node:test";
import { columnize } from "../../../cli/ctl/help.ts";
import { runLine } from "./ctl_harness.ts";

const LIST = `
default commands (type help <topic>):
=====================================
add    exit      open  reload  restart   start   tail   
avail  fg        pid   remove  shutdown  status  update 
clear  maintail  quit  reread  signal    stop    version

`;

for (const line of ["help", "?", " ? "]) {
  test(`"${line}" lists the actions in columns`, async () => {
    assert.deepEqual((await runLine(line)).stdout, LIST);
  });
}

const TOPICS: readonly [line: string, stdout: string][] = [
  ["help quit", "quit\tExit the supervisor shell.\n"],
  ["?exit", "exit\tExit the supervisor shell.\n"],
  ["? reread", "reread \t\t\tReload the daemon's configuration files without add/remove\n"],
  [
    "help help",
    "help\t\tPrint a list of available actions\nhelp <action>\tPrint help for <action>\n",
  ],
  ["help fg", "fg <process>\tConnect to a process in foreground mode\n\t\tCtrl-C to exit\n"],
  [
    "help maintail",
    "maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)\n" +
    "maintail -100\tlast 100 *bytes* of supervisord main log file\n" +
    "maintail\tlast 1600 *bytes* of supervisor main log file\n\n",
  ],
  ["help foo", "*** No help on foo\n"],
  ["help EOF", "*** No help on EOF\n"],
  ["help start stop", "*** No help on start stop\n"],
  ["help toString", "*** No help on toString\n"],
];

for (const [line, stdout] of TOPICS) {
  test(`"${line}" prints its topic and returns 0`, async () => {
    const ran = await runLine(line);
    assert.equal(ran.stdout, stdout);
    assert.equal(ran.exit, 0);
  });
}

const LAYOUTS: readonly [words: string[], width: number, lines: string[]][] = [
  [["one"], 10, ["one"]],
  [["a", "b", "c"], 7, ["a  b  c"]],
  [["a", "b", "c"], 6, ["a  c", "b"]],
  [["a", "bb", "c", "d", "e"], 7, ["a   d", "bb  e", "c "]],
  [["ä", "bbb", "c"], 6, ["ä    c", "bbb"]],
  [["long", "longer"], 3, ["long", "longer"]],
];

for (const [words, width, lines] of LAYOUTS) {
  test(`columnize() lays ${words} out in ${width} columns`, () => {
    assert.deepEqual(columnize(words, width), lines);
  });
}
