import assert from "node:assert/strict";
import { test } from "node:test";
import { ValueError } from "../../../src/config/errors.ts";
import { environmentNames, expand, Names } from "../../../src/config/expand.ts";

const below = environmentNames({ HOME: "/h", A: "outer" });

test("expand() finds own names before those below", () => {
  const names = new Names(below, { ENV_A: "own", process_num: 0 });
  assert.equal(expand("%(ENV_A)s %(ENV_HOME)s %(process_num)02d", names, "k"), "own /h 00");
});

test("expand() does not look at what came in", () => {
  const names = new Names(environmentNames({ X: "%(ENV_HOME)s %" }));
  assert.equal(expand("%(ENV_X)s", names, "k"), "%(ENV_HOME)s %");
});

test("uncover() shows the names below again and keeps the others", () => {
  const names = new Names(below, { here: "/x" });
  names.set("ENV_A", "own");
  names.set("ENV_NEW", "new");
  names.uncover();
  assert.equal(expand("%(ENV_A)s %(ENV_NEW)s %(here)s", names, "k"), "outer new /x");
});

test("an unknown name is told with all that are known, in order", () => {
  const names = new Names(below, { here: "/x", ENV_Z: "" });
  assert.throws(() => expand("a%(x'y)s", names, "s.k"), (error) => {
    assert.ok(error instanceof ValueError);
    assert.equal(
      error.message,
      `Format string "a%(x'y)s" for 's.k' contains names ("x'y") which cannot be expanded. ` +
        "Available names: ENV_A, ENV_HOME, ENV_Z, here",
    );
    return true;
  });
});

test("a bad format is told with Python's reason", () => {
  assert.throws(() => expand("50%", new Names(below), "environment"), {
    message: "Format string '50%' for 'environment' is badly formatted: incomplete format",
  });
});
