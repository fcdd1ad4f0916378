/** The listener and the client of docs/listeners.md, word for word, on Bun, Deno and Node. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../support/run.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/listeners.md"), "utf8");

/** The block of code whose first line names this file. */
function fromPage(file: string): string {
  const code = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, text]) => text ?? "")
    .find((text) => text.startsWith(`// ${file} `));
  assert.ok(code !== undefined, `docs/listeners.md has no ${file}`);
  return code;
}

/** The toolchain's own, so that the versions are the ones that package.json pins. */
const tool = (name: string) => resolve(root, "node_modules/.bin", name);
const RUNTIMES: Readonly<Record<string, string>> = {
  bun: `${tool("bun")} run`,
  deno: `${tool("deno")} run -A`,
  node: "node",
};

/** The library in one file, made by the very command of the page. */
async function makeLibrary(directory: string): Promise<void> {
  const line = /^node_modules\/\.bin\/bun (build mod\.ts .*) --outfile=(\S+)$/m.exec(page);
  assert.ok(line !== null, "docs/listeners.md does not say how to build the library");
  const [, args = "", outfile = ""] = line;
  const built = await run(
    [tool("bun"), ...args.split(" "), `--outfile=${join(directory, outfile)}`],
    { cwd: root },
  );
  assert.equal(built.status, 0, built.stderr);
}

test("the listener of the documentation, 20 lines long, runs on Bun, Deno and Node", async () => {
  const directory = makeDirectory();
  await makeLibrary(directory);
  const script = join(directory, "crash_notes.js");
  writeFileSync(script, fromPage("crash_notes.js"));
  assert.ok(fromPage("crash_notes.js").trimEnd().split("\n").length <= 23);
  const listeners = Object.entries(RUNTIMES).map(([name, command]) =>
    `[eventlistener:${name}]
command = ${command} ${script} ${directory}/${name}.notes
events = PROCESS_STATE_EXITED
startsecs = 0
stderr_logfile = %(here)s/${name}.err
`
  );
  const programs = `${listeners.join("")}
[program:crasher]
command = sh -c 'echo "no luck with naïve input" >&2; exit 3'
autostart = false
autorestart = false
startsecs = 0
[program:worker]
command = true
autostart = false
autorestart = false
startsecs = 0
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    // The quiet end first: had it been noted, it would stand before the crash.
    await daemon.ctl("start", "worker");
    await daemon.ctl("start", "crasher");
    for (const name of Object.keys(RUNTIMES)) {
      const notes = join(directory, `${name}.notes`);
      const errors = () => readFileSync(join(directory, `${name}.err`), "utf8");
      await until(`the note on ${name}`, () => existsSync(notes), { deadlineMs: 30_000 })
        .catch((error: Error) => assert.fail(`${error.message}\n${errors()}`));
      assert.match(
        await until("all of it", () =>
          /words:\n.+\n/.test(readFileSync(notes, "utf8")) &&
          readFileSync(notes, "utf8")),
        /^crasher:crasher \(pid \d+\) has ended\. Its last words:\nno luck with naïve input\n\n$/,
      );
      assert.equal(errors(), "");
      assert.equal((await daemon.status()).get(name)?.state, "RUNNING");
    }
    assert.doesNotMatch(daemon.log(), /UNKNOWN state|rejected/);
  });
});

test("the client of the documentation calls, gets faults and follows a log on Bun, Deno and Node", async () => {
  const directory = makeDirectory();
  await makeLibrary(directory);
  const script = join(directory, "ask.js");
  writeFileSync(script, fromPage("ask.js"));
  const programs = `[program:talker]
command = sh -c 'echo hello; exec sleep 100000'
startsecs = 0
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await until("its word", async () => (await daemon.ctl("tail", "talker")).stdout !== "");
    for (const [name, command] of Object.entries(RUNTIMES)) {
      const url = `unix://${directory}/supervisor.sock`;
      const asked = await run([...command.split(" "), script, url, "talker"], {
        cwd: directory,
        env: { NO_COLOR: "1" },
      });
      assert.deepEqual(asked, {
        status: 0,
        stdout: "supervisord is RUNNING\n" +
          "not started: 60 ALREADY_STARTED: talker\n" +
          "it says hello\n",
        stderr: "",
      }, name);
      const gone = await run([...command.split(" "), script, `${url}.gone`, "talker"], {
        cwd: directory,
      });
      assert.notEqual(gone.status, 0);
      assert.match(gone.stderr, /No such file/, name);
    }
  });
});
