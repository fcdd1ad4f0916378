import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { GroupSpec, ProcessSpec } from "../../../src/config/types.ts";
import { parseRequirement } from "../../../src/process/dependencies.ts";
import { configOf, program, settle, World } from "../../support/supervised_world.ts";

/** A group of several programs. */
function group(name: string, ...specs: readonly Partial<ProcessSpec>[]): GroupSpec {
  const [bare] = program(name).processes;
  assert.ok(bare);
  const processes = specs.map((over) => ({
    ...bare,
    startSecs: 0,
    program: over.name ?? "",
    ...over,
  }));
  return { ...program(name), kind: "group", members: processes.map((one) => one.name), processes };
}

const ALL = { minimal: true, groups: null };

/** Children end as soon as they are asked to. */
async function update(world: World, next: readonly GroupSpec[]): Promise<string[]> {
  world.nextConfig = configOf(next);
  const updates = await world.supervisor.updates();
  const outcome = updates.update(ALL);
  await playOut(world);
  return (await outcome).results.map(({ plan, problem }) => problem ?? plan.action);
}

/** The order in which they were stopped. */
async function playOut(world: World): Promise<string[]> {
  const stopped: string[] = [];
  for (let round = 0; round < 10; round++) {
    await settle();
    for (const { processes } of world.supervisor.groups()) {
      for (const { record, name } of processes) {
        if (record.state !== "STOPPING") continue;
        stopped.push(name);
        world.runtime.exit(record.pid, 0);
      }
    }
    world.supervisor.reap();
    world.runtime.clock.advance(0);
  }
  return stopped;
}

function facts(world: World, name: string): string[] {
  return (world.supervisor.group(name)?.processes ?? [])
    .map((process) => `${process.name} ${process.record.state} ${process.record.pid}`);
}

test("only what has changed gets another child, and a new list of processes is told", async () => {
  const world = new World([group("g", { name: "a" }, { name: "b" })]).begin();
  const [a, b] = facts(world, "g");
  world.events.length = 0;
  const changed = group("g", { name: "a" }, { name: "b", command: "/bin/sh -c false" }, {
    name: "c",
  });
  assert.deepEqual(await update(world, [changed]), ["reshape"]);
  assert.equal(facts(world, "g")[0], a);
  assert.notEqual(facts(world, "g")[1], b);
  assert.match(facts(world, "g")[1] ?? "", /^b RUNNING/);
  assert.match(facts(world, "g")[2] ?? "", /^c RUNNING/);
  assert.deepEqual(world.events.filter((event) => event.startsWith("PROCESS_GROUP")), [
    "PROCESS_GROUP_REMOVED",
    "PROCESS_GROUP_ADDED",
  ]);
  assert.deepEqual(await update(world, [changed]), []);
});

test("settings that only the daemon goes by are taken on by a process that runs on", async () => {
  const world = new World([group("g", { name: "a" }, { name: "b" })]).begin();
  const before = facts(world, "g");
  await update(world, [group("g", { name: "a", stopWaitSecs: 77 }, { name: "b" })]);
  assert.deepEqual(facts(world, "g"), before);
  assert.equal(world.supervisor.group("g")?.process("a")?.spec.stopWaitSecs, 77);
});

test("what runs without autostart runs again, what was stopped by hand stays stopped", async () => {
  const world = new World([
    group("g", { name: "manual", autostart: false }, { name: "parked" }),
  ]).begin();
  const running = () => world.supervisor.group("g");
  const [manual, parked] = [running()?.process("manual"), running()?.process("parked")];
  assert.ok(manual && parked);
  world.supervisor.submit(manual, { type: "start" });
  world.supervisor.submit(parked, { type: "stop" });
  await playOut(world);
  world.supervisor.submit(manual, { type: "look", mayStart: true });
  const command = "/bin/sh -c false";
  await update(world, [
    group("g", { name: "manual", autostart: false, command }, { name: "parked", command }),
  ]);
  assert.match(facts(world, "g")[0] ?? "", /^manual RUNNING/);
  assert.equal(facts(world, "g")[1], "parked STOPPED 0");
  assert.equal(running()?.process("parked")?.spec.command, command);
});

test("what depends on others is stopped before those, whatever the priorities", async () => {
  const requirements = [parseRequirement("db")];
  const dependencies = { requirements, onFailure: "wait", onRestart: "ignore" } as const;
  const specs = (command: string) => [
    program("app", { startSecs: 0, command, priority: 1, dependencies }),
    program("db", { startSecs: 0, command, priority: 999 }),
  ];
  const world = new World(specs("/bin/sh -c true")).begin();
  world.runtime.clock.advance(0);
  world.nextConfig = configOf(specs("/bin/sh -c false"));
  const updates = await world.supervisor.updates();
  const outcome = updates.update(ALL);
  assert.deepEqual(await playOut(world), ["app", "db"]);
  await outcome;
  assert.deepEqual([world.state("app"), world.state("db")], ["RUNNING", "RUNNING"]);
});

test("nothing is put in the place of what the daemon's end has stopped", async () => {
  const world = new World([group("g", { name: "a" }, { name: "b" })]).begin();
  world.nextConfig = configOf([
    group("g", { name: "a", command: "/bin/sh -c false" }, { name: "b" }),
  ]);
  const outcome = (await world.supervisor.updates()).update(ALL);
  world.supervisor.requestShutdown();
  await playOut(world);
  assert.deepEqual((await outcome).results.map(({ problem }) => problem), [
    "the daemon is shutting down",
  ]);
});

test("disabling takes away the autostart, and a decision that cannot be kept is none", async () => {
  const directory = mkdtempSync(join(tmpdir(), "updates-"));
  try {
    const stateFile = join(directory, "state");
    const world = new World([program("web"), program("other")], {}, { stateFile }).begin();
    const updates = await world.supervisor.updates();
    updates.setEnabled("web", "web", false);
    assert.equal(existsSync(stateFile), true);
    assert.equal(world.process("web").isDisabled, true);
    assert.equal(world.process("web").spec.autostart, false);
    assert.notEqual(world.process("web").record.pid, 0);

    rmSync(directory, { recursive: true });
    assert.throws(() => updates.setEnabled("other", null, false), /cannot write the state file/);
    assert.equal(world.process("other").isDisabled, false);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a program is not scaled while its group waits for an update", async () => {
  const world = new World([program("web")]).begin();
  const updates = await world.supervisor.updates();
  assert.deepEqual(await updates.scale("nobody", 2), { kind: "unknown" });
  world.nextConfig = configOf([program("web", { command: "/bin/sh -c false" })]);
  assert.deepEqual(await updates.scale("web", 2), { kind: "pending", group: "web" });
});
