/** When a process is checked and what the answers mean, on a clock that is only numbers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthPolicy } from "../../../src/process/health.ts";
import {
  healthDueAt,
  type HealthInput,
  NO_PROCESS,
  startingPause,
  stepHealth,
  viewOf,
} from "../../../src/process/health_machine.ts";

const TCP = { kind: "tcp", host: "h", port: 1 } as const;
const NOTIFY = { kind: "notify" } as const;

function policyOf(over: Partial<HealthPolicy>): HealthPolicy {
  return {
    readiness: null,
    readinessTimeoutMs: null,
    healthcheck: null,
    intervalMs: 10_000,
    timeoutMs: 5000,
    retries: 3,
    startPeriodMs: 0,
    onUnhealthy: "restart",
    ...over,
  };
}

/** A process with its time; `feed` says what came of an input as words. */
class Life {
  record = NO_PROCESS;
  now = 0;
  readonly policy: HealthPolicy;

  constructor(over: Partial<HealthPolicy>) {
    this.policy = policyOf(over);
  }

  feed(input: HealthInput): string[] {
    const moment = { mono: this.now, wall: 1_000_000 + this.now };
    const { record, effects } = stepHealth(this.policy, this.record, input, moment);
    this.record = record;
    return effects.map((effect) =>
      effect.type === "announce"
        ? effect.what
        : effect.type === "probe"
        ? `probe ${effect.role}`
        : effect.type
    );
  }

  /** Goes on to when the machine wants to look, and looks. */
  look(): string[] {
    const due = healthDueAt(this.record);
    assert.notEqual(due, Infinity, "the machine waits for nothing");
    this.now = Math.max(this.now, due);
    return this.feed({ type: "look" });
  }

  /** The next probe, answered. */
  probe(ok: boolean): string[] {
    const [what] = this.look();
    const role = what === "probe readiness" ? "readiness" : "healthcheck";
    assert.equal(what, `probe ${role}`);
    return this.feed({ type: "probed", role, ok, detail: ok ? "fine" : "refused" });
  }

  get status(): string {
    return `${this.record.ready ? "ready" : "not ready"}, ${this.record.status}`;
  }
}

test("without a process nothing is due and nothing is heard", () => {
  const life = new Life({ healthcheck: TCP, readiness: NOTIFY });
  assert.equal(healthDueAt(life.record), Infinity);
  for (const type of ["leaving", "reloading", "givenUp", "look"] as const) {
    assert.deepEqual(life.feed({ type }), []);
  }
  assert.deepEqual(life.feed({ type: "ready", detail: "" }), []);
  assert.equal(life.record, NO_PROCESS);
});

test("readiness is asked for in quick succession, then once a second, until it is there", () => {
  const life = new Life({ readiness: TCP });
  life.feed({ type: "spawned" });
  const at: number[] = [];
  for (let i = 0; i < 8; i++) {
    life.probe(false);
    at.push(life.now);
  }
  assert.deepEqual(at, [0, 50, 150, 350, 750, 1550, 2550, 3550]);
  assert.equal(life.status, "not ready, starting");
  assert.deepEqual(life.probe(true), ["READY"]);
  assert.equal(life.status, "ready, healthy");
  assert.equal(healthDueAt(life.record), Infinity, "nothing more to find out");
});

test("the pause of a starting process is never longer than the interval", () => {
  assert.equal(startingPause(1, 20), 20);
  assert.equal(startingPause(500, 10_000), 1000);
});

test("the health check begins when the process is ready", () => {
  const life = new Life({ readiness: NOTIFY, healthcheck: TCP });
  life.feed({ type: "spawned" });
  assert.equal(healthDueAt(life.record), Infinity);
  assert.deepEqual(life.feed({ type: "ready", detail: "it said so" }), ["READY"]);
  assert.equal(life.status, "ready, starting");
  assert.deepEqual(life.probe(true), ["HEALTHY"]);
  assert.equal(life.status, "ready, healthy");
  assert.equal(healthDueAt(life.record), 10_000);
});

