/** Faults for want of descriptors: at spawn, at accept, at log open. See docs/faults.md. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { processView } from "../support/api.ts";
import { withBystander } from "../support/bystander.ts";
import { cpuSeconds } from "../support/processes.ts";
import { run } from "../support/run.ts";
import { pause, until } from "../support/until.ts";

const WRITER = `[program:writer]
command = sh -c 'while :; do seq -f "%%0099.0f" 1 20; sleep 0.05; done'
startsecs = 0
priority = 2
stdout_logfile = %(here)s/writer.log
stdout_logfile_maxbytes = 10KB
stdout_logfile_backups = 2
`;

test("children cannot take the last descriptors: who gets none is told why, and the daemon answers and writes on", async () => {
  const programs = `${WRITER}[program:many]
command = sleep 100000
process_name = %(process_num)02d
numprocs = 40
startsecs = 0
startretries = 0
`;
  const wrapper = ["prlimit", "--nofile=128:128"];
  await withBystander({ programs, wrapper, daemon: "minfds = 64\n" }, async (daemon) => {
    await daemon.untilState("many:39", "FATAL");
    const all = await daemon.status();
    assert.equal(all.get("many:39")?.description, "too many open files to spawn '39'");
    assert.equal(
      (await processView(daemon, "many:39")).spawnError,
      "too many open files to spawn '39'",
    );
    assert.match(daemon.log(), /INFO spawnerr: too many open files to spawn '39'/);
    const running = [...all].filter(([name, { state }]) =>
      name.startsWith("many:") && state === "RUNNING"
    ).map(([name]) => name);
    assert.ok(running.length > 5, `only ${running.length} of many run`);

    // Clients that would take the rest get no further, and cost no processor time by waiting.
    const sockets: Socket[] = [];
    for (let i = 0; i < 100; i++) {
      const socket = connect(join(daemon.directory, "supervisor.sock"));
      socket.on("error", () => {});
      sockets.push(socket);
    }
    await until(
      "an answer beside a hundred silent clients",
      async () => (await daemon.ctl("pid")).status === 0,
    );
    const before = cpuSeconds(daemon.pid);
    await pause(500);
    const used = cpuSeconds(daemon.pid) - before;
    assert.ok(used < 0.3, `${used} s of processor time in 0.5 s`);
    for (const socket of sockets) socket.destroy();

    const rolled = () => statSync(join(daemon.directory, "writer.log.1")).ino;
    const first = rolled();
    await until("the log to roll over", () => rolled() !== first);

    await daemon.ctl("stop", ...running.slice(0, 2));
    assert.equal((await daemon.ctl("start", "many:39")).stdout, "many:39: started\n");
  });
});

test("a limit that is lowered under the daemon stops rollover and restarts, by name, until it is raised", async () => {
  const programs = `${WRITER}[program:mortal]
command = sleep 100000
startsecs = 0
startretries = 100
autorestart = true
`;
  await withBystander({ programs }, async (daemon) => {
    const limit = async (soft: string) => {
      const { status, stderr } = await run(["prlimit", `--nofile=${soft}:`, `--pid=${daemon.pid}`]);
      assert.equal(status, 0, stderr);
    };
    const mortal = await daemon.pidOf("mortal");
    await until("the first rollover", () => existsSync(join(daemon.directory, "writer.log.1")));
    await limit("4");
    process.kill(mortal, "SIGKILL");
    await daemon.untilLogged(/spawnerr: too many open files to spawn 'mortal'/);
    await daemon.untilLogged(
      /cannot replace log file \S+writer\.log: EMFILE; its output goes to the old file/,
    );
    await limit("512");
    await daemon.untilLogged(/log file \S+writer\.log works again; 0 bytes were lost/);
    assert.notEqual(await daemon.pidOf("mortal"), mortal);
  });
});
