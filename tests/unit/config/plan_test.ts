import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../../src/config/load.ts";
import { planUpdate, type Standing } from "../../../src/config/plan.ts";
import type { GroupSpec } from "../../../src/config/types.ts";
import { fakeEnvironment } from "./fake_environment.ts";

function groups(text: string, scale: Record<string, number> = {}): readonly GroupSpec[] {
  const environment = fakeEnvironment({ files: { "/s.conf": `[supervisord]\n${text}` } });
  return loadConfig({ configFile: "/s.conf", options: {}, environment, scale }).groups;
}

interface Options {
  readonly minimal?: boolean;
  readonly only?: readonly string[];
  readonly standing?: Readonly<Record<string, Standing>>;
  readonly disabled?: readonly string[];
}

/** `group action: process action (cause), …` */
function plan(before: string, after: string, o: Options = {}): string[] {
  return planUpdate({
    active: groups(before),
    read: groups(after),
    minimal: o.minimal ?? true,
    only: o.only === undefined ? null : new Set(o.only),
    standing: (_, name) => o.standing?.[name] ?? "running",
    isDisabled: (_, name) => o.disabled?.includes(name) ?? false,
  }).map(({ name, action, processes }) => {
    const parts = processes.map((one) => `${one.name} ${one.action} (${one.cause})`);
    return `${name} ${action}: ${parts.join(", ")}`;
  });
}

const P = "[program:p]\ncommand=a\n";
const Q = "[program:q]\ncommand=b\n";
const G = "[group:g]\nprograms=p,q\n";
const L = "[eventlistener:l]\ncommand=a\nevents=TICK_5\n";
const F = "[fcgi-program:f]\ncommand=a\nsocket=unix:///a\n";
const N = (count: number) => `${P}process_name=p%(process_num)d\nnumprocs=${count}\n`;

const CASES: readonly (readonly [string, string, string, string, Options])[] = [
  ["nothing", P, P, "", {}],
  ["a new program", P, P + Q, "q add: q start (added)", {}],
  ["a new program without autostart", P, `${P}${Q}autostart=false\n`, "q add: q add (added)", {}],
  ["a new program that is disabled", P, P + Q, "q add: q add (added)", { disabled: ["q"] }],
  ["a program that is gone", P + Q, P, "q remove: q stop (removed)", {}],
  ["a stopped program that is gone", P + Q, P, "q remove: q remove (removed)", {
    standing: { q: "parked" },
  }],
  ["another command", P, P.replace("=a", "=z"), "p reshape: p restart (changed)", {}],
  [
    "another command of one without autostart that runs",
    `${P}autostart=false\n`,
    `${P.replace("=a", "=z")}autostart=false\n`,
    "p reshape: p restart (changed)",
    {},
  ],
  [
    "another command of one that was stopped by hand",
    P,
    P.replace("=a", "=z"),
    "p reshape: p add (changed)",
    { standing: { p: "parked" } },
  ],
  [
    "another command of one that has failed",
    P,
    P.replace("=a", "=z"),
    "p reshape: p start (changed)",
    { standing: { p: "idle" } },
  ],
  [
    "settings that only the daemon goes by",
    P,
    `${P}priority=3\nautorestart=true\nstopwaitsecs=3\ntags=a\ndepends_on=q\n${Q}`,
    "p reshape: p adopt (changed)",
    { only: ["p"] },
  ],
  [
    "a log, which does need a restart",
    P,
    `${P}stdout_logfile=/x\n`,
    "p reshape: p restart (changed)",
    {},
  ],
  ["more processes", N(1), N(3), "p reshape: p1 start (scaled), p2 start (scaled)", {}],
  ["fewer processes", N(3), N(1), "p reshape: p1 stop (scaled), p2 stop (scaled)", {}],
  [
    "a changed member",
    G + P + Q,
    `${G}${P}${Q.replace("=b", "=z")}`,
    "g reshape: q restart (changed)",
    {},
  ],
  [
    "a new member",
    `${P}[group:g]\nprograms=p\n`,
    `${P}${Q}[group:g]\nprograms=p,q\n`,
    "g reshape: q start (added)",
    {},
  ],
  ["a group's priority", G + P + Q, `${G}priority=3\n${P}${Q}`, "g reshape: ", {}],
  ["events of listeners", L, L.replace("5", "60"), "l replace: l restart (group)", {}],
  ["a FastCGI socket", F, F.replace("///a", "///b"), "f replace: f restart (group)", {}],
  [
    "a FastCGI program with the same socket",
    F,
    F.replace("command=a", "command=b"),
    "f reshape: f restart (changed)",
    {},
  ],
];

for (const [what, before, after, expected, options] of CASES) {
  test(`planUpdate() minimally: ${what}`, () => {
    assert.deepEqual(plan(before, after, options), expected === "" ? [] : [expected]);
  });
}

test("planUpdate() replaces the whole group when it is not to be minimal", () => {
  const after = `${G}${P}${Q.replace("=b", "=z")}autostart=false\n`;
  assert.deepEqual(plan(G + P + Q, after, { minimal: false }), [
    "g replace: p restart (group), q stop (changed)",
  ]);
  assert.deepEqual(
    plan(G + P + Q, after, { minimal: false, standing: { p: "parked", q: "idle" } }),
    ["g replace: p start (group), q add (changed)"],
  );
});

test("planUpdate() puts removed groups first and leaves out groups that were not asked for", () => {
  const after = `${P.replace("=a", "=z")}[program:r]\ncommand=r\n`;
  assert.deepEqual(plan(P + Q, after).map((line) => line.split(":")[0]), [
    "q remove",
    "p reshape",
    "r add",
  ]);
  assert.deepEqual(plan(P + Q, after, { only: ["r"] }), ["r add: r start (added)"]);
});

test("a pool of listeners gets members, and what is about all of them replaces it", () => {
  const two = `${L}numprocs=2\nprocess_name=l%(process_num)d\n`;
  const three = two.replace("numprocs=2", "numprocs=3");
  assert.deepEqual(plan(two, three), ["l reshape: l2 start (scaled)"]);
  assert.deepEqual(plan(three, two), ["l reshape: l2 stop (scaled)"]);
  assert.deepEqual(plan(two, three, { minimal: false }), [
    "l replace: l0 restart (group), l1 restart (group), l2 start (scaled)",
  ]);
  assert.deepEqual(plan(two, `${two}buffer_size=50\n`), [
    "l replace: l0 restart (group), l1 restart (group)",
  ]);
});

test("scale goes before numprocs, and is noted only where it makes a difference", () => {
  const environment = fakeEnvironment({ files: { "/s.conf": `[supervisord]\n${N(2)}` } });
  const load = (scale: Record<string, number>) =>
    loadConfig({ configFile: "/s.conf", options: {}, environment, scale });
  const three = load({ p: 3, unknown: 7 });
  assert.equal(three.groups[0]?.processes.length, 3);
  assert.deepEqual(three.scaled, [{ program: "p", configured: 2, numprocs: 3 }]);
  assert.equal("scaled" in load({ p: 2 }), false);
  assert.throws(
    () =>
      loadConfig({
        configFile: "/s.conf",
        options: {},
        environment: fakeEnvironment({ files: { "/s.conf": `[supervisord]\n${P}` } }),
        scale: { p: 2 },
      }),
    /process_num/,
  );
});
