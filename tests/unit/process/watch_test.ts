/** Patterns of watched files. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf, placesOf, standIn, watchFilter } from "../../../src/process/watch.ts";

const PLACES: readonly [glob: string, directory: string, isRecursive: boolean][] = [
  ["/srv/app", "/srv/app", true],
  ["/srv/app/a.conf", "/srv/app", false],
  ["/srv/app/*.conf", "/srv/app", false],
  ["/srv/**/*.py", "/srv", true],
  ["/srv/*/conf/x", "/srv", true],
  ["/*.conf", "/", false],
];

for (const [glob, directory, isRecursive] of PLACES) {
  test(`${glob} is watched in ${directory}`, () => {
    assert.deepEqual(placeOf(glob, (path) => path === "/srv/app"), { directory, isRecursive });
  });
}

const MATCHES: readonly [globs: string[], ignore: string[], path: string, isWanted: boolean][] = [
  [["/srv/app"], [], "/srv/app/deep/file", true],
  [["/srv/app"], [], "/srv/apple", false],
  [["/srv/*.py"], [], "/srv/a.py", true],
  [["/srv/*.py"], [], "/srv/sub/a.py", false],
  [["/srv/**/*.py"], [], "/srv/a.py", true],
  [["/srv/**/*.py"], [], "/srv/x/y/a.py", true],
  [["/srv/**/*.py"], [], "/srv/x/y/a.pyc", false],
  [["/srv/a?[0-9].c"], [], "/srv/ab7.c", true],
  [["/srv/a+b(c).txt"], [], "/srv/a+b(c).txt", true],
  [["/srv"], [".git", "*.swp"], "/srv/x/.git/HEAD", false],
  [["/srv"], [".git", "*.swp"], "/srv/x/.a.swp", false],
  [["/srv"], ["/srv/logs"], "/srv/logs/today", false],
  [["/srv"], ["/srv/logs"], "/srv/x/logs", true],
];

for (const [globs, ignore, path, isWanted] of MATCHES) {
  test(`${path} is ${isWanted ? "" : "not "}meant by ${globs} without ${ignore}`, () => {
    const policy = { globs, ignore, debounceMs: 0, action: { kind: "restart" } } as const;
    assert.equal(watchFilter(policy)(path), isWanted);
  });
}

test("directories are watched once, and recursively if one pattern wants it", () => {
  const globs = ["/srv/a.conf", "/srv/b.conf", "/srv/**/*.py", "/srv/c.conf", "/srv/app"];
  assert.deepEqual(placesOf(globs, (path) => path === "/srv/app"), [
    { directory: "/srv", isRecursive: true },
    { directory: "/srv/app", isRecursive: true },
  ]);
});

for (
  const [there, directory, awaited] of [
    [["/", "/srv", "/srv/app", "/srv/app/conf"], "/srv/app/conf", null],
    [["/", "/srv", "/srv/app"], "/srv/app", "/srv/app/conf"],
    [["/", "/srv"], "/srv", "/srv/app"],
    [["/"], "/", "/srv"],
  ] as const
) {
  test(`where there is ${there.join(", ")}, /srv/app/conf is awaited in ${directory}`, () => {
    const isThere = (path: string) => (there as readonly string[]).includes(path);
    assert.deepEqual(standIn("/srv/app/conf", isThere), { directory, awaited });
  });
}
