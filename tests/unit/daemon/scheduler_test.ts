/** Schedules on a clock that the test moves, with children on paper. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessSpec } from "../../../src/config/types.ts";
import { Scheduler } from "../../../src/daemon/schedule/scheduler.ts";
import { cronTimes } from "../../../src/daemon/schedule/times.ts";
import type { Process } from "../../../src/daemon/process.ts";
import { NEW_RECORD } from "../../../src/process/machine.ts";
import type { Input, ProcessRecord } from "../../../src/process/machine_types.ts";
import type { SchedulePolicy } from "../../../src/process/schedule.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A full hour. */
const START = Date.UTC(2026, 5, 1, 12);

class Scheduled {
  readonly clock = new FakeClock(START);
  readonly starts: string[] = [];
  readonly inputs: Input[] = [];
  readonly lines: string[] = [];
  readonly process: Process;
  readonly scheduler: Scheduler;

  /** @param process as the daemon's program before has left it */
  constructor(policy: Partial<SchedulePolicy>, process: Partial<Process> = {}) {
    const schedule: SchedulePolicy = {
      expression: "*/10 * * * *",
      timezone: "UTC",
      jitterMs: 0,
      concurrency: "skip",
      timeoutMs: null,
      ...policy,
    };
    const spec = { schedule } as ProcessSpec;
    const fresh = { name: "job", spec, record: NEW_RECORD, schedule: null };
    this.process = { ...fresh, ...process } as unknown as Process;
    this.scheduler = new Scheduler({
      clock: this.clock,
      random: () => 0.5,
      submit: (_, input) => void this.inputs.push(input),
      start: () => {
        this.starts.push(this.time());
        this.become({ state: "RUNNING", pid: 7, startedAt: this.now() });
      },
      log: (_, text) => void this.lines.push(text),
      onView: () => {},
      onDefect: (error) => {
        throw error;
      },
    });
    this.scheduler.rebuild([this.process]);
  }

  now() {
    return { mono: this.clock.monotonic(), wall: this.clock.wall() };
  }

  time(): string {
    return new Date(this.clock.wall()).toISOString().slice(11, 19);
  }

  become(change: Partial<ProcessRecord>): void {
    const before = this.process.record;
    this.process.record = { ...before, ...change };
    this.scheduler.changed(this.process, before);
  }

  end(): void {
    this.become({ state: "EXITED", pid: 0, stoppedAt: this.now() });
  }
}

test("runs come when the expression says, and the next one is told", () => {
  const world = new Scheduled({});
  assert.equal(world.process.schedule?.next, START + 10 * MINUTE);
  world.clock.advance(10 * MINUTE);
  world.end();
  world.clock.advance(10 * MINUTE);
  assert.deepEqual(world.starts, ["12:10:00", "12:20:00"]);
  assert.equal(world.process.schedule?.next, START + 30 * MINUTE);
  assert.equal(world.clock.armed, 1, "one timer, whatever there is to wait for");
});

test("jitter delays each run, and does not move the ones after it", () => {
  const world = new Scheduled({ jitterMs: 2 * MINUTE });
  world.clock.advance(11 * MINUTE);
  world.end();
  world.clock.advance(10 * MINUTE);
  assert.deepEqual(world.starts, ["12:11:00", "12:21:00"]);
});

test("skip leaves out what is due while the run before goes on", () => {
  const world = new Scheduled({ concurrency: "skip" });
  world.clock.advance(25 * MINUTE);
  assert.deepEqual(world.starts, ["12:10:00"]);
  assert.equal(world.process.schedule?.skipped, 1);
  assert.match(world.lines.join(), /a run of 'job' is due, but the one before goes on: left out/);
});

test("queue keeps one run until the one before has ended", () => {
  const world = new Scheduled({ concurrency: "queue" });
  world.clock.advance(35 * MINUTE);
  assert.equal(world.process.schedule?.isQueued, true);
  assert.equal(world.process.schedule?.skipped, 1, "one waits, not two");
  world.end();
  assert.deepEqual(world.starts, ["12:10:00", "12:35:00"]);
  assert.equal(world.process.schedule?.isQueued, false);
});

