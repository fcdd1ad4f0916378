/** Restart delays, limits, and programs whose end is the end of the daemon. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CONTAINER_ENVIRONMENT, makeContainer } from "../support/container.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";

test("a program that dies after each start is delayed more and more, then FATAL for restart_limit", async () => {
  const programs = `[program:crashing]
command = sh -c 'exit 3'
startsecs = 0
restart_delay = 200ms
restart_backoff = exponential
restart_limit = 3/60s
[program:waiting]
command = sh -c 'exit 0'
startsecs = 0
autorestart = true
restart_delay = 1h
`;
  await withDaemon({ programs }, async (daemon) => {
    const fatal = await daemon.untilState("crashing", "FATAL");
    const reason = "more than 3 restarts within 60 seconds (restart_limit)";
    assert.equal(fatal.description, `Gave up after ${reason}; the last: exit status 3`);
    await daemon.untilLogged(/INFO gave up: crashing entered FATAL state, more than 3 restarts/);
    const spawns = [...daemon.log().matchAll(/^\S+ (\S+) INFO spawned: 'crashing'/gm)]
      .map(([, time = ""]) => millisOfDay(time));
    assert.equal(spawns.length, 4);
    const gaps = spawns.slice(1).map((at, i) => at - (spawns[i] ?? 0));
    for (const [i, least] of [200, 400, 800].entries()) {
      assert.ok((gaps[i] ?? 0) >= least - 20, `gap ${i} of ${gaps} is too short`);
    }

    assert.equal((await daemon.untilState("waiting", "BACKOFF")).pid, null);
    assert.equal((await daemon.ctl("stop", "waiting")).stdout, "waiting: stopped\n");
    await daemon.untilState("waiting", "STOPPED");
  });
});

function millisOfDay(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.replace(",", ".").split(":").map(Number);
  return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1000);
}

test("an essential program ends the daemon, in order, with its own status", async () => {
  const programs = `[program:main]
command = sh -c 'while [ ! -e go ]; do sleep 0.1; done; exit 42'
autorestart = false
startsecs = 0
essential = true
[program:side]
command = sleep 100000
startsecs = 0
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("side", "RUNNING");
    daemon.remember();
    writeFileSync(join(daemon.directory, "go"), "");
    assert.equal(await daemon.exit(), 42);
    await daemon.assertNobodyLeft();
    assert.match(daemon.log(), /WARN shutting down because main has ended \(exit status 42\)/);
    assert.match(daemon.log(), /stopped: side \(terminated by SIGTERM\)/);
  });
});

test("as process 1, death by a signal of the essential program is 128 and its number", async () => {
  const directory = makeDirectory();
  const wrapper = await makeContainer(directory, ["sh", "sleep"]);
  const programs = `[program:main]
command = sh -c 'sleep 0.5; kill -9 $$'
autorestart = false
startsecs = 0
on_exit = shutdown
[program:side]
command = sleep 100000
`;
  await withDaemon({ directory, wrapper, programs, env: CONTAINER_ENVIRONMENT }, async (daemon) => {
    daemon.remember();
    assert.equal(await daemon.exit(), 137);
    await daemon.assertNobodyLeft();
  });
});

test("exit_when=all_stopped ends the daemon with the last program", async () => {
  const programs = `[program:one]
command = sh -c 'sleep 0.3; exit 5'
startsecs = 0
autorestart = false
[program:two]
command = sh -c 'sleep 0.8; exit 0'
startsecs = 0
`;
  await withDaemon({ programs, daemon: "exit_when = all_stopped\n" }, async (daemon) => {
    assert.equal(await daemon.exit(), 5);
    assert.match(daemon.log(), /WARN shutting down because all programs have ended \(exit_when\)/);
  });
});
