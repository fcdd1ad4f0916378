/** The rules of a process' life, one by one: process.md 3, 5 and 6 of the contract. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dueAt, NEW_RECORD, step } from "../../../src/process/machine.ts";
import type { Effect, Input, Policy, ProcessRecord } from "../../../src/process/machine_types.ts";
import type { ProcessState } from "../../../src/process/states.ts";
import { PLAIN_POLICY } from "../../support/policy.ts";

const policy = PLAIN_POLICY;

const at = (mono: number): { mono: number; wall: number } => ({ mono, wall: 1e12 + mono });
const exit = (code: number): Input => ({ type: "exited", exit: { type: "exited", code } });
const killed = (signal: number): Input => ({
  type: "exited",
  exit: { type: "signalled", signal, coreDumped: false },
});

function record(state: ProcessState, over: Partial<ProcessRecord> = {}): ProcessRecord {
  const alive = ["STARTING", "RUNNING", "STOPPING"].includes(state);
  return {
    ...NEW_RECORD,
    state,
    pid: alive ? 42 : 0,
    startedAt: state === "STOPPED" ? null : at(1000),
    stopping: state === "STOPPING",
    deadline: state === "STARTING" ? 2000 : state === "STOPPING" ? 12_000 : Infinity,
    starts: alive ? 1 : 0,
    stopStep: state === "STOPPING" ? 0 : -1,
    ...over,
  };
}

/** Effects as short lines, so that a table can show them in order. */
function lines(effects: readonly Effect[]): string[] {
  return effects.map((effect) => {
    switch (effect.type) {
      case "spawn":
        return "spawn";
      case "kill":
        return `kill ${effect.signal} ${effect.group ? "group" : "pid"} ${effect.pid}`;
      case "announce": {
        const { from, to, pid, tries, expected } = effect.change;
        return `${from}>${to} pid:${pid} tries:${tries} expected:${expected}`;
      }
      case "log":
        return `${effect.level}: ${effect.text}`;
      case "hook":
        return `hook ${effect.hook} ${effect.pid}`;
      case "cancelHook":
      case "findMainPid":
      case "sweep":
        return effect.type;
    }
  });
}

interface Row {
  readonly title: string;
  readonly policy?: Partial<Policy>;
  readonly from: ProcessRecord;
  readonly input: Input;
  readonly now?: number;
  /** Only these members of the new record are compared; "same" means nothing at all changed. */
  readonly to: Partial<ProcessRecord> | "same";
  readonly effects: readonly string[];
}

const success = "success: web entered RUNNING state, process has stayed up for > than 1 seconds " +
  "(startsecs)";
const lookNow: Input = { type: "look", mayStart: true };
const lookStopping: Input = { type: "look", mayStart: false };