test("replace ends the run before, to begin the next", () => {
  const world = new Scheduled({ concurrency: "replace" });
  world.clock.advance(20 * MINUTE);
  assert.deepEqual(world.inputs, [{ type: "restart", reason: "its next run is due" }]);
});

test("a run that takes too long is stopped, whoever started it", () => {
  const world = new Scheduled({ timeoutMs: 90_000 });
  world.become({ state: "RUNNING", pid: 3, startedAt: world.now() });
  world.clock.advance(89_000);
  assert.deepEqual(world.inputs, []);
  world.clock.advance(1000);
  assert.deepEqual(world.inputs.map(({ type }) => type), ["stop"]);
  assert.equal(world.process.schedule?.timedOut, 1);
});

test("a clock set forward by half an hour makes up for what it skipped, once", () => {
  const world = new Scheduled({});
  world.clock.setWall(START + 35 * MINUTE);
  world.clock.advance(MINUTE);
  assert.deepEqual(world.starts, ["12:36:00"]);
  assert.equal(world.process.schedule?.next, START + 40 * MINUTE);
});

test("a clock set forward by days leaves out what it skipped, and says so", () => {
  const world = new Scheduled({});
  world.clock.setWall(START + 48 * HOUR);
  world.clock.advance(MINUTE);
  assert.deepEqual(world.starts, []);
  assert.match(world.lines.join(), /was due 2871 minutes ago: left out/);
  world.clock.advance(10 * MINUTE);
  assert.equal(world.starts.length, 1);
});

test("a clock set back by half an hour repeats nothing; one set back by days begins anew", () => {
  const world = new Scheduled({});
  world.clock.advance(20 * MINUTE);
  world.end();
  world.clock.setWall(START - 10 * MINUTE);
  world.clock.advance(39 * MINUTE);
  assert.deepEqual(world.starts.length, 1);
  world.clock.advance(MINUTE);
  assert.deepEqual(world.starts, ["12:10:00", "12:30:00"]);
  world.end();
  world.clock.setWall(START - 48 * HOUR);
  world.clock.advance(11 * MINUTE);
  assert.equal(world.starts.length, 3);
});

test("who has left is not started any more", () => {
  const world = new Scheduled({});
  world.scheduler.rebuild([]);
  assert.equal(world.clock.armed, 0);
});

const iso = (expression: string, zone: string, after: string, count: number) => {
  const next = cronTimes(expression, zone);
  const times: string[] = [];
  for (let at = Date.parse(after); times.length < count;) {
    at = next(at) ?? NaN;
    times.push(new Date(at).toISOString().slice(0, 16));
  }
  return times;
};

test("a time that summer time leaves out comes when the gap is over, and once", () => {
  assert.deepEqual(iso("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2), [
    "2026-03-29T01:00",
    "2026-03-30T00:30",
  ]);
});

test("a time that the end of summer time repeats comes once", () => {
  assert.deepEqual(iso("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2), [
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
});

test("every half hour is every half hour, also while the clocks change", () => {
  assert.deepEqual(iso("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:15:00Z", 4), [
    "2026-10-25T00:30",
    "2026-10-25T01:00",
    "2026-10-25T01:30",
    "2026-10-25T02:00",
  ]);
});

test("what the program before has left is gone on with: the queued run, the next one, the counts", () => {
  const busy = { ...NEW_RECORD, state: "RUNNING", pid: 7 } as const;
  const schedule = {
    nominal: START - 1000,
    next: START - 500,
    isQueued: true,
    skipped: 3,
    timedOut: 2,
  };
  const world = new Scheduled({ concurrency: "queue" }, { record: busy, schedule });
  // Due while nobody looked: it finds one waiting already.
  world.clock.advance(0);
  const { isQueued, skipped, timedOut, next } = world.process.schedule ?? {};
  assert.deepEqual([isQueued, skipped, timedOut], [true, 4, 2]);
  assert.equal(next, START + 10 * MINUTE);
  world.end();
  assert.deepEqual(world.starts, ["12:00:00"]);

  // The run before has ended while the calendar was loaded.
  const ended = new Scheduled({ concurrency: "queue" }, {
    schedule: { ...schedule, nominal: START + HOUR, next: START + HOUR },
  });
  assert.deepEqual(ended.starts, ["12:00:00"]);
  assert.equal(ended.process.schedule?.isQueued, false);
});
