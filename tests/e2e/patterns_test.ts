/** Several processes by one pattern, a state or a tag. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestDaemon } from "../support/start_daemon.ts";

const PROGRAMS = `
[program:worker]
command = sleep 600
process_name = %(program_name)s_%(process_num)02d
numprocs = 3
startsecs = 0
tags = batch, nightly
[program:web]
command = sleep 600
startsecs = 0
tags = front
[program:broken]
command = /nonexistent/program
startretries = 0
`;

test("patterns, states and tags select processes for every action", async () => {
  const daemon = await TestDaemon.start({ programs: PROGRAMS });
  try {
    await daemon.untilState("broken", "FATAL");
    const lines = async (...args: string[]) =>
      (await daemon.ctl(...args)).stdout.trim().split("\n");

    const planned = await lines("stop", "--tag", "batch", "--dry-run");
    assert.deepEqual(
      planned,
      [0, 1, 2].map((i) => `would stop worker:worker_0${i} (RUNNING)`),
    );
    assert.deepEqual(await lines("stop", "worker_0[12]"), [
      "worker:worker_01: stopped",
      "worker:worker_02: stopped",
    ]);
    const stopped = await daemon.ctl("status", "--state", "stopped,fatal");
    assert.deepEqual(stopped.stdout.match(/^\S+/gm), [
      "broken",
      "worker:worker_01",
      "worker:worker_02",
    ]);
    assert.equal(stopped.status, 3);
    assert.deepEqual(await lines("start", "--state=STOPPED", "--tag=nightly"), [
      "worker:worker_01: started",
      "worker:worker_02: started",
    ]);
    const json = JSON.parse((await daemon.ctl("--json", "restart", "w*:*_00")).stdout);
    assert.deepEqual(
      json.results.map((result: { namespec: string; verb: string }) =>
        [result.verb, result.namespec].join(" ")
      ),
      ["stop worker:worker_00", "start worker:worker_00"],
    );
    assert.deepEqual(await lines("signal", "CONT", "*:w*"), [
      "web: signalled",
      "worker:worker_00: signalled",
      "worker:worker_01: signalled",
      "worker:worker_02: signalled",
    ]);

    assert.match((await lines("why", "--state", "FATAL")).join("\n"), /^broken: FATAL\n/);
    const logs = await daemon.ctl("logs", "w*", "nothing?");
    assert.deepEqual([logs.stdout, logs.status], ["nothing?: ERROR (no such process name)\n", 1]);
    const nobody = await daemon.ctl("stop", "nobody*");
    assert.deepEqual([nobody.stdout, nobody.status], [
      "nobody*: ERROR (no process matches)\n",
      1,
    ]);
    const mistyped = await daemon.ctl("stop", "--state", "RUNING");
    assert.match(mistyped.stdout, /^Error: stop: unknown state RUNING, did you mean RUNNING\?/);
    assert.equal(mistyped.status, 2);
    assert.equal((await daemon.status()).get("web")?.state, "RUNNING");
  } finally {
    await daemon.dispose();
  }
});