const ROWS: readonly Row[] = [
  {
    title: "autostart: a new process starts at the first look",
    from: record("STOPPED"),
    input: lookNow,
    now: 5000,
    to: { state: "STARTING", startedAt: at(5000), deadline: Infinity },
    effects: ["STOPPED>STARTING pid:0 tries:0 expected:true", "spawn"],
  },
  {
    title: "a process that was started once is never autostarted again",
    from: record("STOPPED", { startedAt: at(1) }),
    input: lookNow,
    to: "same",
    effects: [],
  },
  {
    title: "nothing starts by itself once the daemon is stopping",
    from: record("STOPPED"),
    input: lookStopping,
    to: "same",
    effects: [],
  },
  {
    title: "spawned: the pid is noted and startsecs run from the spawn attempt",
    from: record("STARTING", { pid: 0, deadline: Infinity, starts: 0 }),
    input: { type: "spawned", pid: 77 },
    to: { state: "STARTING", pid: 77, deadline: 2000, starts: 1 },
    effects: ["info: spawned: 'web' with pid 77"],
  },
  {
    title: "a spawn that fails is a failed try: BACKOFF, one second for the first",
    from: record("STARTING", { pid: 0 }),
    input: { type: "spawnFailed", reason: "can't find command 'x'" },
    now: 1000,
    to: { state: "BACKOFF", tries: 1, deadline: 2000, spawnError: "can't find command 'x'" },
    effects: [
      "info: spawnerr: can't find command 'x'",
      "STARTING>BACKOFF pid:0 tries:1 expected:true",
    ],
  },
  {
    title: "STARTING becomes RUNNING when startsecs have passed",
    from: record("STARTING", { tries: 2 }),
    input: lookNow,
    now: 2000,
    to: { state: "RUNNING", tries: 0, deadline: Infinity },
    effects: ["STARTING>RUNNING pid:42 tries:0 expected:true", `info: ${success}`],
  },
  {
    title: "STARTING stays before startsecs have passed",
    from: record("STARTING"),
    input: lookNow,
    now: 1999,
    to: "same",
    effects: [],
  },
  {
    title: "an exit before startsecs is BACKOFF even with an expected code",
    from: record("STARTING"),
    input: exit(0),
    now: 1500,
    to: {
      state: "BACKOFF",
      pid: 0,
      tries: 1,
      exitCode: null,
      spawnError: "Exited too quickly (process log may have details)",
    },
    effects: [
      "STARTING>BACKOFF pid:42 tries:1 expected:true",
      "warn: exited: web (exit status 0; not expected)",
    ],
  },
  {
    title: "an exit at startsecs that nobody had looked at is RUNNING and then EXITED",
    from: record("STARTING"),
    input: exit(0),
    now: 2000,
    to: { state: "EXITED", pid: 0, exitCode: 0, tries: 0, spawnError: null },
    effects: [
      "STARTING>RUNNING pid:42 tries:0 expected:true",
      "RUNNING>EXITED pid:42 tries:0 expected:true",
      "info: exited: web (exit status 0; expected)",
    ],
  },
  {
    title: "startsecs=0: any exit is an exit, never a failed start",
    policy: { startSecs: 0 },
    from: record("STARTING", { deadline: 1000 }),
    input: exit(3),
    now: 1000,
    to: { state: "EXITED", exitCode: 3, spawnError: "Bad exit code 3" },
    effects: [
      "STARTING>RUNNING pid:42 tries:0 expected:true",
      "RUNNING>EXITED pid:42 tries:0 expected:false",
      "warn: exited: web (exit status 3; not expected)",
    ],
  },
  {
    title: "death by a signal is code -1 and unexpected",
    from: record("RUNNING"),
    input: killed(9),
    to: { state: "EXITED", exitCode: -1, spawnError: "Bad exit code -1" },
    effects: [
      "RUNNING>EXITED pid:42 tries:0 expected:false",
      "warn: exited: web (terminated by SIGKILL; not expected)",
    ],
  },
  {
    title: "autorestart=unexpected starts again after an unexpected code",
    from: record("EXITED", { exitCode: 1, starts: 1 }),
    input: lookNow,
    to: { state: "STARTING", restarts: 1, exitCode: null },
    effects: ["EXITED>STARTING pid:0 tries:0 expected:true", "spawn"],
  },
  {
    title: "autorestart=unexpected leaves an expected exit alone",
    from: record("EXITED", { exitCode: 0 }),
    input: lookNow,
    to: "same",
    effects: [],
  },
  {
    title: "autorestart=false leaves every exit alone",
    policy: { autorestart: "never" },
    from: record("EXITED", { exitCode: 1 }),
    input: lookNow,
    to: "same",
    effects: [],
  },
  {
    title: "autorestart=true starts again after an expected exit",
    policy: { autorestart: "always" },
    from: record("EXITED", { exitCode: 0 }),
    input: lookNow,
    to: { state: "STARTING" },
    effects: ["EXITED>STARTING pid:0 tries:0 expected:true", "spawn"],
  },
  {
    title: "an exited process stays down once the daemon is stopping",
    policy: { autorestart: "always" },
    from: record("EXITED", { exitCode: 1 }),
    input: lookStopping,
    to: "same",
    effects: [],
  },
  {
    title: "BACKOFF tries again when its delay is over",
    from: record("BACKOFF", { tries: 2, deadline: 3000 }),
    input: lookNow,
    now: 3000,
    to: { state: "STARTING", tries: 2 },
    effects: ["BACKOFF>STARTING pid:0 tries:2 expected:true", "spawn"],
  },
  {
    title: "BACKOFF waits while its delay runs",
    from: record("BACKOFF", { tries: 2, deadline: 3000 }),
    input: lookNow,
    now: 2999,
    to: "same",
    effects: [],
  },
  {
    title: "BACKOFF gives up at once when the tries are used up, without sitting out the delay",
    from: record("BACKOFF", { tries: 4, deadline: 9000 }),
    input: lookNow,
    now: 3000,
    to: { state: "FATAL", tries: 0 },
    effects: [
      "BACKOFF>FATAL pid:0 tries:0 expected:true",
      "info: gave up: web entered FATAL state, too many start retries too quickly",
    ],
  },
  {
    title: "startretries=0: one failure and it is over",
    policy: { startRetries: 0 },
    from: record("BACKOFF", { tries: 1, deadline: 9000 }),
    input: lookNow,
    to: { state: "FATAL" },
    effects: [
      "BACKOFF>FATAL pid:0 tries:0 expected:true",
      "info: gave up: web entered FATAL state, too many start retries too quickly",
    ],
  },
  {
    title: "stop in BACKOFF takes effect at once and sends nothing",
    from: record("BACKOFF", { tries: 2, deadline: 3000 }),
    input: { type: "stop" },
    to: { state: "STOPPED", deadline: Infinity },
    effects: [
      "debug: Attempted to kill web, which is in BACKOFF state.",
      "BACKOFF>STOPPED pid:0 tries:0 expected:true",
    ],
  },
  {
    title: "a shutdown that reaches BACKOFF makes it FATAL",
    from: record("BACKOFF", { tries: 2, deadline: 3000 }),
    input: { type: "giveUp" },
    to: { state: "FATAL", tries: 0, deadline: Infinity },
    effects: ["BACKOFF>FATAL pid:0 tries:0 expected:true"],
  },
  {
    title: "a shutdown leaves a stopped process alone",
    from: record("EXITED"),
    input: { type: "giveUp" },
    to: "same",
    effects: [],
  },
  {
    title: "stop sends the stop signal to the process and sets the deadline",
    from: record("RUNNING"),
    input: { type: "stop" },
    now: 5000,
    to: { state: "STOPPING", stopping: true, deadline: 15_000 },
    effects: [
      "debug: killing web (pid 42) with signal SIGTERM",
      "RUNNING>STOPPING pid:42 tries:0 expected:true",
      "kill 15 pid 42",
    ],
  },
  {
    title: "stopasgroup sends the stop signal to the whole group",
    policy: { stopAsGroup: true, killAsGroup: true, stopSignal: 2 },
    from: record("STARTING"),
    input: { type: "stop" },
    to: { state: "STOPPING" },
    effects: [
      "debug: killing web (pid 42) process group with signal SIGINT",
      "STARTING>STOPPING pid:42 tries:0 expected:true",
      "kill 2 group 42",
    ],
  },
  {
    title: "SIGKILL follows when stopwaitsecs are over, and the deadline is set again",
    from: record("STOPPING"),
    input: lookNow,
    now: 12_000,
    to: { state: "STOPPING", deadline: 22_000 },
    effects: [
      "warn: killing 'web' (42) with SIGKILL",
      "debug: killing web (pid 42) with signal SIGKILL",
      "kill 9 pid 42",
    ],
  },
  {
    title: "killasgroup sends SIGKILL to the whole group",
    policy: { killAsGroup: true },
    from: record("STOPPING"),
    input: lookStopping,
    now: 12_000,
    to: { state: "STOPPING" },
    effects: [
      "warn: killing 'web' (42) with SIGKILL",
      "debug: killing web (pid 42) process group with signal SIGKILL",
      "kill 9 group 42",
    ],
  },
  {
    title: "the exit of a stopping process is STOPPED and a warning unless the code is expected",
    from: record("STOPPING"),
    input: killed(15),
    to: { state: "STOPPED", pid: 0, stopping: false, exitCode: -1, spawnError: null },
    effects: [
      "STOPPING>STOPPED pid:42 tries:0 expected:true",
      "warn: stopped: web (terminated by SIGTERM)",
    ],
  },
  {
    title: "the expected exit of a stopping process is information",
    from: record("STOPPING"),
    input: exit(0),
    to: { state: "STOPPED", exitCode: 0 },
    effects: [
      "STOPPING>STOPPED pid:42 tries:0 expected:true",
      "info: stopped: web (exit status 0)",
    ],
  },
  {
    title: "start while the old process is still stopping is refused with a line in the log",
    from: record("STOPPING"),
    input: { type: "start" },
    to: "same",
    effects: ["warn: process 'web' already running"],
  },
  {
    title: "start leaves FATAL",
    from: record("FATAL"),
    input: { type: "start" },
    to: { state: "STARTING", restarts: 0 },
    effects: ["FATAL>STARTING pid:0 tries:0 expected:true", "spawn"],
  },
  {
    title: "a signal goes to the process alone, whatever stopasgroup says",
    policy: { stopAsGroup: true, killAsGroup: true },
    from: record("RUNNING"),
    input: { type: "signal", signal: 1 },
    to: "same",
    effects: ["debug: sending web (pid 42) sig SIGHUP", "kill 1 pid 42"],
  },
  {
    title: "a signal for nobody is a line in the log",
    from: record("EXITED"),
    input: { type: "signal", signal: 1 },
    to: "same",
    effects: ["debug: attempted to send web sig SIGHUP but it wasn't running"],
  },
  {
    title: "a refused signal makes the process UNKNOWN",
    from: record("STOPPING"),
    input: { type: "killFailed", reason: "EPERM" },
    to: { state: "UNKNOWN", stopping: false, deadline: Infinity },
    effects: [
      "critical: unknown problem killing web (42): EPERM",
      "STOPPING>UNKNOWN pid:42 tries:0 expected:true",
    ],
  },
  {
    title: "an UNKNOWN process that ends is STOPPED and does not come back by itself",
    policy: { autorestart: "always" },
    from: record("UNKNOWN", { pid: 42 }),
    input: exit(1),
    to: { state: "STOPPED", pid: 0 },
    effects: [
      "UNKNOWN>STOPPED pid:42 tries:0 expected:true",
      "warn: stopped: web (exit status 1)",
    ],
  },
];

