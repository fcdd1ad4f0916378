/** The daemon becomes another program under its children: nothing is lost, refused or restarted. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { get } from "../support/api.ts";
import { clientOf } from "../support/client.ts";
import { RawConnection } from "../support/raw_call.ts";
import {
  configText,
  makeDirectory,
  supervisordCommand,
  type TestDaemon,
  withDaemon,
} from "../support/start_daemon.ts";
import { upgradeAgainAndAgain } from "../support/upgrades.ts";
import { until } from "../support/until.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const isCompiled = supervisordCommand.length === 1;

/** Two builds that differ in the commit they name; none when the daemon runs from source. */
function buildAnother(directory: string): string[] {
  if (!isCompiled) return [];
  const { status, stderr } = spawnSync(join(root, "compile.sh"), [`--outdir=${directory}`], {
    env: { ...process.env, SUPERVISORD_COMMIT: "second" },
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return [join(directory, "supervisord"), supervisordCommand[0] as string];
}

test("children, clients and listeners go on across three upgrades between two builds", async () => {
  const directory = makeDirectory();
  try {
    const builds = buildAnother(directory);
    const figures = await upgradeAgainAndAgain({
      children: 10,
      rounds: 3,
      pace: 0.01,
      builds,
      keepsConnections: isCompiled,
    });
    assert.deepEqual(figures.failedCalls, []);
    assert.ok(figures.calls > 10 && figures.events > 10 && figures.bytes > 100);
    const [first, , last] = figures.rounds;
    assert.ok(Math.abs((last?.descriptors ?? 0) - (first?.descriptors ?? 0)) < 5, "descriptors");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

async function generation(daemon: TestDaemon): Promise<number> {
  const facts = JSON.parse(await get(daemon, "/api/v1/daemon")) as { generation: number };
  return facts.generation;
}

test("what cannot take over is refused in a sentence, and nothing has changed", async () => {
  await withDaemon({ programs: "[program:cat]\ncommand = /bin/cat\n" }, async (daemon) => {
    const pid = await daemon.pidOf("cat");
    const stranger = join(daemon.directory, "stranger");
    writeFileSync(stranger, "#!/bin/sh\necho I am somebody else\n", { mode: 0o755 });
    const open = join(daemon.directory, "open");
    copyFileSync("/bin/true", open);
    chmodSync(open, 0o777);
    const refusals: [string, RegExp][] = [
      ["/nowhere/at/all", /there is no \/nowhere\/at\/all/],
      ["/tmp", /is not a file/],
      ["/bin/true", /no supervisord that can take over \(exit status 0\)/],
      [stranger, /no supervisord that can take over \(exit status 0: I am somebody else\)/],
      [open, /can be written by others/],
    ];
    for (const [path, reason] of refusals) {
      const { stdout, status } = await daemon.ctl("upgrade", path);
      assert.match(stdout, reason);
      assert.equal(status, 1);
    }
    const before = readFileSync(daemon.configFile, "utf8");
    writeFileSync(daemon.configFile, `${before}[program:x]\ncommand = x\nstartsecs = soon\n`);
    assert.match(
      (await daemon.ctl("reload", "--keep")).stdout,
      /configuration cannot be read: .*program:x/,
    );
    writeFileSync(daemon.configFile, before);
    assert.equal(await generation(daemon), 1);
    assert.equal(await daemon.pidOf("cat"), pid);
  });
});

test("reload --keep reads the daemon's own section and the servers, and no program's", async () => {
  const programs = "[program:cat]\ncommand = /bin/cat\n";
  await withDaemon({ programs }, async (daemon) => {
    const pid = await daemon.pidOf("cat");
    const { directory } = daemon;
    const changed = `${programs}stopsignal = KILL\n[program:new]\ncommand = /bin/cat\n`;
    const text = configText(directory, changed, "identifier = renamed\nloglevel = debug\n");
    writeFileSync(daemon.configFile, text.replaceAll("supervisor.sock", "other.sock"));
    // The client of this very call is told to look at the socket that there is until then.
    const { stdout } = await daemon.ctl("-s", `unix://${directory}/supervisor.sock`, "pid");
    assert.equal(Number(stdout), daemon.pid);
    const raw = new RawConnection({ path: join(directory, "supervisor.sock") });
    await raw.call("supervisor.upgrade");
    const identifier = async () => (await daemon.ctl("status", "cat")).stdout;
    await until("the new socket to answer", async () => /RUNNING/.test(await identifier()));
    raw.close();
    assert.equal(await daemon.pidOf("cat"), pid);
    assert.match(daemon.log(), /DEBG/);
    const { stdout: difference } = await daemon.ctl("reread");
    assert.match(difference, /new: available/);
    assert.match(difference, /cat: changed/);
    assert.match((await daemon.ctl("update")).stdout, /cat: updated process group/);
  });
});

test("deadlines, counts and half-read output survive an upgrade", async () => {
  const programs = `
[program:slow]
command = /bin/sleep 1000
startsecs = 4
[program:broken]
command = /bin/false
startretries = 1000
[program:captured]
command = /bin/cat
stdout_capture_maxbytes = 1MB
stdout_logfile = %(here)s/captured.out
[eventlistener:notes]
command = python3 ${root}tests/fixtures/note_events.py %(here)s/notes
events = PROCESS_COMMUNICATION
`;
  await withDaemon({ programs }, async (daemon) => {
    const client = clientOf(daemon);
    await daemon.untilState("captured", "RUNNING");
    const started = (await client.call("supervisor.getProcessInfo", "slow")) as { start: number };
    await client.call("supervisor.sendProcessStdin", "captured", "plain\n<!--XSUPERV");
    await until(
      "plain output to be logged",
      () => readFileSync(join(daemon.directory, "captured.out"), "utf8") === "plain\n",
    );
    assert.equal((await daemon.ctl("reload", "--keep")).status, 0);
    await client.call("supervisor.sendProcessStdin", "captured", "ISOR:BEGIN-->first ");
    assert.equal((await daemon.ctl("reload", "--keep")).status, 0);
    await client.call(
      "supervisor.sendProcessStdin",
      "captured",
      "second<!--XSUPERVISOR:END-->after\n",
    );
    await until(
      "the message to be delivered",
      () => readFileSync(join(daemon.directory, "notes"), "utf8") === "0 first second\n",
    );
    assert.equal(readFileSync(join(daemon.directory, "captured.out"), "utf8"), "plain\nafter\n");
    assert.equal(await generation(daemon), 3);
    await daemon.untilState("slow", "RUNNING");
    const now = (await client.call("supervisor.getProcessInfo", "slow")) as { start: number };
    assert.equal(now.start, started.start);
    // Tries are counted on, whatever program counts them.
    const tries = [...daemon.log().matchAll(/spawned: 'broken'/g)].length;
    await until(
      "another try",
      () => [...daemon.log().matchAll(/spawned: 'broken'/g)].length > tries,
    );
    assert.match(await get(daemon, "/metrics"), /^supervisord_upgrades_total 2$/m);
  });
});

test("signals that come while the program is replaced are not lost", async () => {
  await withDaemon({ programs: "[program:cat]\ncommand = /bin/cat\n" }, async (daemon) => {
    await daemon.pidOf("cat");
    const raw = new RawConnection({ path: join(daemon.directory, "supervisor.sock") });
    await raw.call("supervisor.upgrade");
    // The answer comes just before the old program is gone.
    daemon.signal("SIGTERM");
    assert.equal(await daemon.exit(), 0);
    raw.close();
    assert.match(daemon.log(), /received SIGTERM indicating exit request/);
  });
});
