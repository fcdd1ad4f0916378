/** The five-minute start of docs/README.md, line by line as it stands there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../support/run.ts";
import {
  makeDirectory,
  supervisorctlCommand,
  supervisordCommand,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const page = readFileSync(new URL("../../docs/README.md", import.meta.url), "utf8");
const block = (kind: string) =>
  new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\``, "m").exec(page)?.[1];

/** A line of the page as the words that are run: both programs are those under test. */
function wordsOf(line: string): string[] {
  const [program = "", ...rest] = line.replace(/\s+#.*$/, "").trim().split(/\s+/);
  const commands: Record<string, readonly string[]> = {
    supervisord: supervisordCommand,
    supervisorctl: supervisorctlCommand,
  };
  const command = commands[program];
  assert.ok(command !== undefined, `what is ${program}?`);
  // Following a log has no end.
  return [...command, ...rest.filter((word) => word !== "-f")];
}

test("the five minutes of docs/README.md do what they say", async () => {
  const directory = makeDirectory();
  const lines = (block("sh") ?? "").trim().split("\n");
  assert.equal(lines.length, 5);
  const [check = "", start = "", status = "", tail = "", shutdown = ""] = lines;
  const perform = (line: string) => run(wordsOf(line), { cwd: directory });
  writeFileSync(join(directory, "supervisord.conf"), block("ini") ?? "");
  assert.match((await perform(check)).stdout, /^0 errors, /m);
  assert.equal((await perform(start)).status, 0);
  try {
    await until(
      "hello to be RUNNING",
      async () => /^hello +RUNNING/m.test((await perform(status)).stdout) || undefined,
    );
    assert.match((await perform(tail)).stdout, /\d\d:\d\d:\d\d/);
  } finally {
    assert.equal((await perform(shutdown)).status, 0);
    const pidfile = join(directory, "supervisord.pid");
    await until("the daemon to be gone", () => Promise.resolve(!existsSync(pidfile) || undefined));
    rmSync(directory, { recursive: true, force: true });
  }
});
