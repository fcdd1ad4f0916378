/** The file that `./compile.sh` builds: its names, and what must not change it. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { run, type RunOptions } from "../support/run.ts";
import { makeDirectory, supervisordCommand, withDaemon } from "../support/start_daemon.ts";

const [executable = ""] = supervisordCommand;

async function inDirectory(story: (directory: string) => Promise<void>): Promise<void> {
  const directory = makeDirectory();
  try {
    await story(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What shows which program it is: the arguments, the status and a line of the output. */
const programs: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["supervisord", ["-h"], 0, /^supervisord -- run a set of applications as daemons\./],
  ["supervisorctl", ["-h"], 0, /^supervisorctl -- control applications run by supervisord/],
  ["echo_supervisord_conf", [], 0, /^\[supervisord\]/m],
  ["pidproxy", [], 1, /^Usage: .*pidproxy <pidfile name> <command>/m],
];

async function assertIs(
  command: readonly string[],
  program: string,
  options: RunOptions = {},
): Promise<void> {
  const row = programs.find(([name]) => name === program);
  assert.ok(row !== undefined);
  const [, args, status, pattern] = row;
  const result = await run([...command, ...args], options);
  assert.match(result.stdout, pattern, result.stderr);
  assert.equal(result.status, status);
}

for (const [name] of programs) {
  test(`dist/${name} is the one executable under another name`, async () => {
    const path = join(dirname(executable), name);
    assert.equal(statSync(path).ino, statSync(executable).ino);
    await assertIs([path], name);
  });
}

const ways = { copied: copyFileSync, "hard-linked": linkSync, "symbolically linked": symlinkSync };
for (const [how, place] of Object.entries(ways)) {
  test(`one name alone, ${how} elsewhere and found on PATH, is still that program`, async () => {
    await inDirectory(async (directory) => {
      place(executable, join(directory, "supervisorctl"));
      await assertIs([join(directory, "supervisorctl")], "supervisorctl");
      await assertIs(["supervisorctl"], "supervisorctl", { env: { PATH: directory } });
    });
  });
}

const words = { ctl: "supervisorctl", "echo-conf": "echo_supervisord_conf", pidproxy: "pidproxy" };
for (const [word, program] of Object.entries(words)) {
  test(`supervisord ${word} is ${program}`, async () => {
    await assertIs([executable, word], program);
  });
}

test("files of the directory it is started in do not change the program", async () => {
  await inDirectory(async (directory) => {
    writeFileSync(join(directory, ".env"), "SUPERVISORD_SPAWN_FAILURE=from dotenv\n");
    writeFileSync(join(directory, "bunfig.toml"), 'preload = ["./preloaded.ts"]\n');
    writeFileSync(join(directory, "preloaded.ts"), 'console.log("preloaded");\n');
    writeFileSync(join(directory, "package.json"), "not json\n");
    const version = await run([executable, "-v"], { cwd: directory });
    assert.deepEqual(version, { status: 0, stdout: "4.3.0\n", stderr: "" });
  });
});

test("it starts with an empty environment", async () => {
  const version = await run(["env", "-i", executable, "-v"]);
  assert.deepEqual(version, { status: 0, stdout: "4.3.0\n", stderr: "" });
});

test("--build-info names a version, a target and a runtime, as JSON", async () => {
  const { status, stdout } = await run([executable, "--build-info"]);
  assert.equal(status, 0);
  const info = JSON.parse(stdout) as Record<string, unknown>;
  assert.match(String(info["version"]), /^\d+\.\d+\.\d+$/);
  assert.match(String(info["commit"]), /^(unknown|[0-9a-f]{40})$/);
  assert.match(String(info["runtime"]), /^bun \d/);
  assert.equal(info["target"], "native");
});

test("a daemon in the foreground is one start of the executable, and its settings are its own", async () => {
  const mine = { BUN_JSC_useFTLJIT: "1" };
  await withDaemon(
    { programs: "[program:one]\ncommand = sleep 100000\n", env: mine },
    async (daemon) => {
      // What the system knows is what it was started with: it has not started itself over.
      const own = readFileSync(`/proc/${daemon.pid}/environ`, "utf8").split("\0");
      assert.deepEqual(own.filter((pair) => pair.startsWith("SUPERVISORD_QUIET=")), []);
      // One thread: what else would be there, the settings prevent.
      assert.equal(readdirSync(`/proc/${daemon.pid}/task`).length, 1);
      const child = readFileSync(`/proc/${await daemon.pidOf("one")}/environ`, "utf8").split("\0");
      assert.deepEqual(
        child.filter((pair) => /^(BUN_|MIMALLOC_|SUPERVISORD_QUIET=)/.test(pair)).sort(),
        Object.entries(mine).map(([name, value]) => `${name}=${value}`).sort(),
      );
    },
  );
});
