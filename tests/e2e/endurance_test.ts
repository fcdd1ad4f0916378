/** What must not add up, however often it happens. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.ts";
import { fixtureCommand, readJournal } from "../support/journal.ts";
import { allProcesses, anonymousMemory, cpuSeconds } from "../support/processes.ts";
import { makeDirectory, type TestDaemon, withDaemon } from "../support/start_daemon.ts";
import { pause, until } from "../support/until.ts";

const MEBIBYTE = 1024 * 1024;

const openFiles = (daemon: TestDaemon) => readdirSync(`/proc/${daemon.pid}/fd`).length;

test("a thousand restarts leave no descriptor, no zombie and no memory behind", async () => {
  const programs = `[program:brief]
command = sh -c 'echo out; echo err >&2'
process_name = %(process_num)d
numprocs = 4
startsecs = 0
autorestart = true
`;
  await withDaemon({ programs, daemon: "logfile_maxbytes = 0\n" }, async (daemon) => {
    const starts = () => daemon.log().split(" INFO spawned: '").length - 1;
    await until("the first hundred starts", () => starts() > 100, { deadlineMs: 30_000 });
    const files = openFiles(daemon);
    const memory = anonymousMemory(daemon.pid);
    await until("a thousand more", () => starts() > 1_100, { deadlineMs: 60_000, everyMs: 100 });
    // The number at one moment depends on who is just being started: six for each of four.
    assert.ok(openFiles(daemon) <= files + 24, `${files} open files became ${openFiles(daemon)}`);
    const growth = (anonymousMemory(daemon.pid) - memory) / MEBIBYTE;
    assert.ok(growth < 24, `memory grew by ${growth} MiB`);
    // One that has exited at this moment starts again in spite of the stop, as in Supervisor.
    await until("all of them to be stopped", async () => {
      await daemon.ctl("stop", "all");
      return allProcesses().every(({ parent }) => parent !== daemon.pid);
    });
  });
});

test("a child that closes its outputs and lives on costs no processor time", async () => {
  const programs = `[program:silent]
command = sh -c 'exec >&- 2>&- <&-; exec sleep 100000'
process_name = %(process_num)d
numprocs = 5
startsecs = 0
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("silent:4", "RUNNING");
    await pause(1_000);
    const before = cpuSeconds(daemon.pid);
    await pause(2_000);
    const used = cpuSeconds(daemon.pid) - before;
    assert.ok(used < 0.2, `${used} s of processor time in 2 s`);
    assert.equal((await daemon.status()).get("silent:4")?.state, "RUNNING");
  });
});

test("five restarts by HUP under constant requests: same pid, same socket, serials go on", async () => {
  const directory = makeDirectory();
  const path = join(directory, "journal");
  const programs = `[eventlistener:journal]
command = ${fixtureCommand("journal_listener.ts", path)}
events = SUPERVISOR_STATE_CHANGE, PROCESS_STATE_RUNNING
startsecs = 0
buffer_size = 100
[program:one]
command = sleep 100000
startsecs = 0
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    await daemon.untilState("one", "RUNNING");
    let isOver = false;
    let answers = 0;
    const load = Array.from({ length: 4 }, async () => {
      const client = clientOf(daemon);
      while (!isOver) {
        try {
          await client.call("supervisor.getAllProcessInfo");
          answers++;
        } catch {
          // Between two generations nobody listens: the client tries again, as people do.
          await pause(5);
        }
      }
      client.close();
    });
    const started = () => daemon.log().split(" INFO supervisord started with pid ").length - 1;
    // What a listener has not taken when it is stopped is gone with its generation.
    const untilListenerHeard = (generations: number) =>
      until(
        "its listener",
        () =>
          readJournal(path).filter(({ what, eventName }) =>
            what === "got" && eventName === "SUPERVISOR_STATE_CHANGE_RUNNING"
          ).length === generations,
      );
    await untilListenerHeard(1);
    for (let round = 1; round <= 5; round++) {
      daemon.signal("SIGHUP");
      await until("the next generation", () => started() === round + 1);
      await untilListenerHeard(round + 1);
    }
    isOver = true;
    await Promise.all(load);
    assert.ok(answers > 50, `only ${answers} answers`);
    assert.doesNotMatch(daemon.log(), /already listening| ERRO /);
    assert.equal((await daemon.ctl("pid")).stdout.trim(), String(daemon.pid));
    const serials = readJournal(path).filter(({ what }) => what === "got").map((e) => e.serial);
    assert.deepEqual(serials, serials.toSorted((a, b) => a - b));
    assert.equal(new Set(serials).size, serials.length);
  });
});
