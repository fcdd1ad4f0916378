/** Targets of output that fail: a reader that sleeps, a disk that is full. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { clientOf } from "../support/client.ts";
import { fixtureCommand } from "../support/journal.ts";
import { allProcesses, anonymousMemory } from "../support/processes.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const MEBIBYTE = 1024 * 1024;

for (const silent of [true, false]) {
  const what = silent ? "the output of children" : "their output and a debug log";
  test(`a standard output that nobody reads, with ${what} on it, holds up neither child nor daemon`, async () => {
    const directory = makeDirectory();
    // A reader that never reads; supervisord's standard output is the other end.
    const wrapper = [
      ...["sh", "-c"],
      `mkfifo ${directory}/out; sleep 100000 <${directory}/out & exec "$@" >${directory}/out`,
      "wrapper",
    ];
    const programs = `[program:flood]
command = ${fixtureCommand("write_lines.ts", "150000", "--blocks", "--done=%(here)s/done")}
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0
startsecs = 0
`;
    const settings = silent ? "silent = true\n" : "loglevel = debug\n";
    await withDaemon({ directory, wrapper, programs, daemon: settings }, async (daemon) => {
      const sleeper = allProcesses().find(({ parent, command }) =>
        parent === daemon.pid && command === "sleep"
      );
      assert.ok(sleeper !== undefined);
      await until("the child to have written 9 MB", () => existsSync(join(directory, "done")));
      const notice = await daemon.untilLogged(
        /\/dev\/stdout is not read fast enough: (\d+) bytes of output were dropped/,
      );
      assert.ok(Number(notice[1]) > 0);
      const client = clientOf(daemon);
      const before = performance.now();
      assert.deepEqual(await client.call("supervisor.getState"), {
        statecode: 1,
        statename: "RUNNING",
      });
      const took = performance.now() - before;
      assert.ok(took < 10_000, `a call took ${took} ms`);
      const memory = anonymousMemory(daemon.pid) / MEBIBYTE;
      assert.ok(memory < 128, `the daemon uses ${memory} MiB`);
      client.close();
      // It ends in this state, too.
      daemon.remember();
      daemon.signal("SIGTERM");
      assert.equal(await daemon.exit(), 0);
      process.kill(sleeper.pid, "SIGKILL");
      await daemon.assertNobodyLeft();
    });
  });
}

test("a full disk loses neither child nor daemon, is told once, and is over when there is room", async () => {
  const directory = makeDirectory();
  const small = join(directory, "small");
  mkdirSync(small);
  // A disk of 256 kB in a mount namespace of the daemon's own.
  const wrapper = [
    ...["unshare", "--mount", "sh", "-c"],
    `mount -t tmpfs -o size=256k tmpfs ${small} && exec "$@"`,
    "wrapper",
  ];
  const programs = `[program:flood]
command = ${fixtureCommand("write_lines.ts", "9000", "--done=%(here)s/done")}
stdout_logfile = ${small}/flood.log
startsecs = 0
[program:echo]
command = cat
stdout_logfile = ${small}/echo.log
startsecs = 0
`;
  await withDaemon({ directory, wrapper, programs }, async (daemon) => {
    await until("the child to have written 576 kB", () => existsSync(join(directory, "done")));
    await daemon.untilLogged(/cannot write log file \S+\/flood\.log: /);
    assert.equal((await daemon.status()).get("flood")?.state, "RUNNING");
    assert.equal(daemon.log().split("cannot write log file").length, 2, "told more than once");

    // Room again: what was kept in memory is written.
    const seen = (name: string) => join(`/proc/${daemon.pid}/root${small}`, name);
    assert.equal((await daemon.ctl("clear", "flood")).stdout, "flood: cleared\n");
    await daemon.untilLogged(/log file \S+\/flood\.log works again; \d+ bytes were lost/);
    const client = clientOf(daemon);
    await client.call("supervisor.sendProcessStdin", "echo", "still here\n");
    await until(
      "a line of another program",
      () => readFileSync(seen("echo.log"), "utf8") === "still here\n",
    );
    client.close();
  });
});
