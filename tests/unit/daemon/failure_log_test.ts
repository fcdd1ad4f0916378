/** What is kept of failures: noted at once, found out a little later, and no more than needed. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FailureLog } from "../../../src/daemon/failure_log.ts";
import { OomCounter } from "../../../src/daemon/oom.ts";
import type { Process } from "../../../src/daemon/process.ts";
import { Statistics } from "../../../src/daemon/statistics.ts";
import type { Surroundings } from "../../../src/daemon/surroundings.ts";
import { EventBus } from "../../../src/events/bus.ts";
import type { DaemonEvent } from "../../../src/events/types.ts";
import { type FailureReport, REPORTS_KEPT } from "../../../src/process/failure.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import type { StateChange } from "../../../src/process/machine_types.ts";
import type { ExitStatus } from "../../../src/process/signals.ts";
import { processSpec } from "../../support/process_spec.ts";
import { FakeRuntime } from "../../support/fake_runtime.ts";

const KILLED: ExitStatus = { type: "signalled", signal: 9, coreDumped: false };

function setUp(oomKills: () => number = () => 0) {
  const runtime = new FakeRuntime();
  const bus = new EventBus();
  const statistics = new Statistics();
  const surroundings = {
    runtime,
    bus,
    config: () => ({ serverUrl: null }),
  } as unknown as Surroundings;
  const files = () => ({
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.events": `oom_kill ${oomKills()}\n`,
  } as Record<string, string>);
  const oom = new OomCounter((path) => files()[path] ?? assert.fail(path));
  const onDefect = (error: unknown) => assert.fail(String(error));
  const isManaged = () => false;
  const log = new FailureLog({ surroundings, statistics, isManaged, onDefect }, oom);
  const reported: FailureReport[] = [];
  bus.subscribe(["PROCESS_FAILURE"], (event: DaemonEvent) => {
    if (event.kind === "process-failure") reported.push(event.report);
  });
  /** Time goes on, and the code that explains is loaded. */
  const explained = async (count: number) => {
    runtime.clock.advance(50);
    for (let i = 0; i < 1000 && reported.length < count; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(reported.length, count);
  };
  return { runtime, log, statistics, reported, explained };
}

function failed(exit: ExitStatus, over: { path?: string; said?: number } = {}): Process {
  const startedAt = { mono: -300, wall: 0 };
  return {
    spec: processSpec("web", { command: "/srv/web", environment: { SECRET: "x" } }),
    name: "web",
    groupName: "web",
    record: { ...NEW_RECORD, state: "EXITED", startedAt, lastExit: exit },
    failures: [],
    lastUsage: { userSeconds: 1, systemSeconds: 2, maxResidentBytes: 3 },
    standInReason: null,
    logPath: (channel: string) => channel === "stderr" ? over.path ?? null : null,
    bytesOfRun: () => over.said ?? 0,
  } as unknown as Process;
}

const EXITED: StateChange = { from: "RUNNING", to: "EXITED", pid: 42, tries: 0, expected: false };

test("a failure is noted at once and explained 50 ms later, with no timer left", async () => {
  const { runtime, log, explained } = setUp();
  const web = failed({ type: "exited", code: 3 });
  log.note(web, EXITED);
  log.note(web, EXITED);
  assert.equal(web.failures.length, 0);
  assert.equal(runtime.clock.armed, 1, "one timer for all");
  await explained(2);
  assert.equal(runtime.clock.armed, 0);
  const [report] = web.failures;
  assert.equal(report?.reason, "exit status 3 after 0.3 seconds");
  assert.equal(report?.pid, 42);
  assert.deepEqual(report?.usage, { userSeconds: 1, systemSeconds: 2, maxResidentBytes: 3 });
  assert.match(report?.revision ?? "", /^[0-9a-f]{8}$/);
  assert.ok(!JSON.stringify(report).includes("SECRET"));
});

test("only the latest reports are kept", async () => {
  const { log, explained } = setUp();
  const web = failed({ type: "exited", code: 3 });
  for (let i = 0; i < REPORTS_KEPT + 3; i++) log.note(web, { ...EXITED, pid: 100 + i });
  await explained(REPORTS_KEPT + 3);
  assert.equal(web.failures.length, REPORTS_KEPT);
  assert.equal(web.failures.at(-1)?.pid, 100 + REPORTS_KEPT + 2);
});

test("the last lines are those of the run that failed, not of the next, without escapes", async () => {
  const directory = mkdtempSync(join(tmpdir(), "failure-log-"));
  try {
    const path = join(directory, "err.log");
    const words = "\x1b[31mred\x1b[0m\nlast\n";
    writeFileSync(path, `of an earlier run\n${words}`);
    const { log, explained, reported } = setUp();
    log.note(failed({ type: "exited", code: 1 }, { path, said: words.length }), EXITED);
    appendFileSync(path, "of the next run\n");
    await explained(1);
    assert.deepEqual(reported[0]?.output, { stdout: [], stderr: ["red", "last"] });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a log that is gone, or cut to its end, costs nothing but its lines", async () => {
  const directory = mkdtempSync(join(tmpdir(), "failure-log-"));
  try {
    const path = join(directory, "err.log");
    writeFileSync(path, "x".repeat(5000) + "\nthe end\n");
    const { log, explained, reported } = setUp();
    log.note(failed({ type: "exited", code: 1 }, { path: "/no/such", said: 10 }), EXITED);
    log.note(failed({ type: "exited", code: 1 }, { path, said: 5009 }), EXITED);
    await explained(2);
    assert.deepEqual(reported.map(({ output }) => output.stderr), [[], ["the end"]]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("who was killed while the kernel's count grew was killed for want of memory", async () => {
  let kills = 4;
  const { log, explained, reported, statistics } = setUp(() => kills);
  const web = failed(KILLED);
  log.note(web, EXITED);
  await explained(1);
  kills = 5;
  log.note(web, EXITED);
  await explained(2);
  assert.deepEqual(reported.map(({ oomKilled }) => oomKilled), [false, true]);
  assert.equal(reported[1]?.hints[0]?.code, "out-of-memory");
  assert.equal(statistics.oomKillsOf(web), 1);
});

test("what is not explained when the daemon ends is forgotten", () => {
  const { runtime, log } = setUp();
  log.note(failed(KILLED), EXITED);
  log.dispose();
  assert.equal(runtime.clock.armed, 0);
});
