/** Who is told of an exit report. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Reaper } from "../../../src/daemon/reaper.ts";
import { Statistics } from "../../../src/daemon/statistics.ts";
import { program, World } from "../../support/supervised_world.ts";

function reaper(over: Parameters<typeof program>[1] = {}) {
  const world = new World([program("web", { autostart: false, ...over })]).begin();
  const { runtime } = world;
  const told: string[] = [];
  const lines: string[] = [];
  return {
    runtime,
    process: world.process("web"),
    told,
    lines,
    reaper: new Reaper({
      surroundings: { runtime, log: (level, text) => lines.push(`${level}: ${text}`) },
      statistics: new Statistics(),
      submit: ({ name }, { type }) => told.push(`${name} ${type}`),
      helperExited: (pid) => pid === 7 && told.push("helper") > 0,
      launcherExited: ({ name }) => told.push(`launcher of ${name}`),
    }),
  };
}

test("an exit report goes to the process with that pid, once", () => {
  const world = reaper();
  world.reaper.expect(50, world.process);
  assert.equal(world.reaper.expects(50), true);
  world.runtime.exit(50, 0);
  world.reaper.reap();
  assert.deepEqual(world.told, ["web exited"]);
  assert.equal(world.reaper.expects(50), false);
});

test("a helper's end is nobody else's business, and that of a stranger is a line in the log", () => {
  const world = reaper();
  world.runtime.exit(7, 0);
  world.runtime.exit(8, 3);
  world.reaper.reap();
  assert.deepEqual(world.told, ["helper"]);
  assert.deepEqual(world.lines, ["info: reaped unknown pid 8 (exit status 3)"]);
});

test("the end of what was spawned is not the end of the process once another one is", () => {
  const world = reaper();
  world.process.record = { ...world.process.record, state: "RUNNING", pid: 51, hasMainPid: true };
  world.reaper.expect(50, world.process);
  world.reaper.expect(51, world.process);
  world.runtime.exit(50, 0);
  world.reaper.reap();
  assert.deepEqual(world.told, ["launcher of web"]);
  world.runtime.exit(51, 0);
  world.reaper.reap();
  assert.deepEqual(world.told, ["launcher of web", "web exited"]);
});
