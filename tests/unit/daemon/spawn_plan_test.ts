import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ProcessSpec } from "../../../src/config/types.ts";
import { lookUpCommand } from "../../../src/daemon/spawn_plan.ts";

const place = mkdtempSync(join(tmpdir(), "spawn-plan-"));
after(() => rmSync(place, { recursive: true }));

const first = join(place, "first");
const second = join(place, "second");
mkdirSync(first);
mkdirSync(second);
writeFileSync(join(first, "plain"), "");
chmodSync(join(first, "plain"), 0o644);
for (const directory of [first, second]) {
  writeFileSync(join(directory, "tool"), "#!/bin/sh\n");
  chmodSync(join(directory, "tool"), 0o755);
}
writeFileSync(join(second, "plain"), "#!/bin/sh\n");
chmodSync(join(second, "plain"), 0o755);
mkdirSync(join(first, "folder"));

function spec(command: string, environment: Record<string, string> = {}): ProcessSpec {
  return { command, environment } as unknown as ProcessSpec;
}

const path = `${first}:${second}`;

const FOUND = [
  ["the first of that name on PATH", "tool", path, `${first}/tool`],
  ["a path with a slash as it is", `${second}/tool -x`, undefined, `${second}/tool`],
  ["words in quotes", `"${second}/tool" 'a b'`, undefined, `${second}/tool`],
  ["the usual directories when nobody set PATH", "sh -c true", undefined, "/bin/sh"],
] as const;

for (const [title, command, daemonPath, file] of FOUND) {
  test(`lookUpCommand() finds ${title}`, () => {
    const lookup = lookUpCommand(spec(command), daemonPath);
    assert.ok(lookup.ok);
    assert.equal(lookup.command.file, file);
  });
}

test("lookUpCommand() keeps argv[0] as it was written", () => {
  const lookup = lookUpCommand(spec("tool 'a b' c"), path);
  assert.ok(lookup.ok);
  assert.deepEqual(lookup.command.argv, ["tool", "a b", "c"]);
});

test("PATH of environment= wins over the daemon's", () => {
  const lookup = lookUpCommand(spec("tool", { PATH: second }), first);
  assert.ok(lookup.ok);
  assert.equal(lookup.command.file, `${second}/tool`);
});

const REFUSED = [
  ["", "unusable", "command is empty"],
  ["  ", "unusable", "command is empty"],
  ['"abc', "unusable", "can't parse command '\"abc': No closing quotation"],
  ["abc\\", "unusable", "can't parse command 'abc\\\\': No escaped character"],
  ["it's", "unusable", "can't parse command \"it's\": No closing quotation"],
  ["nowhere", "missing", "can't find command 'nowhere'"],
  [`${first}/nowhere`, "missing", `can't find command '${first}/nowhere'`],
  [`${first}/folder`, "unusable", `command at '${first}/folder' is a directory`],
  ["plain", "unusable", `command at '${first}/plain' is not executable`],
] as const;

for (const [command, kind, text] of REFUSED) {
  test(`lookUpCommand(${JSON.stringify(command.replace(place, "…"))}) is refused`, () => {
    const lookup = lookUpCommand(spec(command), path);
    assert.ok(!lookup.ok);
    assert.deepEqual(lookup.problem, { kind, text });
  });
}

test("a command that was taken away is missed as soon as the code that found it has ended", async () => {
  const file = join(second, "brief");
  writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
  assert.ok(lookUpCommand(spec("brief"), path).ok);
  rmSync(file);
  await Promise.resolve();
  assert.ok(!lookUpCommand(spec("brief"), path).ok);
});
