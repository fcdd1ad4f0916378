import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance, nearestName } from "../../../src/config/nearest.ts";

const DISTANCES: readonly (readonly [string, string, number])[] = [
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "abc", 0],
  ["abc", "abd", 1],
  ["abc", "acb", 1],
  ["kitten", "sitting", 3],
];

for (const [a, b, expected] of DISTANCES) {
  test(`editDistance("${a}", "${b}") is ${expected}, both ways`, () => {
    assert.equal(editDistance(a, b), expected);
    assert.equal(editDistance(b, a), expected);
  });
}

test("nearestName() proposes only what can have been meant", () => {
  const known = ["autostart", "autorestart", "startsecs"];
  assert.equal(nearestName("autostrat", known), "autostart");
  assert.equal(nearestName("autorestrt", known), "autorestart");
  assert.equal(nearestName("startsec", known), "startsecs");
  assert.equal(nearestName("color", known), null);
  assert.equal(nearestName("", known), null);
});
