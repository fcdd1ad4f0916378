/** What a reread changes under a running daemon, and what is said of the rest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ineffectiveEdits, withSettingsInForce } from "../../../src/config/live_settings.ts";
import { configOf, program } from "../../support/supervised_world.ts";

test("a reread takes the groups and the live settings, and leaves the others in force", () => {
  const old = configOf([], { identifier: "a", loglevel: "info" });
  const read = configOf([program("web")], { identifier: "b", loglevel: "debug" });
  const { groups, daemon } = withSettingsInForce(old, read);
  assert.deepEqual(groups.map(({ name }) => name), ["web"]);
  assert.deepEqual([daemon.identifier, daemon.loglevel], ["b", "info"]);
});

test("what has to wait is named, one sentence for each setting", () => {
  const old = configOf([]);
  const read = configOf([], { identifier: "b", loglevel: "debug", minfds: 9 });
  assert.deepEqual(ineffectiveEdits(old, read), [
    "[supervisord] loglevel has changed: this takes effect at the next restart",
    "[supervisord] minfds has changed: this takes effect at the next restart",
  ]);
  assert.deepEqual(ineffectiveEdits(old, configOf([program("web")])), []);
});

test("the first token closes a door, and so has to wait; further ones do not", () => {
  const none = configOf([]);
  const one = { ...none, tokens: [] };
  assert.deepEqual(ineffectiveEdits(none, one), [
    "the HTTP servers have changed: this takes effect at the next restart",
  ]);
  assert.deepEqual(ineffectiveEdits(one, { ...none, tokens: [] }), []);
});
