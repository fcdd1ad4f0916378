/** Processes that wait for others, with children on paper. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupSpec, ProcessSpec } from "../../../src/config/types.ts";
import { type DependencyPolicy, parseRequirement } from "../../../src/process/dependencies.ts";
import { configOf, program, settle, World } from "../../support/supervised_world.ts";

function needs(on: string, over: Partial<DependencyPolicy> = {}): Partial<ProcessSpec> {
  const requirements = on.split(", ").map(parseRequirement);
  return {
    dependencies: { requirements, onFailure: "wait", onRestart: "ignore", ...over },
  };
}

/** By name, in the order they were spawned. */
const spawned = (world: World) =>
  world.runtime.spawns.map((spawn) => spawn.env["SUPERVISOR_PROCESS_NAME"]);

const START = { type: "start" } as const;
const STOP = { type: "stop" } as const;

function started(groups: readonly GroupSpec[]): World {
  const world = new World(groups).begin();
  world.runtime.clock.advance(1000);
  return world;
}

test("the daemon starts along the graph, in parallel where it can, whatever the priorities", () => {
  const world = new World([
    program("app", { priority: 1, ...needs("db, cache:started") }),
    program("db", { priority: 2 }),
    program("cache", { priority: 3 }),
  ]).begin();
  assert.deepEqual(spawned(world), ["db", "cache"]);
  assert.equal(world.state("app"), "STOPPED");
  assert.equal(world.process("app").waitingFor, "waiting for db");
  world.runtime.clock.advance(1000);
  assert.deepEqual(spawned(world), ["db", "cache", "app"]);
  assert.equal(world.process("app").waitingFor, null);
  world.runtime.clock.advance(1000);
  assert.equal(world.runtime.clock.armed, 0, "nothing is left to wait for: no timer");
});

test("without depends_on there is no gate at all", () => {
  assert.equal(started([program("web")]).supervisor.dependencies, null);
});

test("completed is an expected end that no restart follows", () => {
  const once = { startSecs: 0, autorestart: "unexpected", autostart: true } as const;
  const world = started([program("migrate", once), program("app", needs("migrate:completed"))]);
  assert.equal(world.state("migrate"), "RUNNING");
  world.exit("migrate", 1);
  world.runtime.clock.advance(0);
  assert.equal(world.state("app"), "STOPPED", "a failed migration is tried again first");
  world.exit("migrate", 0);
  world.runtime.clock.advance(0);
  assert.equal(world.state("app"), "STARTING");
});

test("a process that ends by itself comes back only when its dependency is there", () => {
  const world = started([program("db"), program("app", needs("db"))]);
  world.runtime.clock.advance(1000);
  world.supervisor.submit(world.process("db"), STOP);
  world.exit("db", 0);
  assert.equal(world.state("app"), "RUNNING", "its end is not ours: on_dependency_restart=ignore");
  world.exit("app", 1);
  world.runtime.clock.advance(0);
  assert.equal(world.state("app"), "EXITED");
  assert.equal(world.process("app").waitingFor, "waiting for db");
  world.supervisor.submit(world.process("db"), START);
  world.runtime.clock.advance(1000);
  assert.equal(world.state("app"), "STARTING");
});

test("on_dependency_failure=fail makes what waits FATAL, and what waits for that as well", () => {
  const world = new World([
    program("db", { startRetries: 0 }),
    program("app", needs("db", { onFailure: "fail" })),
    program("top", needs("app", { onFailure: "fail" })),
    program("patient", needs("db")),
    program("careless", needs("db", { onFailure: "ignore" })),
  ]).begin();
  world.exit("db", 1);
  world.runtime.clock.advance(0);
  assert.equal(world.process("app").record.spawnError, "db, which it depends on, is FATAL");
  assert.equal(world.process("top").record.spawnError, "app, which it depends on, is FATAL");
  assert.equal(world.process("patient").waitingFor, "waiting for db (FATAL)");
  assert.equal(world.state("careless"), "STARTING");
  assert.deepEqual(world.logged().filter((line) => line.includes("gave up: app")), [
    "info: gave up: app entered FATAL state, db, which it depends on, is FATAL",
  ]);
});

test("on_dependency_restart=restart stops with the dependency and starts when it is back", () => {
  const world = started([program("db"), program("app", needs("db", { onRestart: "restart" }))]);
  world.runtime.clock.advance(1000);
  world.exit("db", 1);
  world.runtime.clock.advance(0);
  assert.equal(world.state("app"), "STOPPING");
  assert.equal(world.process("app").record.stopReason, "db, which it depends on, has ended");
  world.exit("app", 0);
  world.runtime.clock.advance(0);
  assert.equal(world.state("app"), "STOPPED");
  assert.equal(world.process("app").waitingFor, "waiting for db");
  world.runtime.clock.advance(1000);
  assert.equal(world.state("app"), "STARTING");
});

