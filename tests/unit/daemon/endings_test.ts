/** Programs that take the daemon with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { program, settle, World } from "../../support/supervised_world.ts";

const ESSENTIAL = { ending: { onExit: true, onFatal: true } } as const;

/** Everybody who still lives ends, and the daemon with them. */
async function finish(world: World, ...names: string[]): Promise<void> {
  world.runtime.clock.advance(0);
  for (const name of names) {
    world.exit(name, 0);
    await settle();
  }
  assert.equal(await world.supervisor.finished(), "SHUTDOWN");
}

test("an essential program that exits for good ends the daemon with its code", async () => {
  const world = new World([
    program("main", { ...ESSENTIAL, autorestart: "never" }),
    program("side"),
  ]).begin();
  world.runtime.clock.advance(1000);
  world.logged();
  world.exit("main", 3);
  assert.equal(world.supervisor.state, "SHUTDOWN");
  assert.ok(
    world.logged().includes(
      "warn: shutting down because main has ended (exit status 3): exit status 3",
    ),
  );
  await finish(world, "side");
  assert.equal(world.supervisor.exitStatus, 3);
});

test("an essential program that is started again does not end the daemon", () => {
  const world = new World([program("main", { ...ESSENTIAL, autorestart: "always" })]).begin();
  world.runtime.clock.advance(1000);
  world.exit("main", 3);
  world.runtime.clock.advance(0);
  assert.equal(world.state("main"), "STARTING");
  assert.equal(world.supervisor.state, "RUNNING");
});

test("an essential program that becomes FATAL ends the daemon with its last code", async () => {
  const world = new World([program("main", { ...ESSENTIAL, startRetries: 0 })]).begin();
  world.exit("main", 4);
  world.runtime.clock.advance(0);
  await finish(world);
  assert.equal(world.supervisor.exitStatus, 4);
});

test("a stop that somebody asked for leaves the daemon alone", () => {
  const world = new World([program("main", ESSENTIAL)], {}, { exitWhen: "all_stopped" }).begin();
  world.runtime.clock.advance(1000);
  world.supervisor.submit(world.process("main"), { type: "stop" });
  world.exit("main", 3);
  assert.equal(world.state("main"), "STOPPED");
  assert.equal(world.supervisor.state, "RUNNING");
});

test("a shutdown that was asked for first is status 0, whatever its programs end with", async () => {
  const world = new World([program("main", ESSENTIAL)]).begin();
  world.runtime.clock.advance(1000);
  world.supervisor.requestShutdown();
  world.exit("main", 3);
  await finish(world);
  assert.equal(world.supervisor.exitStatus, 0);
});

const ONCE = { autorestart: "never", startSecs: 0 } as const;

test("exit_when=all_stopped ends the daemon with the last program that ends by itself", async () => {
  const world = new World(
    [program("one", ONCE), program("two", ONCE), program("manual", { autostart: false })],
    {},
    { exitWhen: "all_stopped" },
  ).begin();
  world.runtime.clock.advance(0);
  world.exit("one", 5);
  assert.equal(world.supervisor.state, "RUNNING");
  world.exit("two", 0);
  await finish(world);
  assert.equal(world.supervisor.exitStatus, 5);
});

test("without exit_when the daemon outlives all of its programs", () => {
  const world = new World([program("one", ONCE)]).begin();
  world.runtime.clock.advance(0);
  world.exit("one", 0);
  assert.equal(world.state("one"), "EXITED");
  assert.equal(world.supervisor.state, "RUNNING");
});
