/** What was decided at run time, before what the file says, and without keeping a start from being. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ReadExtras } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/types.ts";
import { applyChoices } from "../../../src/daemon/chosen_config.ts";
import { configOf, program } from "../../support/supervised_world.ts";

/** @param text of the state file */
function chosen(text: string | null, read: (extras?: ReadExtras) => Config) {
  const directory = mkdtempSync(join(tmpdir(), "choices-"));
  try {
    const stateFile = join(directory, "s.state");
    if (text !== null) writeFileSync(stateFile, text, { mode: 0o600 });
    const { config, choices } = applyChoices(
      (_, extras) => read(extras),
      configOf([program("web")], { stateFile }),
    );
    const groups = config.groups.map(({ name }) => name);
    const messages = config.messages.map((message) => message.text.replace(stateFile, "FILE"));
    return { groups, messages, scale: choices.scale };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const SCALED = JSON.stringify({ version: 1, disabled: [], scale: { web: 3 } });

test("without a state file the files are not read a second time", () => {
  const { groups, messages } = chosen(null, () => assert.fail("read"));
  assert.deepEqual([groups, messages], [["web"], []]);
});

test("chosen numbers of processes are read into the configuration", () => {
  const { groups, scale } = chosen(SCALED, (extras) => {
    assert.deepEqual(extras, { scale: { web: 3 } });
    return configOf([program("web"), program("more")]);
  });
  assert.deepEqual(groups, ["web", "more"]);
  assert.deepEqual(scale, { web: 3 });
});

test("numbers that cannot be are left out with a message, and the rest starts", () => {
  const { groups, messages, scale } = chosen(SCALED, (extras) => {
    if (extras !== undefined) throw new Error("3 is too many");
    return configOf([program("web")]);
  });
  assert.deepEqual(groups, ["web"]);
  assert.deepEqual(messages, [
    "what the state file FILE says of numbers of processes is ignored: 3 is too many",
  ]);
  assert.deepEqual(scale, {});
});

test("files that cannot be read any more are not the fault of the numbers: they stay", () => {
  const { messages, scale } = chosen(SCALED, () => {
    throw new Error("gone");
  });
  assert.deepEqual([messages, scale], [[], { web: 3 }]);
});
