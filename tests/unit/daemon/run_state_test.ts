/** The way down of the daemon, and what may still change on it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RunState } from "../../../src/daemon/run_state.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function runState() {
  const clock = new FakeClock();
  let stops = 0;
  let stopped = () => {};
  const run = new RunState({
    clock,
    stopEverything: () => {
      stops++;
      return new Promise((resolve) => stopped = resolve);
    },
  });
  return { clock, run, stops: () => stops, stopped: () => stopped() };
}

test("stopping begins on the next turn, so that whoever asked gets an answer first", () => {
  const { clock, run, stops } = runState();
  run.shutDown();
  assert.equal(run.state, "SHUTDOWN");
  assert.equal(stops(), 0);
  clock.advance(0);
  assert.equal(stops(), 1);
});

test("a restart becomes a shutdown when that is asked for on the way, and stops once", async () => {
  const { clock, run, stops, stopped } = runState();
  run.restart();
  clock.advance(0);
  run.shutDown();
  clock.advance(0);
  stopped();
  assert.equal(await run.finished(), "SHUTDOWN");
  assert.equal(stops(), 1);
});

test("the exit status is that of the program that ended the daemon, also when somebody asks later", () => {
  const { run } = runState();
  assert.equal(run.exitStatus, 0);
  run.shutDown(3);
  run.shutDown();
  assert.equal(run.exitStatus, 3);
});
