import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { OrphanWatch } from "../../../../src/daemon/orphans/watch.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

class World {
  readonly root = mkdtempSync(join(tmpdir(), "proc-"));
  readonly clock = new FakeClock();
  readonly watch = new OrphanWatch(this.clock, this.root);
  readonly ended: number[] = [];

  appear(pid: number, start: number, state = "S"): void {
    mkdirSync(join(this.root, `${pid}`), { recursive: true });
    const rest = `1 ${pid} ${"0 ".repeat(16)}${start} 0 0 0`;
    writeFileSync(join(this.root, `${pid}`, "stat"), `${pid} (a b) ${state} ${rest}`);
  }

  vanish(pid: number): void {
    rmSync(join(this.root, `${pid}`), { recursive: true });
  }

  follow(pid: number, start: number) {
    return this.watch.follow({ pid, start }, () => this.ended.push(pid));
  }
}

function tell(story: (world: World) => void): void {
  const world = new World();
  try {
    story(world);
  } finally {
    rmSync(world.root, { recursive: true });
  }
}

test("an end is noticed within a second, and once", () => {
  tell((world) => {
    world.appear(50, 7);
    world.appear(51, 8);
    world.follow(50, 7);
    world.follow(51, 8);
    world.clock.advance(60_000);
    assert.deepEqual(world.ended, []);
    world.vanish(50);
    world.clock.advance(1000);
    assert.deepEqual(world.ended, [50]);
    world.clock.advance(5000);
    assert.deepEqual(world.ended, [50]);
  });
});

test("an end that is to be expected is noticed in milliseconds", () => {
  tell((world) => {
    world.appear(50, 7);
    const follower = world.follow(50, 7);
    world.clock.advance(60_000);
    world.vanish(50);
    follower.hurry();
    world.clock.advance(5);
    assert.deepEqual(world.ended, [50]);
  });
});

test("another process with the same pid is another process, and a zombie has ended", () => {
  tell((world) => {
    world.appear(50, 7);
    world.appear(51, 8);
    const follower = world.follow(50, 7);
    world.follow(51, 8);
    assert.equal(follower.isAlive(), true);
    world.appear(50, 9);
    world.appear(51, 8, "Z");
    assert.equal(follower.isAlive(), false);
    world.clock.advance(5);
    assert.deepEqual(world.ended, [50, 51]);
  });
});

test("nobody to follow means no timer", () => {
  tell((world) => {
    world.appear(50, 7);
    world.follow(50, 7);
    world.vanish(50);
    world.clock.advance(5);
    assert.equal(world.clock.armed, 0);
  });
});
