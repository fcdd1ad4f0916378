import assert from "node:assert/strict";
import { test } from "node:test";
import { LoginThrottle, throttleKey } from "../../../../src/http/access/throttle.ts";

test("the first ten mistakes cost nothing, each one after that twice as much as the one before", () => {
  const throttle = new LoginThrottle();
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 22; i++) {
    throttle.failed("a", now);
    const wait = throttle.waitMs("a", now);
    waits.push(wait / 1000);
    now += wait;
  }
  assert.deepEqual(waits, [
    ...Array(10).fill(0),
    ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300],
  ]);
  assert.equal(throttle.waitMs("b", now), 0);
});

test("a success and a quarter of an hour without mistakes make it start over", () => {
  const throttle = new LoginThrottle();
  for (let i = 0; i < 11; i++) throttle.failed("a", 0);
  throttle.succeeded("a");
  throttle.failed("a", 1);
  assert.equal(throttle.waitMs("a", 1), 0);

  for (let i = 0; i < 11; i++) throttle.failed("b", 0);
  throttle.failed("b", 15 * 60_000);
  assert.equal(throttle.waitMs("b", 15 * 60_000), 0);
});

test("20,000 addresses take no more memory than some thousand", () => {
  const throttle = new LoginThrottle();
  for (let i = 0; i < 20_000; i++) throttle.failed(`address ${i}`, i);
  assert.equal(throttle.size, 4096);
});

for (
  const [address, key] of [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:1:0002::6", "2001:db8:1:2"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ] as const
) {
  test(`${address} counts as ${key}`, () => assert.equal(throttleKey(address), key));
}
