import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readPidFile } from "../../../cli/pidproxy.ts";
import { until } from "../../support/until.ts";

const runner = fileURLToPath(new URL("../../fixtures/run_pidproxy.ts", import.meta.url));
/** This runtime runs the fixture: `bun run FILE` or `deno run -A FILE`. */
const command = "Deno" in globalThis
  ? [process.execPath, "run", "-A", runner]
  : [process.execPath, "run", runner];

async function inDirectory(story: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "pidproxy-test-"));
  try {
    await story(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Proxy {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly status: Promise<number | string>;
}

function start(args: readonly string[], cwd: string): Proxy {
  const [file = "", ...rest] = command;
  const child = spawn(file, [...rest, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (data) => output.stdout += data);
  child.stderr?.on("data", (data) => output.stderr += data);
  const status = new Promise<number | string>((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? signal ?? "none"));
  });
  return { child, output, status };
}

/** Not `child.kill()`: on Deno 2.9.6 that sends one signal and refuses every later one. */
function send(proxy: Proxy, signal: NodeJS.Signals): void {
  process.kill(proxy.child.pid ?? 0, signal);
}

function script(path: string, text: string): string {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/**
 * A program like the ones pidproxy is for: it puts a daemon into the background, whose pid stands
 * in a file, and stays itself. The daemon notes each signal it gets and leaves on TERM.
 */
function daemonizing(directory: string): string {
  const daemon = script(
    join(directory, "daemon"),
    `for s in HUP USR1 USR2; do trap "echo $s >> signals" $s; done
for s in TERM INT QUIT; do trap "echo $s >> signals; exit 0" $s; done
echo $$ > daemon.pid
while [ -e starter ]; do sleep 0.05; done`,
  );
  // Not with "&": a shell without job control starts that with INT and QUIT ignored for good.
  return script(
    join(directory, "starter"),
    `setsid --fork ${daemon} </dev/null >/dev/null 2>&1
while [ -e starter ]; do sleep 0.05; done`,
  );
}

const pidFiles: readonly (readonly [string, string | null, number | null])[] = [
  ["a number and a newline", "4711\n", 4711],
  ["a number with spaces", "  42 ", 42],
  ["a number with a plus sign", "+42\n", 42],
  ["no file", null, null],
  ["an empty file", "", null],
  ["a word", "nginx\n", null],
  ["two lines", "1\n2\n", null],
  ["zero, which means our own process group to kill()", "0\n", null],
  ["a negative number, which means a process group to kill()", "-1\n", null],
  ["more digits than any pid has", "99999999999999999999\n", null],
];
for (const [what, text, expected] of pidFiles) {
  test(`readPidFile() gives ${expected} for ${what}`, async () => {
    await inDirectory((directory) => {
      const path = join(directory, "pid");
      if (text !== null) writeFileSync(path, text);
      assert.equal(readPidFile(path), expected);
      return Promise.resolve();
    });
  });
}

for (const args of [[], ["only.pid"]]) {
  test(`pidproxy with ${args.length} argument(s) prints its usage on stdout and exits 1`, async () => {
    await inDirectory(async (directory) => {
      const proxy = start(args, directory);
      assert.equal(await proxy.status, 1);
      await until(
        "the usage",
        () =>
          /\nUsage: pidproxy <pidfile name> <command> \[<cmdarg1> \.\.\.\]\n$/
            .test(proxy.output.stdout),
      );
    });
  });
}

test("pidproxy exits 0 when its command ends, whatever the command's status", async () => {
  await inDirectory(async (directory) => {
    const file = script(join(directory, "fails"), "exit 7");
    assert.equal(await start(["x.pid", file], directory).status, 0);
  });
});

test("pidproxy takes a relative command from the working directory, not from PATH", async () => {
  await inDirectory(async (directory) => {
    script(join(directory, "here"), 'echo "$0 $1 $2" > ran');
    assert.equal(await start(["x.pid", "here", "a b", "c"], directory).status, 0);
    assert.match(readFileSync(join(directory, "ran"), "utf8"), /here a b c\n$/);

    const proxy = start(["x.pid", "true"], directory);
    assert.equal(await proxy.status, 0);
    await until("the reason", () => /cannot run true/.test(proxy.output.stderr));
  });
});

test("pidproxy passes HUP, USR1 and USR2 on and goes on itself; TERM ends both", async () => {
  await inDirectory(async (directory) => {
    const proxy = start(["daemon.pid", daemonizing(directory)], directory);
    await until("the daemon's pid", () => readPidFile(join(directory, "daemon.pid")));
    const seen = () =>
      existsSync(join(directory, "signals"))
        ? readFileSync(join(directory, "signals"), "utf8").trim().split("\n")
        : [];
    for (const [index, signal] of (["HUP", "USR1", "USR2"] as const).entries()) {
      send(proxy, `SIG${signal}`);
      await until(`${signal} to arrive`, () => seen()[index] === signal);
    }
    send(proxy, "SIGTERM");
    assert.equal(await proxy.status, 0);
    await until("TERM to arrive", () => seen()[3] === "TERM");
  });
});

for (const signal of ["SIGINT", "SIGQUIT"] as const) {
  test(`pidproxy exits 0 after passing ${signal} on`, async () => {
    await inDirectory(async (directory) => {
      const proxy = start(["daemon.pid", daemonizing(directory)], directory);
      await until("the daemon's pid", () => readPidFile(join(directory, "daemon.pid")));
      send(proxy, signal);
      assert.equal(await proxy.status, 0);
      await until(
        "the signal to arrive",
        () => readFileSync(join(directory, "signals"), "utf8") === `${signal.slice(3)}\n`,
      );
    });
  });
}

test("pidproxy says so and keeps running when the pid file cannot be read", async () => {
  await inDirectory(async (directory) => {
    const file = script(
      join(directory, "waits"),
      "touch up; while [ ! -e leave ]; do sleep 0.05; done",
    );
    const proxy = start(["missing.pid", file], directory);
    await until("the command", () => existsSync(join(directory, "up")));
    send(proxy, "SIGTERM");
    await until(
      "the message",
      () => proxy.output.stdout === "Can't read child pidfile missing.pid!\n",
    );
    assert.equal(proxy.child.exitCode, null);
    writeFileSync(join(directory, "leave"), "");
    assert.equal(await proxy.status, 0);
  });
});
