/** Programs that run at set times, and on demand. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

test("a program runs every second, is told in status, and a long run is stopped", async () => {
  const programs = `[program:tick]
command = sh -c 'echo tick; exit 3'
schedule = * * * * * *
schedule_timezone = Europe/Berlin
[program:slow]
command = sleep 100000
schedule = */2 * * * * *
schedule_timeout = 300ms
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilLogged(/(exited: tick \(exit status 3; not expected\)[^]*){2}/);
    await daemon.untilLogged(
      /WARN stopping 'slow': the run took longer than 0.3 s \(schedule_timeout\)/,
    );
    await daemon.untilLogged(/stopped: slow \(terminated by SIGTERM\)/);
    const status = await daemon.ctl("status", "-v", "tick");
    assert.match(status.stdout, /^ {4}schedule +\* \* \* \* \* \* \(Europe\/Berlin\)$/m);
    assert.match(status.stdout, /^ {4}settings +schedule = \* \* \* \* \* \*$/m);
    assert.match((await daemon.ctl("why", "tick")).stdout, /its schedule runs it next at 20/);
    assert.match(status.stdout, /^ {4}next run +20\d\d-\d\d-\d\dT[\d:]+\.000Z$/m);
    assert.doesNotMatch(daemon.log(), /BACKOFF|FATAL/);
  });
});

test("run starts a program now; with --wait its end is told, and is supervisorctl's own", async () => {
  const programs = `[program:backup]
command = sh -c 'sleep 0.2; exit 7'
schedule = @yearly
[program:long]
command = sleep 100000
schedule = @yearly
[program:missing]
command = /no/such/file
schedule = @yearly
[program:killed]
command = sh -c 'kill -KILL $$'
schedule = @yearly
`;
  await withDaemon({ programs }, async (daemon) => {
    assert.equal((await daemon.status()).get("backup")?.state, "STOPPED");
    const run = await daemon.ctl("run", "--wait", "backup");
    assert.match(run.stdout, /^backup: exit status 7 after 0\.\d+ s\n$/);
    assert.equal(run.status, 7);
    assert.equal((await daemon.status()).get("backup")?.state, "EXITED");

    const started = await daemon.ctl("run", "long");
    assert.deepEqual([started.stdout, started.status], ["long: started\n", 0]);
    const again = await daemon.ctl("run", "--wait", "long");
    assert.deepEqual([again.stdout, again.status], ["long: ERROR (already started: long)\n", 1]);

    assert.equal((await daemon.ctl("run", "--wait", "killed")).status, 137);
    const missing = await daemon.ctl("run", "--wait", "missing");
    assert.deepEqual([missing.stdout, missing.status], [
      "missing: ERROR (can't find command '/no/such/file')\n",
      1,
    ]);
  });
});

test("a run that waits for the one before still comes when the daemon was replaced meanwhile", async () => {
  const directory = makeDirectory();
  const [gate, notes] = [join(directory, "gate"), join(directory, "notes")];
  // Once, a few seconds from now: whatever comes after that was queued.
  const due = new Date(Date.now() + 4000);
  const [second, minute, hour] = [due.getUTCSeconds(), due.getUTCMinutes(), due.getUTCHours()];
  const programs = `[program:job]
command = sh -c 'echo begun >> ${notes}; until test -e ${gate}; do sleep 0.1; done'
schedule = ${second} ${minute} ${hour} * * *
schedule_timezone = UTC
schedule_concurrency = queue
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    assert.equal((await daemon.ctl("run", "job")).stdout, "job: started\n");
    const pid = await daemon.pidOf("job");
    const isQueued = async () =>
      /, a run is queued$/m.test((await daemon.ctl("status", "-v", "job")).stdout);
    await until("the run to be queued", isQueued);
    assert.match((await daemon.ctl("reload", "--keep")).stdout, /its processes go on/);
    assert.equal(await daemon.pidOf("job"), pid);
    assert.equal(await isQueued(), true);
    writeFileSync(gate, "");
    await until("the queued run", () => readFileSync(notes, "utf8") === "begun\nbegun\n");
  });
});
