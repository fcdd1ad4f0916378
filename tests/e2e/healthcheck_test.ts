/** `supervisorctl healthcheck`, as a container's health check calls it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../support/run.ts";
import { supervisorctlCommand, withDaemon } from "../support/start_daemon.ts";

test("healthcheck says with its status whether all is well, and what is not", async () => {
  const programs = `[program:web]
command = sleep 100000
startsecs = 0
[program:broken]
command = sh -c 'exit 1'
autostart = false
startretries = 0
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("web", "RUNNING");
    const well = await daemon.ctl("healthcheck");
    assert.equal(`${well.stdout}${well.stderr}`, "");
    assert.equal(well.status, 0);
    const named = await daemon.ctl("healthcheck", "web", "broken");
    assert.equal(named.stdout, "broken: STOPPED\n");
    assert.equal(named.status, 1);

    await daemon.ctl("start", "broken");
    await daemon.untilState("broken", "FATAL");
    const failed = await daemon.ctl("healthcheck");
    assert.equal(failed.stdout, "broken: FATAL\n");
    assert.equal(failed.status, 1);
    assert.equal((await daemon.ctl("healthcheck", "web")).status, 0);
  });
});

test("healthcheck of a daemon that is not there is 1", async () => {
  const nobody = "unix:///nonexistent/supervisor.sock";
  assert.equal((await run([...supervisorctlCommand, "-s", nobody, "healthcheck"])).status, 1);
});