const delayed: Partial<Policy> = {
  autorestart: "always",
  restart: {
    delay: {
      shape: "exponential",
      baseMs: 3000,
      factor: 2,
      maxMs: 60_000,
      jitter: 0,
      resetMs: 60_000,
      afterRun: true,
    },
    limit: null,
  },
};
const limited: Partial<Policy> = {
  autorestart: "always",
  restart: { delay: null, limit: { count: 1, withinMs: 60_000 } },
};
const once = { streak: 1, ends: [4000] };

const RESTART_ROWS: readonly Row[] = [
  {
    title: "restart_delay: after a run the process waits in BACKOFF, where it can be stopped",
    policy: delayed,
    from: record("RUNNING"),
    input: exit(0),
    now: 5000,
    to: {
      state: "BACKOFF",
      pid: 0,
      tries: 0,
      deadline: 8000,
      spawnError: "Exited with code 0, starts again",
      restartHistory: { streak: 1, ends: [] },
    },
    effects: [
      "RUNNING>EXITED pid:42 tries:0 expected:true",
      "info: exited: web (exit status 0; expected)",
      "EXITED>BACKOFF pid:0 tries:0 expected:true",
    ],
  },
  {
    title: "restart_delay: the delay grows over failed starts and runs alike",
    policy: delayed,
    from: record("STARTING", { restartHistory: { streak: 1, ends: [] } }),
    input: exit(1),
    now: 1500,
    to: { state: "BACKOFF", tries: 1, deadline: 7500, restartHistory: { streak: 2, ends: [] } },
    effects: [
      "STARTING>BACKOFF pid:42 tries:1 expected:true",
      "warn: exited: web (exit status 1; not expected)",
    ],
  },
  {
    title: "restart_delay: a process that autorestart leaves alone stays EXITED",
    policy: { ...delayed, autorestart: "never" },
    from: record("RUNNING"),
    input: exit(1),
    now: 5000,
    to: { state: "EXITED", deadline: Infinity, restartHistory: null },
    effects: [
      "RUNNING>EXITED pid:42 tries:0 expected:false",
      "warn: exited: web (exit status 1; not expected)",
    ],
  },
  {
    title: "restart_delay: the start after it is one that the machine made",
    policy: delayed,
    from: record("BACKOFF", { starts: 1, deadline: 8000, restartHistory: once }),
    input: lookNow,
    now: 8000,
    to: { state: "STARTING", restarts: 1, restartHistory: once },
    effects: ["BACKOFF>STARTING pid:0 tries:0 expected:true", "spawn"],
  },
  {
    title: "a start that was asked for makes delays and limits begin anew",
    policy: delayed,
    from: record("BACKOFF", { starts: 1, deadline: 8000, restartHistory: once }),
    input: { type: "start" },
    now: 6000,
    to: { state: "STARTING", restarts: 0, restartHistory: null },
    effects: ["BACKOFF>STARTING pid:0 tries:0 expected:true", "spawn"],
  },
  {
    title: "restart_limit: below it a process is started again at once, as ever",
    policy: limited,
    from: record("RUNNING"),
    input: exit(0),
    now: 4000,
    to: { state: "EXITED", restartHistory: once },
    effects: [
      "RUNNING>EXITED pid:42 tries:0 expected:true",
      "info: exited: web (exit status 0; expected)",
    ],
  },
  {
    title: "restart_limit: one end too many is BACKOFF, due at once",
    policy: limited,
    from: record("RUNNING", { restartHistory: once }),
    input: exit(0),
    now: 9000,
    to: { state: "BACKOFF", restartHistory: { streak: 2, ends: [4000, 9000] } },
    effects: [
      "RUNNING>EXITED pid:42 tries:0 expected:true",
      "info: exited: web (exit status 0; expected)",
      "EXITED>BACKOFF pid:0 tries:0 expected:true",
    ],
  },
  {
    title: "restart_limit: and then FATAL, which says so",
    policy: limited,
    from: record("BACKOFF", {
      deadline: 9000,
      restartHistory: { streak: 2, ends: [4000, 9000] },
      lastExit: { type: "exited", code: 7 },
    }),
    input: lookNow,
    now: 9000,
    to: {
      state: "FATAL",
      spawnError: "Gave up after more than 1 restart within 60 seconds (restart_limit); " +
        "the last: exit status 7",
    },
    effects: [
      "BACKOFF>FATAL pid:0 tries:0 expected:true",
      "info: gave up: web entered FATAL state, more than 1 restart within 60 seconds " +
      "(restart_limit)",
    ],
  },
  {
    title: "startretries=unlimited never gives up",
    policy: { startRetries: Infinity },
    from: record("BACKOFF", { tries: 5000, deadline: 1000 }),
    input: lookNow,
    now: 1000,
    to: { state: "STARTING" },
    effects: ["BACKOFF>STARTING pid:0 tries:5000 expected:true", "spawn"],
  },
  {
    title: "a start that is refused is FATAL, with the reason",
    from: record("STOPPED"),
    input: { type: "refuse", reason: "db, which it depends on, is FATAL" },
    to: { state: "FATAL", spawnError: "db, which it depends on, is FATAL" },
    effects: [
      "STOPPED>FATAL pid:0 tries:0 expected:true",
      "info: gave up: web entered FATAL state, db, which it depends on, is FATAL",
    ],
  },
  {
    title: "nothing that lives is refused",
    from: record("RUNNING"),
    input: { type: "refuse", reason: "whatever" },
    to: "same",
    effects: [],
  },
  {
    title: "a stop remembers why it was asked for, where it was not just asked for",
    from: record("RUNNING"),
    input: { type: "stop", reason: "db has ended" },
    now: 5000,
    to: { state: "STOPPING", stopReason: "db has ended" },
    effects: [
      "debug: killing web (pid 42) with signal SIGTERM",
      "RUNNING>STOPPING pid:42 tries:0 expected:true",
      "kill 15 pid 42",
    ],
  },
];

