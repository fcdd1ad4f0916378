/** Random walks through the machine keep its invariants, whatever the policy and the inputs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOOK_NAMES, type HookName, type HookSpec } from "../../../src/process/hooks.ts";
import { dueAt, NEW_RECORD, step } from "../../../src/process/machine.ts";
import type {
  Autorestart,
  Effect,
  Input,
  Policy,
  ProcessRecord,
} from "../../../src/process/machine_types.ts";
import type { RestartDelay, RestartPolicy } from "../../../src/process/restart_policy.ts";
import { STOPPED_STATES } from "../../../src/process/states.ts";

/** A small generator with a seed, so that a failing walk can be walked again. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick<T>(random: () => number, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

function randomPolicy(random: () => number): Policy {
  return {
    name: "p",
    autostart: random() < 0.5,
    autorestart: pick<Autorestart>(random, ["never", "unexpected", "always"]),
    startSecs: pick(random, [-1, 0, 1, 5]),
    startRetries: pick(random, [0, 1, 3]),
    exitCodes: pick(random, [[], [0], [0, 2]]),
    stopSignal: 15,
    stopWaitSecs: pick(random, [0, 1, 10]),
    stopAsGroup: random() < 0.3,
    killAsGroup: random() < 0.3,
    ...(random() < 0.5 ? {} : { hooks: randomHooks(random) }),
    ...(random() < 0.5 ? {} : {
      stopSteps: [{ signal: 15, waitSecs: 1 }, { signal: 2, waitSecs: null }],
    }),
    ...(random() < 0.7 ? {} : { pidFile: "/run/p.pid" }),
    ...(random() < 0.5 ? {} : { restart: randomRestarts(random) }),
  };
}

function randomRestarts(random: () => number): RestartPolicy {
  const delay: RestartDelay = {
    shape: pick(random, ["constant", "linear", "exponential"]),
    baseMs: pick(random, [0, 500, 3000]),
    factor: 2,
    maxMs: pick(random, [5000, Infinity]),
    jitter: pick(random, [0, 0.5]),
    resetMs: 10_000,
    afterRun: random() < 0.7,
  };
  return {
    delay: random() < 0.7 ? delay : null,
    limit: random() < 0.5 ? { count: pick(random, [1, 4]), withinMs: 20_000 } : null,
  };
}

function randomHooks(random: () => number): HookSpec {
  const names = HOOK_NAMES.filter(() => random() < 0.5);
  const commands = Object.fromEntries(names.map((name) => [name, "true"]));
  return { commands, timeoutSecs: 30 };
}

/** Plays the part of the daemon and of the system: spawns, loses and refuses at random. */
class World {
  record: ProcessRecord = NEW_RECORD;
  now = 1000;
  mayStart = true;
  livePid = 0;
  readonly spawned: number[] = [];
  readonly reaped: number[] = [];
  readonly adopted: number[] = [];
  #hooks: HookName[] = [];
  #isSearching = false;
  readonly #policy: Policy;
  readonly #random: () => number;
  readonly #queue: Input[] = [];

  constructor(policy: Policy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  submit(input: Input): void {
    this.#queue.push(input);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const before = this.record;
      const frozen = JSON.stringify(before);
      const now = { mono: this.now, wall: this.now };
      const result = step(this.#policy, before, next, now, this.#random);
      assert.equal(JSON.stringify(before), frozen, "the record that went in was changed");
      this.record = result.record;
      this.#checkAnnouncements(before, result.effects);
      for (const effect of result.effects) this.#perform(effect);
    }
  }

  /** Every change of state has its event, and the events join up from old to new. */
  #checkAnnouncements(before: ProcessRecord, effects: readonly Effect[]): void {
    let state = before.state;
    for (const effect of effects) {
      if (effect.type !== "announce") continue;
      assert.equal(effect.change.from, state, "an event does not continue the one before");
      assert.notEqual(effect.change.to, effect.change.from, "an event without a change");
      state = effect.change.to;
    }
    assert.equal(this.record.state, state, "a change of state without its event");
  }

  #perform(effect: Effect): void {
    if (effect.type === "spawn") {
      assert.equal(this.livePid, 0, "a second process was spawned beside a live one");
      if (this.#random() < 0.2) {
        this.#queue.push({ type: "spawnFailed", reason: "no luck" });
        return;
      }
      this.livePid = 100 + this.spawned.length;
      this.spawned.push(this.livePid);
      this.#queue.push({ type: "spawned", pid: this.livePid });
    } else if (effect.type === "kill") {
      assert.equal(effect.pid, this.livePid, "a signal to a pid that is not ours");
      assert.ok(effect.pid > 0);
      if (this.#random() < 0.03) this.#queue.push({ type: "killFailed", reason: "EPERM" });
      else if (effect.signal === 9) this.exit();
    } else if (effect.type === "hook") {
      this.#hooks.push(effect.hook);
    } else if (effect.type === "cancelHook") {
      this.#hooks = this.#hooks.filter((hook) => hook !== "pre_start" && hook !== "secret_command");
    } else if (effect.type === "findMainPid") {
      this.#isSearching = true;
    }
  }

