import assert from "node:assert/strict";
import { test } from "node:test";
import { diffGroups } from "../../../src/config/diff.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { GroupSpec } from "../../../src/config/types.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function groups(text: string): readonly GroupSpec[] {
  const environment = fakeEnvironment({ files: { "/s.conf": `[supervisord]\n${text}` } });
  return loadConfig({ configFile: "/s.conf", options: {}, environment }).groups;
}

function difference(before: string, after: string) {
  const { added, changed, removed } = diffGroups(groups(before), groups(after));
  const names = (list: readonly GroupSpec[]) => list.map(({ name }) => name);
  return [names(added), names(changed), names(removed)];
}

const P = "[program:p]\ncommand=a\n";
const L = "[eventlistener:l]\ncommand=a\nevents=TICK_5,TICK_60\n";
const F = "[fcgi-program:f]\ncommand=a\nsocket=unix:///a\n";
const G = `${P}[program:q]\ncommand=b\n[group:g]\nprograms=p,q\n`;

const CHANGES: readonly (readonly [string, string, string, string])[] = [
  ["the command", "p", P, P.replace("=a", "=b")],
  ["the priority", "p", P, `${P}priority=1\n`],
  ["stdout_logfile from AUTO to a path", "p", P, `${P}stdout_logfile=/tmp/x\n`],
  ["stdout_logfile from a path to AUTO", "p", `${P}stdout_logfile=/tmp/x\n`, P],
  ["the environment of [supervisord]", "p", P, `environment=A=1\n${P}`],
  ["the number of processes", "p", P, `${P}numprocs=0\n`],
  ["serverurl", "p", P, `${P}serverurl=http://x\n`],
  ["the signal", "p", P, `${P}stopsignal=HUP\n`],
  ["exit codes", "p", P, `${P}exitcodes=0,1\n`],
  ["the kind", "f", F, F.replace("fcgi-program", "program").replace("socket", "x")],
  ["the socket", "f", F, F.replace("///a", "///b")],
  ["the events", "l", L, L.replace(",TICK_60", "")],
  ["the buffer", "l", L, `${L}buffer_size=11\n`],
  ["what event lengths count", "l", L, `${L}event_length=bytes\n`],
  ["the group's priority", "g", G, `${G}priority=5\n`],
  ["the order of a group's programs", "g", G, G.replace("p,q", "q,p")],
  ["the members", "g", G, G.replace("p,q", "p")],
];

for (const [title, group, before, after] of CHANGES) {
  test(`diffGroups() notices a change of ${title}`, () => {
    assert.deepEqual(difference(before, after)[1], [group]);
  });
}

const NO_CHANGES: readonly (readonly [string, string, string])[] = [
  ["nothing", G, G],
  [
    "the same value written otherwise",
    `${P}stopsignal=TERM\nautostart=on\n`,
    `${P}stopsignal=15\n`,
  ],
  ["the signal by number", `${P}stopsignal=15\n`, P],
  ["the order of sections", `${P}${F}`, `${F}${P}`],
  ["the order of events", L, L.replace("TICK_5,TICK_60", "tick_60,TICK_5")],
  ["owner, mode and backlog of a socket", F, `${F}socket_mode=0777\nsocket_backlog=5\n`],
  ["unknown keys", P, `${P}zzz=1\n`],
  ["a group of its own name around a program", P, `${P}[group:p]\nprograms=p\n`],
];

for (const [title, before, after] of NO_CHANGES) {
  test(`diffGroups() takes ${title} for no change`, () => {
    assert.deepEqual(difference(before, after), [[], [], []]);
  });
}

test("diffGroups() gives added and changed in start order, removed in the order they run", () => {
  const before =
    "[program:z]\ncommand=a\n[program:y]\ncommand=a\npriority=1\n[program:c]\ncommand=a\n";
  const after = "[program:n]\ncommand=a\n[program:m]\ncommand=a\n[program:k]\ncommand=a\n" +
    "priority=5\n[program:c]\ncommand=b\n";
  assert.deepEqual(difference(before, after), [["k", "m", "n"], ["c"], ["y", "z"]]);
});

test("grouping programs removes their own groups", () => {
  assert.deepEqual(difference(G.replace(/\[group[^]*/, ""), G), [["g"], [], ["p", "q"]]);
});