test("so many failures in a row make it unhealthy, once, and one success healthy again", () => {
  const life = new Life({ healthcheck: TCP });
  life.feed({ type: "spawned" });
  assert.deepEqual(life.probe(true), ["READY", "HEALTHY"]);
  assert.deepEqual(life.probe(false), []);
  assert.deepEqual(life.probe(false), []);
  assert.deepEqual(life.probe(true), [], "the count begins anew");
  assert.deepEqual(life.probe(false), []);
  assert.deepEqual(life.probe(false), []);
  assert.equal(life.status, "ready, healthy");
  assert.deepEqual(life.probe(false), ["UNHEALTHY", "act"]);
  assert.equal(life.status, "not ready, unhealthy");
  assert.deepEqual(life.probe(false), [], "it was said");
  assert.deepEqual(life.probe(true), ["READY", "HEALTHY"]);
});

test("with a readiness check of its own an unhealthy process stays ready", () => {
  const life = new Life({ readiness: NOTIFY, healthcheck: TCP, retries: 1 });
  life.feed({ type: "spawned" });
  life.feed({ type: "ready", detail: "" });
  assert.deepEqual(life.probe(false), ["UNHEALTHY", "act"]);
  assert.equal(life.status, "ready, unhealthy");
});

test("failures in the start period do not count, after a success they do", () => {
  const life = new Life({ healthcheck: TCP, retries: 1, startPeriodMs: 5000 });
  life.feed({ type: "spawned" });
  while (life.now < 4000) assert.deepEqual(life.probe(false), []);
  assert.deepEqual(life.probe(true), ["READY", "HEALTHY"]);
  const early = new Life({ healthcheck: TCP, retries: 1, startPeriodMs: 60_000, intervalMs: 1000 });
  early.feed({ type: "spawned" });
  early.probe(true);
  assert.deepEqual(early.probe(false), ["UNHEALTHY", "act"]);
});

test("the start period ends: the failure after it counts", () => {
  const life = new Life({ healthcheck: TCP, retries: 1, startPeriodMs: 5000 });
  life.feed({ type: "spawned" });
  let effects: string[] = [];
  for (let i = 0; i < 20 && effects.length === 0; i++) effects = life.probe(false);
  assert.deepEqual(effects, ["UNHEALTHY", "act"]);
  assert.ok(life.now >= 5000 && life.now <= 6000, `at ${life.now}`);
});

test("who is not ready in time is unhealthy, and may still become ready", () => {
  const life = new Life({ readiness: NOTIFY, readinessTimeoutMs: 3000 });
  life.feed({ type: "spawned" });
  assert.equal(healthDueAt(life.record), 3000);
  assert.deepEqual(life.look(), ["UNHEALTHY", "act"]);
  assert.match(viewOf(life.record).detail, /^not ready after 3 s/);
  assert.equal(healthDueAt(life.record), Infinity);
  assert.deepEqual(life.feed({ type: "ready", detail: "late" }), ["READY"]);
  assert.equal(life.status, "ready, healthy");
});

test("EXTEND_TIMEOUT_USEC moves the end of the time to become ready, and never forward", () => {
  const life = new Life({ readiness: NOTIFY, readinessTimeoutMs: 3000 });
  life.feed({ type: "spawned" });
  life.now = 2000;
  life.feed({ type: "extend", ms: 4000 });
  assert.equal(healthDueAt(life.record), 6000);
  life.feed({ type: "extend", ms: 1 });
  assert.equal(healthDueAt(life.record), 6000);
});

test("a watchdog that is heard of in time is patient from the last word on", () => {
  const life = new Life({ healthcheck: NOTIFY, intervalMs: 1000, retries: 1 });
  life.feed({ type: "spawned" });
  life.now = 400;
  assert.deepEqual(life.feed({ type: "alive", detail: "" }), ["READY", "HEALTHY"]);
  life.now = 1300;
  assert.deepEqual(life.feed({ type: "alive", detail: "" }), []);
  assert.deepEqual(life.look(), [], "the window was moved");
  assert.equal(healthDueAt(life.record), 2300);
  assert.deepEqual(life.look(), ["UNHEALTHY", "act"]);
  assert.equal(viewOf(life.record).detail, "notify: nothing heard for 1 s");
});

