import assert from "node:assert/strict";
import { test } from "node:test";
import {
  absolutePath,
  directoryOf,
  expandHome,
  joinPath,
  normalizePath,
} from "../../../src/config/paths.ts";
import { fakeEnvironment } from "./fake_environment.ts";

/** Expected values are those of Python's os.path. */
const DIRECTORIES: readonly (readonly [string, string])[] = [
  ["/a/b", "/a"],
  ["/a/b/", "/a/b"],
  ["/a", "/"],
  ["//a", "//"],
  ["a", ""],
  ["", ""],
  ["a//b", "a"],
];

for (const [path, expected] of DIRECTORIES) {
  test(`directoryOf("${path}") is "${expected}"`, () => {
    assert.equal(directoryOf(path), expected);
  });
}

const ABSOLUTE: readonly (readonly [string, string])[] = [
  ["a", "/cwd/a"],
  ["/a/./b/../c/", "/a/c"],
  ["../../../x", "/x"],
  ["", "/cwd"],
  ["//a/b", "//a/b"],
  ["///a", "/a"],
];

for (const [path, expected] of ABSOLUTE) {
  test(`absolutePath("${path}") is "${expected}"`, () => {
    assert.equal(absolutePath(path, "/cwd"), expected);
  });
}

test("joinPath() lets an absolute second part win", () => {
  assert.equal(joinPath("/a", "b"), "/a/b");
  assert.equal(joinPath("/a/", "b"), "/a/b");
  assert.equal(joinPath("/a", "/b"), "/b");
  assert.equal(joinPath("", "b"), "b");
});

const environment = fakeEnvironment();

const HOMES: readonly (readonly [string, string])[] = [
  ["~", "/home/chris"],
  ["~/x", "/home/chris/x"],
  ["~root/x", "/root/x"],
  ["~nobodyatall/x", "~nobodyatall/x"],
  ["a/~", "a/~"],
];

for (const [path, expected] of HOMES) {
  test(`expandHome("${path}") is "${expected}"`, () => {
    assert.equal(expandHome(path, environment), expected);
  });
}

test("expandHome() of a home that is the root does not double the slash", () => {
  assert.equal(expandHome("~/x", { ...environment, home: "/" }), "/x");
  assert.equal(expandHome("~", { ...environment, home: "/" }), "/");
});

test("normalizePath() expands, then makes absolute", () => {
  assert.equal(normalizePath("~/../b", environment), "/home/b");
  assert.equal(normalizePath("x/", environment), "/cwd/x");
});
