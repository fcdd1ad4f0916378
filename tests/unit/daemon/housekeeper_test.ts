import assert from "node:assert/strict";
import { test } from "node:test";
import { Housekeeper } from "../../../src/daemon/housekeeper.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function setUp() {
  const clock = new FakeClock();
  const releases: number[] = [];
  const release = () => void releases.push(clock.monotonic());
  return { clock, releases, housekeeper: new Housekeeper({ clock, release }) };
}

test("memory is released once nothing has happened for a second, and no timer is left", () => {
  const { clock, releases, housekeeper } = setUp();
  housekeeper.noteActivity();
  clock.advance(999);
  assert.deepEqual(releases, []);
  clock.advance(1);
  assert.deepEqual(releases, [1000]);
  assert.equal(clock.armed, 0);
  clock.advance(3_600_000);
  assert.deepEqual(releases, [1000]);
});

test("a busy spell is waited out", () => {
  const { clock, releases, housekeeper } = setUp();
  for (let i = 0; i < 50; i++) {
    housekeeper.noteActivity();
    clock.advance(100);
  }
  assert.deepEqual(releases, []);
  clock.advance(2000);
  assert.equal(releases.length, 1);
});

test("a busy spell that does not end costs one release in about a minute", () => {
  const { clock, releases, housekeeper } = setUp();
  for (let i = 0; i < 6000; i++) {
    housekeeper.noteActivity();
    clock.advance(100);
  }
  assert.ok(releases.length >= 8 && releases.length <= 10, String(releases));
  assert.ok((releases[0] ?? 0) >= 60_000, String(releases));
});

test("a client that asks again and again costs one release in half a minute", () => {
  const { clock, releases, housekeeper } = setUp();
  for (let i = 0; i < 60; i++) {
    housekeeper.noteActivity();
    clock.advance(5000);
  }
  assert.ok(releases.length >= 5 && releases.length <= 10, String(releases));
});

test("after stop() nothing is released", () => {
  const { clock, releases, housekeeper } = setUp();
  housekeeper.noteActivity();
  housekeeper.stop();
  clock.advance(60_000);
  assert.deepEqual(releases, []);
  assert.equal(clock.armed, 0);
});