test("on_dependency_restart=stop stops, and leaves the start to somebody", () => {
  const world = started([program("db"), program("app", needs("db", { onRestart: "stop" }))]);
  world.runtime.clock.advance(1000);
  world.exit("db", 1);
  world.exit("app", 0);
  world.runtime.clock.advance(5000);
  assert.equal(world.state("db"), "RUNNING");
  assert.equal(world.state("app"), "STOPPED");
  assert.equal(world.process("app").waitingFor, null);
});

test("a completed migration may be run again under the application's feet", () => {
  const once = { startSecs: 0, autorestart: "never" } as const;
  const policy = { onRestart: "stop" } as const;
  const world = started([
    program("migrate", once),
    program("app", needs("migrate:completed", policy)),
  ]);
  world.exit("migrate", 0);
  world.runtime.clock.advance(1000);
  world.supervisor.submit(world.process("migrate"), START);
  world.runtime.clock.advance(0);
  world.exit("migrate", 0);
  assert.equal(world.state("app"), "RUNNING");
});

const IDLE = { autostart: false } as const;

test("who is asked for brings along what it needs, and is started when that is there", async () => {
  const world = started([
    program("db", IDLE),
    program("api", { ...IDLE, ...needs("db") }),
    program("app", { ...IDLE, ...needs("api") }),
  ]);
  const outcome = world.supervisor.dependencies?.request(world.process("app"));
  assert.deepEqual(spawned(world), ["db"]);
  world.runtime.clock.advance(1000);
  assert.deepEqual(spawned(world), ["db", "api"]);
  world.runtime.clock.advance(1000);
  assert.deepEqual(spawned(world), ["db", "api", "app"]);
  assert.equal(await outcome, "started");
});

test("who waits and is cancelled does not start any more until somebody asks", async () => {
  const world = new World([program("db", IDLE), program("app", needs("db"))]).begin();
  const gate = world.supervisor.dependencies;
  const outcome = gate?.request(world.process("app"));
  assert.equal(gate?.cancel(world.process("app")), true);
  assert.equal(gate?.cancel(world.process("app")), false);
  assert.equal(await outcome, "cancelled");
  world.runtime.clock.advance(5000);
  assert.equal(world.state("db"), "RUNNING");
  assert.equal(world.state("app"), "STOPPED");
  assert.equal(gate?.request(world.process("app")), null, "nothing keeps it any more");
});

test("who asks is told when a dependency has failed, and the process waits on", async () => {
  const world = new World([
    program("db", { ...IDLE, startRetries: 0 }),
    program("app", { ...IDLE, ...needs("db") }),
  ]).begin();
  const outcome = world.supervisor.dependencies?.request(world.process("app"));
  world.exit("db", 1);
  world.runtime.clock.advance(0);
  assert.equal(await outcome, "blocked");
  assert.equal(world.process("app").waitingFor, "waiting for db (FATAL)");
  world.supervisor.submit(world.process("db"), START);
  world.runtime.clock.advance(1000);
  assert.equal(world.state("app"), "STARTING");
});

test("a group that comes later opens the way for those that wait for it", () => {
  const world = new World([program("app", needs("db"))]).begin();
  assert.equal(world.process("app").waitingFor, "waiting for db (not active)");
  world.config = configOf([program("db"), program("app", needs("db"))]);
  assert.equal(world.supervisor.addGroup("db"), "added");
  world.runtime.clock.advance(1000);
  assert.equal(world.state("app"), "STARTING");
});

test("a shutdown stops dependants first, whatever their priority", async () => {
  const world = started([
    program("app", { priority: 1, ...needs("db") }),
    program("db", { priority: 5 }),
    program("other", { priority: 5 }),
  ]);
  world.runtime.clock.advance(1000);
  const pid = (name: string) => world.process(name).record.pid;
  const [app, db, other] = [pid("app"), pid("db"), pid("other")];
  const sent = () => world.runtime.sent.map((one) => one.pid);
  world.supervisor.requestShutdown();
  world.runtime.clock.advance(0);
  await settle();
  assert.deepEqual(sent(), [other, app]);
  world.exit("app", 0);
  await settle();
  assert.deepEqual(sent(), [other, app, db]);
  world.exit("db", 0);
  world.exit("other", 0);
  assert.equal(await world.supervisor.finished(), "SHUTDOWN");
});
