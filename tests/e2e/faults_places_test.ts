/** Faults of the places the daemon needs: pid file, socket, main log, terminal. See docs/faults.md. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { isAlive, lookAt } from "../support/processes.ts";
import { run, type RunResult } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisorctlCommand,
  supervisordCommand,
  withDaemon,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const PROGRAM = "[program:one]\ncommand = sleep 100000\nstartsecs = 0\n";

/** Starts a daemon that is expected to end by itself, in a directory that holds what `prepare` makes. */
async function refusedStart(prepare: (directory: string) => void): Promise<RunResult> {
  const directory = makeDirectory();
  try {
    prepare(directory);
    const config = join(directory, "supervisord.conf");
    writeFileSync(
      config,
      configText(directory, `${PROGRAM}stdout_logfile = ${directory}/one.log\n`),
    );
    const result = await run([...supervisordCommand, "-n", "-c", config], { cwd: directory });
    assert.ok(!existsSync(join(directory, "one.log")), "a program was started");
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const [whose, content] of [["stale", "999999\n"], ["somebody else's", `${process.pid}\n`]]) {
  test(`a pid file that is ${whose} is replaced by ours, and harms nobody`, async () => {
    const directory = makeDirectory();
    const file = join(directory, "supervisord.pid");
    writeFileSync(file, content as string);
    await withDaemon({ directory, programs: PROGRAM }, async (daemon) => {
      assert.equal(readFileSync(file, "utf8"), `${daemon.pid}\n`);
      await daemon.untilState("one", "RUNNING");
      await daemon.stop();
      assert.ok(!existsSync(file));
    });
  });
}

test("a directory in the place of the socket ends the start with its reason, and stays", async () => {
  const { status, stderr } = await refusedStart((directory) =>
    mkdirSync(join(directory, "supervisor.sock"))
  );
  assert.equal(status, 2);
  assert.match(stderr, /Error: Cannot open an HTTP server: socket\.error reported errno\.EISDIR/);
});

test("a main log that cannot be opened ends the start with its name and its reason", async () => {
  const { status, stderr } = await refusedStart((directory) =>
    mkdirSync(join(directory, "supervisord.log"))
  );
  assert.equal(status, 1);
  assert.match(stderr, /could not open the main log: EISDIR: .*supervisord\.log/);
});

test("when its terminal hangs up, the daemon takes it for a HUP, says so and goes on without it", async () => {
  const directory = makeDirectory();
  const config = join(directory, "supervisord.conf");
  writeFileSync(config, configText(directory, PROGRAM));
  const command = [...supervisordCommand, "-n", "-c", config].join(" ");
  const terminal = spawn("script", ["-qec", `exec ${command}`, "/dev/null"], {
    cwd: directory,
    stdio: "ignore",
  });
  const ctl = (...words: string[]) => run([...supervisorctlCommand, "-c", config, ...words]);
  const log = () => readFileSync(join(directory, "supervisord.log"), "utf8");
  const isRunning = async () => /RUNNING/.test((await ctl("status", "one")).stdout);
  try {
    await until("the program", isRunning);
    const daemon = lookAt(Number(readFileSync(join(directory, "supervisord.pid"), "utf8")));
    assert.ok(daemon !== null);
    // The other side of the terminal goes with whoever has opened it.
    process.kill(terminal.pid as number, "SIGKILL");
    await until("the new start", () => log().split("supervisord started with pid").length === 3);
    assert.match(log(), /WARN received SIGHUP indicating restart request/);
    assert.match(
      log(),
      /CRIT cannot write to \/dev\/stdout: EIO; nothing more will be written there/,
    );
    await until("the program again", isRunning);
    assert.ok(isAlive(daemon), "it is another process");
    assert.equal((await ctl("shutdown")).stdout, "Shut down\n");
    await until("the daemon to be gone", () => !isAlive(daemon));
  } finally {
    await ctl("shutdown");
    rmSync(directory, { recursive: true, force: true });
  }
});