for (const row of [...ROWS, ...RESTART_ROWS]) {
  test(`step(): ${row.title}`, () => {
    const rules = { ...policy, ...row.policy };
    const result = step(rules, row.from, row.input, at(row.now ?? 5000));
    assert.deepEqual(lines(result.effects), row.effects);
    if (row.to === "same") {
      assert.equal(result.record, row.from);
      return;
    }
    for (const [key, value] of Object.entries(row.to)) {
      assert.deepEqual(result.record[key as keyof ProcessRecord], value, key);
    }
  });
}

const DUE: readonly [string, ProcessRecord, Partial<Policy>, boolean, number][] = [
  ["a new autostart process is due at once", record("STOPPED"), {}, true, -Infinity],
  ["but not without autostart", record("STOPPED"), { autostart: false }, true, Infinity],
  ["nor while the daemon stops", record("STOPPED"), {}, false, Infinity],
  ["an unexpected exit is due at once", record("EXITED", { exitCode: 1 }), {}, true, -Infinity],
  ["BACKOFF is due at its deadline", record("BACKOFF", { tries: 1, deadline: 7 }), {}, true, 7],
  ["used-up tries are due at once", record("BACKOFF", { tries: 4 }), {}, false, -Infinity],
  ["STARTING is due at startsecs", record("STARTING"), {}, true, 2000],
  ["STOPPING is due at stopwaitsecs, also in a shutdown", record("STOPPING"), {}, false, 12_000],
  ["RUNNING is never due", record("RUNNING"), {}, true, Infinity],
  ["FATAL is never due", record("FATAL"), {}, true, Infinity],
];

for (const [title, from, over, mayStart, want] of DUE) {
  test(`dueAt(): ${title}`, () => {
    assert.equal(dueAt({ ...policy, ...over }, from, mayStart), want);
  });
}
