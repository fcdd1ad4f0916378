/** The sentences of `supervisorctl why`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Finding, parseRequirement } from "../../../src/process/dependencies.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import type { Policy, ProcessRecord } from "../../../src/process/machine_types.ts";
import { explain, type WhySubject } from "../../../src/process/why.ts";
import { processSpec } from "../../support/process_spec.ts";

const WALL = Date.UTC(2026, 0, 2, 3, 4, 5);
const at = (mono: number) => ({ mono, wall: WALL + mono });
const T = "2026-01-02T03:04:05.000Z";

function why(
  record: Partial<ProcessRecord>,
  policy: Partial<Policy> = {},
  over: Partial<WhySubject> = {},
): string[] {
  const subject: WhySubject = {
    policy: { ...processSpec("web"), ...policy },
    record: { ...NEW_RECORD, ...record },
    health: null,
    findings: [],
    waitingSince: null,
    ...over,
  };
  return explain(subject, at(4000));
}

const exit = { type: "exited", code: 3 } as const;
const finding = (text: string, over: Partial<Finding> = {}): Finding => ({
  requirement: parseRequirement(text),
  namespec: "db",
  state: "pending",
  now: "STARTING",
  ...over,
});

const ROWS: readonly [string, string[], string[]][] = [
  ["never started", why({}), ["not started: autostart=false, and nobody has asked for it"]],
  ["stopped before it could start", why({}, { autostart: true }), [
    "not started: somebody asked for a stop before it could start",
  ]],
  ["stopped by somebody", why({ startedAt: at(0), stoppedAt: at(0), lastExit: exit }), [
    `stopped at ${T}: somebody asked for it`,
    "its last process ended with exit status 3",
  ]],
  [
    "stopped for a reason",
    why({ startedAt: at(0), stoppedAt: at(0), stopReason: "db, which it depends on, has ended" }),
    [`stopped at ${T}: db, which it depends on, has ended`],
  ],
  ["STARTING", why({ state: "STARTING", startedAt: at(3000) }, { startSecs: 5 }), [
    "started 1 s ago; RUNNING after 5 s (startsecs)",
  ]],
  [
    "RUNNING with a check",
    why({ state: "RUNNING", startedAt: at(0) }, {}, {
      health: { ready: false, status: "starting", since: WALL, detail: "connection refused" },
    }),
    [`runs since ${T}`, `not ready, starting since ${T}: connection refused`],
  ],
  [
    "in BACKOFF",
    why({
      state: "BACKOFF",
      tries: 2,
      deadline: 5500,
      spawnError: "Exited too quickly",
      lastExit: exit,
    }, { startRetries: Infinity }),
    [
      "Exited too quickly",
      "its last process ended with exit status 3",
      "next try in 1.5 s (failed tries: 2, startretries=unlimited)",
    ],
  ],
  ["EXITED as expected", why({ state: "EXITED", exitCode: 0, lastExit: { ...exit, code: 0 } }), [
    "ended with exit status 0",
    "not started again: autorestart=unexpected, and this end was expected (exitcodes)",
  ]],
  [
    "EXITED and left alone",
    why({ state: "EXITED", exitCode: 3, lastExit: exit, stoppedAt: at(0) }, {
      autorestart: "never",
    }),
    [`ended with exit status 3 at ${T}`, "not started again: autorestart=false"],
  ],
  ["FATAL", why({ state: "FATAL", spawnError: "can't find command 'x'" }), [
    "can't find command 'x'",
    "it is not tried again until somebody starts it",
  ]],
  [
    "waiting",
    why({}, {}, {
      waitingSince: WALL,
      findings: [
        finding("db:healthy"),
        finding("cache", { state: "met" }),
        finding("job:completed", { namespec: "job", state: "failed", now: "FATAL" }),
        finding("late", { namespec: "late", now: "not active" }),
      ],
    }),
    [
      `waiting for db:healthy since ${T} (4 s ago): db is STARTING`,
      `waiting for job:completed since ${T} (4 s ago): job has failed (FATAL)`,
      `waiting for late since ${T} (4 s ago): late is not active`,
    ],
  ],
];
for (const [title, said, expected] of ROWS) {
  test(`why a process is ${title}`, () => assert.deepEqual(said, expected));
}

test("a program with a schedule is explained by it", () => {
  const schedule = { nominal: WALL, next: WALL, isQueued: false, skipped: 0, timedOut: 0 };
  assert.deepEqual(why({}, {}, { schedule }), [
    "not started: no run of its schedule has come yet",
    `its schedule runs it next at ${T}`,
  ]);
  const running = { state: "RUNNING", pid: 7, startedAt: at(0) } as const;
  assert.deepEqual(why(running, {}, { schedule: { ...schedule, isQueued: true } }), [
    `runs since ${T}`,
    "its next run is due, and waits for the end of this one",
    `its schedule runs it next at ${T}`,
  ]);
});