  /** What runs beside the process ends, in the order in which it began. */
  settle(): void {
    const hook = this.#hooks.shift();
    if (hook !== undefined) {
      const failure = this.#random() < 0.3 ? "exit status 1" : null;
      this.submit({ type: "hookDone", hook, failure });
    }
    if (!this.#isSearching) return;
    this.#isSearching = false;
    if (this.#random() < 0.3) {
      this.submit({ type: "mainPidMissing", reason: "nobody is there" });
      return;
    }
    this.livePid = 10_000 + this.adopted.length;
    this.adopted.push(this.livePid);
    this.submit({ type: "mainPid", pid: this.livePid });
  }

  exit(): void {
    if (this.livePid === 0) return;
    this.reaped.push(this.livePid);
    this.livePid = 0;
    const exit = this.#random() < 0.3
      ? { type: "signalled", signal: 9, coreDumped: false } as const
      : { type: "exited", code: pick(this.#random, [0, 1, 2]) } as const;
    this.#queue.push({ type: "exited", exit });
  }

  checkInvariants(): void {
    const { record } = this;
    assert.equal(record.pid, this.livePid, "the record's pid is not the live one");
    if (record.state === "RUNNING" || record.state === "STOPPING") {
      assert.ok(record.pid !== 0 || record.waitsFor === "main_pid");
    }
    if (STOPPED_STATES.has(record.state) && record.state !== "UNKNOWN") assert.equal(record.pid, 0);
    if (record.state === "BACKOFF") {
      assert.ok(record.tries > 0 || this.#policy.restart !== undefined);
      assert.ok(record.deadline < Infinity, "a BACKOFF without an end");
    }
    if (record.stopping) assert.equal(record.state, "STOPPING");
    assert.equal(record.starts, this.spawned.length);
  }
}

function walk(seed: number): void {
  const random = randomFrom(seed);
  const policy = randomPolicy(random);
  const world = new World(policy, random);
  for (let i = 0; i < 300; i++) {
    world.now += Math.floor(random() * 1500);
    switch (pick(random, ["start", "stop", "signal", "exit", "look", "look", "settle", "time"])) {
      case "start":
        if (world.mayStart) world.submit({ type: "start" });
        break;
      case "stop":
        world.submit({ type: "stop" });
        break;
      case "signal":
        world.submit({ type: "signal", signal: 1 });
        break;
      case "settle":
        world.settle();
        break;
      case "exit":
        world.exit();
        world.submit({ type: "look", mayStart: world.mayStart });
        break;
      case "look":
        world.submit({ type: "look", mayStart: world.mayStart });
        break;
      case "time": {
        const due = dueAt(policy, world.record, world.mayStart);
        if (Number.isFinite(due)) world.now = Math.max(world.now, due);
        world.submit({ type: "look", mayStart: world.mayStart });
      }
    }
    world.checkInvariants();
  }

  // The final stop: whatever the state, it settles and nothing is due ever after.
  world.mayStart = false;
  const isThrough = () => STOPPED_STATES.has(world.record.state) && world.record.waitsFor === null;
  for (let i = 0; i < 40 && !isThrough(); i++) {
    world.submit({ type: "giveUp" });
    world.settle();
    if (random() < 0.5) world.exit();
    const due = dueAt(policy, world.record, false);
    if (Number.isFinite(due)) world.now = Math.max(world.now, due);
    world.submit({ type: "look", mayStart: false });
    world.checkInvariants();
  }
  if (world.record.state === "UNKNOWN") {
    world.exit();
    world.submit({ type: "look", mayStart: false });
  }
  assert.ok(STOPPED_STATES.has(world.record.state), `did not settle: ${world.record.state}`);
  assert.equal(dueAt(policy, world.record, false), Infinity, "due after the final stop");
  const known = [...world.spawned, ...world.adopted].sort((a, b) => a - b);
  const reaped = [...world.reaped].sort((a, b) => a - b);
  assert.deepEqual(reaped, known, "each pid is reaped exactly once");
}

const WALKS_PER_TEST = 40;

for (let first = 1; first <= 400; first += WALKS_PER_TEST) {
  const last = first + WALKS_PER_TEST - 1;
  test(`random walks of 300 inputs keep the invariants (seeds ${first} to ${last})`, () => {
    for (let seed = first; seed <= last; seed++) {
      try {
        walk(seed);
      } catch (cause) {
        throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : cause}`, {
          cause,
        });
      }
    }
  });
}
