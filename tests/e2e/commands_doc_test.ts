/**
 * docs/commands.md shows what each command says: they are run here in the order of the page, and
 * must say it still. `UPDATE_DOCS=1` writes down what they say now.
 */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { run } from "../support/run.ts";
import {
  makeDirectory,
  supervisorctlCommand,
  supervisordCommand,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const file = new URL("../../docs/commands.md", import.meta.url);
const page = readFileSync(file, "utf8");

/** What is another each time, made the same. */
function settled(text: string, directory: string): string {
  return text
    .replaceAll(directory, "/srv/demo")
    .replaceAll(/pid \d+/g, "pid 1234")
    .replaceAll(/^\d+$/gm, "1234")
    .replaceAll(/uptime \d+:\d\d:\d\d/g, "uptime 0:00:05")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-23T10:00:00.000Z")
    .replaceAll(/[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M/g, "Nov 23 10:00 AM")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d+)?/g, "2026-11-23 10:00:00")
    .replaceAll(/\b\d+(\.\d+)? s\b/g, "1.0 s")
    .replaceAll(/^(\S*supervisord): /gm, "supervisord: ")
    .replaceAll(/use \S*\/(supervisor\w+) -h/g, "use $1 -h")
    .replaceAll(/supervisord \d+\.\d+\.\d+ \([^)]*\)/g, "supervisord 0.1.0 (unknown)")
    .replaceAll(/^( +"(?:version|commit|target|runtime|platform)": )".*"/gm, '$1"…"')
    .replaceAll(/^Usage: \S*\//gm, "Usage: ")
    .replaceAll(/---supervisor-\w{8}/g, "---supervisor-abcd1234")
    .replaceAll(/"pid":\d+/g, '"pid":1234')
    .replaceAll(/"supervisord \d+\.\d+\.\d+"/g, '"supervisord 0.1.0"')
    .replaceAll(/\$scrypt\$\S+/g, "$scrypt$…")
    .replaceAll(/ +$/gm, "");
}

test("the commands of docs/commands.md say what stands there", async () => {
  const directory = makeDirectory();
  writeFileSync(
    join(directory, "supervisord.conf"),
    `${/^```ini\n([\s\S]*?)^```/m.exec(page)?.[1]}`.replace(
      "[supervisord]\n",
      `[supervisord]\n${process.getuid?.() === 0 ? "user = root\n" : ""}`,
    ),
  );
  writeFileSync(join(directory, "Procfile"), `${/^```procfile\n([\s\S]*?)^```/m.exec(page)?.[1]}`);
  const perform = async (line: string): Promise<string> => {
    const [typed = "", input] = line.split(" < ");
    const [program = "", ...words] = typed.split(" ");
    const command = program === "supervisord"
      ? supervisordCommand
      : [...supervisorctlCommand, "-c", "supervisord.conf"];
    const { stdout, stderr } = await run([...command, ...words], {
      cwd: directory,
      ...input === undefined ? {} : { input: "secret\n" },
    });
    return settled(`${stdout}${stderr}`, directory);
  };
  const isUp = async () => /^RUNNING|RUNNING/m.test(await perform("supervisorctl status web"));
  const parts = page.split(/^(```console\n[\s\S]*?^```)/m);
  try {
    for (const [i, part] of parts.entries()) {
      if (!part.startsWith("```console")) continue;
      const said: string[] = [];
      for (const line of part.split("\n").filter((text) => text.startsWith("$ "))) {
        const output = (await perform(line.slice(2))).trimEnd();
        said.push(line, ...output === "" ? [] : [output]);
        // These answer before all is as they leave it.
        if (/^\$ (supervisord -c|supervisorctl reload)/.test(line)) {
          await until("the programs to run", isUp, { everyMs: 100 });
        }
      }
      parts[i] = `\`\`\`console\n${said.join("\n")}\n\`\`\``;
    }
  } finally {
    await perform("supervisorctl shutdown");
    await until("the daemon to be gone", async () => {
      return /no such file|refused/.test(await perform("supervisorctl status"));
    });
    rmSync(directory, { recursive: true, force: true });
  }
  const now = parts.join("");
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, now);
  else assert.equal(now, page);
});