test("a watchdog counts windows without a word, and the program may change their length", () => {
  const life = new Life({ healthcheck: NOTIFY, intervalMs: 1000, retries: 2 });
  life.feed({ type: "spawned" });
  life.feed({ type: "alive", detail: "" });
  life.feed({ type: "window", ms: 5000 });
  assert.deepEqual(life.look(), []);
  assert.equal(life.now, 5000);
  assert.deepEqual(life.look(), ["UNHEALTHY", "act"]);
  assert.equal(life.now, 10_000);
});

test("a program that gives itself up is unhealthy at once", () => {
  const life = new Life({ healthcheck: NOTIFY });
  life.feed({ type: "spawned" });
  assert.deepEqual(life.feed({ type: "givenUp" }), ["UNHEALTHY", "act"]);
});

test("who reloads is not ready until it says so again", () => {
  const life = new Life({ readiness: NOTIFY });
  life.feed({ type: "spawned" });
  life.feed({ type: "ready", detail: "" });
  life.feed({ type: "reloading" });
  assert.equal(life.status, "not ready, healthy");
  assert.equal(viewOf(life.record).detail, "reloading");
  assert.deepEqual(life.feed({ type: "ready", detail: "again" }), ["READY"]);
});

test("who leaves is not checked any more: the answer under way is dropped", () => {
  const life = new Life({ healthcheck: TCP, retries: 1 });
  life.feed({ type: "spawned" });
  life.probe(true);
  assert.deepEqual(life.look(), ["probe healthcheck"]);
  assert.deepEqual(life.feed({ type: "leaving" }), ["cancelProbe"]);
  const late = { type: "probed", role: "healthcheck", ok: false, detail: "refused" } as const;
  assert.deepEqual(life.feed(late), []);
  assert.equal(healthDueAt(life.record), Infinity);
  assert.equal(life.status, "not ready, healthy");
  assert.deepEqual(life.feed({ type: "gone" }), []);
  assert.equal(life.status, "not ready, starting");
});

test("one probe at a time: nothing is due while one is under way", () => {
  const life = new Life({ healthcheck: TCP });
  life.feed({ type: "spawned" });
  assert.deepEqual(life.look(), ["probe healthcheck"]);
  assert.equal(healthDueAt(life.record), Infinity);
});

test("what the process says of itself is shown, but not over what is wrong with it", () => {
  const life = new Life({ readiness: NOTIFY, healthcheck: TCP, retries: 1 });
  life.feed({ type: "spawned" });
  life.feed({ type: "said", text: "loading 40 %" });
  assert.equal(viewOf(life.record).detail, "loading 40 %");
  life.feed({ type: "ready", detail: "" });
  life.probe(false);
  assert.equal(viewOf(life.record).detail, "refused");
});

test("`since` changes with readiness and status alone", () => {
  const life = new Life({ healthcheck: TCP });
  life.feed({ type: "spawned" });
  life.probe(true);
  const { since } = life.record;
  life.probe(true);
  life.probe(false);
  assert.equal(life.record.since, since);
});

test("a process that lives on under another program of the daemon is what it was", () => {
  const life = new Life({ readiness: NOTIFY, healthcheck: TCP });
  const view = { ready: true, status: "healthy", since: 77, detail: "fine" } as const;
  assert.deepEqual(life.feed({ type: "resumed", view }), []);
  assert.deepEqual(viewOf(life.record), view);
  assert.deepEqual(life.probe(true), [], "nothing has changed");
  assert.equal(life.record.since, 77);
  const early = new Life({ readiness: NOTIFY, healthcheck: TCP });
  early.feed({ type: "resumed", view: { ...view, ready: false, status: "starting" } });
  assert.equal(healthDueAt(early.record), Infinity, "it still has to say that it is ready");
  assert.deepEqual(early.feed({ type: "ready", detail: "" }), ["READY"]);
});
