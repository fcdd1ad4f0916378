import assert from "node:assert/strict";
import { test } from "node:test";
import { formatStopTime, formatUptime, processInfo } from "../../../src/rpc/process_info.ts";
import { FakeDaemon, groupSpec } from "../../support/fake_daemon.ts";
import { processSpec } from "../../support/process_spec.ts";

function daemonWith(overrides: Parameters<typeof processSpec>[1] = {}) {
  const daemon = new FakeDaemon([groupSpec("g", [processSpec("p", overrides)])]);
  return { daemon, process: daemon.find("g:p") };
}

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

test("a process that was never started is STOPPED and all zeros", () => {
  const { daemon, process } = daemonWith();
  assert.deepEqual(processInfo(daemon, process), {
    name: "p",
    group: "g",
    start: 0,
    stop: 0,
    now: NOW,
    state: 0,
    statename: "STOPPED",
    spawnerr: "",
    exitstatus: 0,
    logfile: "",
    stdout_logfile: "",
    stderr_logfile: "",
    pid: 0,
    description: "Not started",
  });
});

test("the members come in the order of the reference", () => {
  const { daemon, process } = daemonWith();
  const order = "name group start stop now state statename spawnerr exitstatus logfile " +
    "stdout_logfile stderr_logfile pid description";
  assert.equal(Object.keys(processInfo(daemon, process)).join(" "), order);
});

test("a RUNNING process tells its pid and uptime, the latter from the monotonic clock", () => {
  const { daemon, process } = daemonWith();
  process.logPaths.stdout = "/var/log/p.log";
  daemon.submit(process, { type: "start" });
  assert.equal(processInfo(daemon, process).description, "");
  daemon.advance(1.5);
  daemon.clock.setWall(0);
  const info = processInfo(daemon, process);
  assert.equal(info.statename, "RUNNING");
  assert.equal(info.description, `pid ${info.pid}, uptime 0:00:01`);
  assert.equal(info.start, NOW);
  assert.equal(info.now, 0);
  assert.deepEqual([info.logfile, info.stdout_logfile, info.stderr_logfile], [
    "/var/log/p.log",
    "/var/log/p.log",
    "",
  ]);
});

test("a process that exited tells when, and its code", () => {
  const { daemon, process } = daemonWith({ autorestart: "never" });
  daemon.submit(process, { type: "start" });
  daemon.advance(2);
  daemon.exit(process, 3);
  const info = processInfo(daemon, process);
  assert.equal(info.statename, "EXITED");
  assert.equal(info.exitstatus, 3);
  assert.equal(info.stop, NOW + 2);
  assert.equal(info.spawnerr, "Bad exit code 3");
  assert.equal(info.description, formatStopTime(new Date((NOW + 2) * 1000)));
});

test("a process that cannot be spawned tells why", () => {
  const { daemon, process } = daemonWith();
  process.spawnProblem = "can't find command 'x'";
  daemon.submit(process, { type: "start" });
  const info = processInfo(daemon, process);
  assert.deepEqual([info.statename, info.spawnerr, info.description], [
    "BACKOFF",
    "can't find command 'x'",
    "can't find command 'x'",
  ]);
});

test("times stop at the largest XML-RPC integer", () => {
  const { daemon, process } = daemonWith();
  daemon.clock.setWall(Date.UTC(2040, 0, 1));
  daemon.submit(process, { type: "start" });
  const info = processInfo(daemon, process);
  assert.deepEqual([info.start, info.now], [2147483647, 2147483647]);
});

test("the struct is the same object until something changes", () => {
  const { daemon, process } = daemonWith();
  const first = processInfo(daemon, process);
  assert.equal(processInfo(daemon, process), first);
  process.logPaths.stdout = "/new.log";
  const second = processInfo(daemon, process);
  assert.equal(second.logfile, "/new.log");
  daemon.advance(1);
  const third = processInfo(daemon, process);
  assert.equal(third.now, NOW + 1);
  daemon.submit(process, { type: "start" });
  assert.equal(processInfo(daemon, process).statename, "STARTING");
});

const UPTIMES: readonly [seconds: number, text: string][] = [
  [0, "0:00:00"],
  [59, "0:00:59"],
  [3599, "0:59:59"],
  [36000, "10:00:00"],
  [86399, "23:59:59"],
  [86400, "1 day, 0:00:00"],
  [86405, "1 day, 0:00:05"],
  [200000, "2 days, 7:33:20"],
  [100 * 86400 + 3661, "100 days, 1:01:01"],
];
for (const [seconds, text] of UPTIMES) {
  test(`an uptime of ${seconds} s reads ${text}`, () => {
    assert.equal(formatUptime(seconds), text);
  });
}

const STOP_TIMES: readonly [date: Date, text: string][] = [
  [new Date(Date.UTC(2026, 10, 23, 8, 33)), "Nov 23 08:33 AM"],
  [new Date(Date.UTC(2026, 0, 2, 0, 5)), "Jan 02 12:05 AM"],
  [new Date(Date.UTC(2026, 5, 30, 12, 0)), "Jun 30 12:00 PM"],
  [new Date(Date.UTC(2026, 11, 31, 23, 59)), "Dec 31 11:59 PM"],
];
for (const [date, text] of STOP_TIMES) {
  test(`${text} is how the time of a stop is written`, () => {
    assert.equal(formatStopTime(date), text);
  });
}
