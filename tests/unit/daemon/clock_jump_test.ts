/** Somebody sets the clock: what has a deadline keeps it, what is for people shows the new time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ticker } from "../../../src/daemon/ticker.ts";
import { EventBus } from "../../../src/events/bus.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { processWorld, tidy } from "../../support/process_world.ts";

const DAY_MS = 86_400_000;
const JUMPS = [["back by a day", -DAY_MS], ["forward by ten years", 3652 * DAY_MS]] as const;

for (const [what, jump] of JUMPS) {
  test(
    `set ${what}, the clock changes no deadline: startsecs, back-off, stopwaitsecs`,
    tidy(async () => {
      const { process, runtime, supervisor, exit } = await processWorld({
        startSecs: 5,
        startRetries: 3,
        stopWaitSecs: 10,
      });
      const { clock } = runtime;
      const set = () => clock.setWall(clock.wall() + jump);

      // STARTING: five seconds are five seconds.
      clock.advance(4000);
      set();
      clock.advance(999);
      assert.equal(process.record.state, "STARTING");
      exit(1);
      assert.equal(process.record.state, "BACKOFF");

      // BACKOFF: the next try comes after a second.
      set();
      clock.advance(999);
      assert.equal(process.record.state, "BACKOFF");
      clock.advance(1);
      assert.equal(process.record.state, "STARTING");
      clock.advance(5000);
      assert.equal(process.record.state, "RUNNING");

      // STOPPING: SIGKILL after ten.
      supervisor.submit(process, { type: "stop" });
      set();
      clock.advance(9999);
      assert.deepEqual(runtime.sent.map(({ signal }) => signal), [15]);
      clock.advance(1);
      assert.deepEqual(runtime.sent.map(({ signal }) => signal), [15, 9]);
    }),
  );

  test(`set ${what}, the clock gives one tick for all it jumped over, and ticks on`, () => {
    const clock = new FakeClock();
    const bus = new EventBus();
    const ticks: number[] = [];
    bus.subscribe(["TICK_5"], (event) => {
      if (event.kind === "tick") ticks.push(event.when);
    });
    const ticker = new Ticker(bus, clock);
    clock.advance(5000);
    assert.equal(ticks.length, 1);
    clock.setWall(clock.wall() + jump);
    clock.advance(5000);
    assert.equal(ticks.length, 2);
    assert.ok(Math.abs((ticks[1] as number) * 1000 - clock.wall()) < 5000, "the new time");
    clock.advance(60_000);
    assert.equal(ticks.length, 14);
    ticker.stop();
  });
}
