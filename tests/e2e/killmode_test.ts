/** killmode: what a program has started, wherever it went, ends with it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { TestDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/**
 * A shell that starts one child in its group, one in a session of its own, and one that has left
 * its parents and its session and ignores TERM. Each writes its pid when it is ready.
 */
const FAMILY = `#!/bin/sh
echo $$ >main.pid
sleep 601 & echo $! >child.pid
setsid sh -c 'echo $$ >session.pid; exec sleep 602' &
setsid sh -c 'sh -c "trap : TERM; echo \\$\\$ >deaf.pid; while :; do sleep 1 & wait; done" & exit 0' &
while [ ! -s deaf.pid ] || [ ! -s session.pid ]; do sleep 0.05; done
echo ready >ready
exec sleep 600
`;

const MEMBERS = ["main", "child", "session", "deaf"] as const;

async function startFamily(keys: string): Promise<[TestDaemon, Map<string, number>]> {
  const daemon = await TestDaemon.start({ programs: "" });
  const directory = daemon.directory;
  writeFileSync(join(directory, "family.sh"), FAMILY, { mode: 0o755 });
  writeFileSync(
    daemon.configFile,
    `${readFileSync(daemon.configFile, "utf8")}
[program:family]
command = ${directory}/family.sh
directory = ${directory}
stopwaitsecs = 2
autorestart = true
${keys}
`,
  );
  await daemon.ctl("update");
  await until("the family to be there", () => existsSync(join(directory, "ready")));
  const pids = MEMBERS.map((name) =>
    [name, Number(readFileSync(join(directory, `${name}.pid`), "utf8"))] as const
  );
  return [daemon, new Map(pids)];
}

/** A process that has ended but was not collected has ended. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

const alive = (pids: ReadonlyMap<string, number>) =>
  [...pids].filter(([, pid]) => isAlive(pid)).map(([name]) => name);

async function endAll(daemon: TestDaemon, pids: ReadonlyMap<string, number>): Promise<void> {
  await daemon.dispose();
  for (const pid of pids.values()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // gone, as it should be
    }
  }
}

for (const mode of ["tree", "cgroup"]) {
  test(`killmode = ${mode} ends descendants that left the group and the session`, async () => {
    const [daemon, pids] = await startFamily(`killmode = ${mode}`);
    try {
      assert.deepEqual(alive(pids), [...MEMBERS]);
      const stop = await daemon.ctl("stop", "family");
      assert.equal(stop.stdout, "family: stopped\n");
      assert.deepEqual(alive(pids), []);
      // The one that ignores TERM got its time, and then SIGKILL.
      const line = await daemon.untilLogged(/'family' left (\d+) processes? behind: (.*)/);
      assert.match(line[2] ?? "", /had to be killed with SIGKILL/);
      const status = await daemon.ctl("status", "-v", "family");
      assert.match(status.stdout, /left behind +\d+ processes that ended, [1-9]\d* that had to be/);
    } finally {
      await endAll(daemon, pids);
    }
  });
}

test("what a crashed process leaves behind is gone before the next one starts", async () => {
  const [daemon, pids] = await startFamily("killmode = tree");
  try {
    const before = await daemon.pidOf("family");
    process.kill(before, "SIGKILL");
    await until("another process", async () => (await daemon.pidOf("family")) !== before);
    assert.deepEqual(alive(pids), []);
  } finally {
    await endAll(daemon, pids);
  }
});

test("without killmode the stop signal is for the process alone, as ever", async () => {
  const [daemon, pids] = await startFamily("");
  try {
    await daemon.ctl("stop", "family");
    assert.deepEqual(alive(pids), ["child", "session", "deaf"]);
    assert.doesNotMatch(daemon.log(), /behind/);
  } finally {
    await endAll(daemon, pids);
  }
});

test("killmode = group reaches the group, and no further", async () => {
  const [daemon, pids] = await startFamily("killmode = group");
  try {
    await daemon.ctl("stop", "family");
    assert.deepEqual(alive(pids), ["session", "deaf"]);
  } finally {
    await endAll(daemon, pids);
  }
});
