/** A daemon with nothing to do does nothing. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { withDaemon } from "../support/start_daemon.ts";
import { pause, until } from "../support/until.ts";

const WINDOW_SECONDS = Number(process.env["IDLE_WINDOW_SECONDS"] ?? 20);
/** How long the runtime's own threads may take to come to rest after the start. */
const SETTLE_MS = 60_000 + WINDOW_SECONDS * 1_000;

/** How often each thread has gone to sleep by itself, which is once per wake-up, by name and id. */
function sleepsOf(pid: number): Map<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((task) => {
      const status = readFileSync(`/proc/${pid}/task/${task}/status`, "utf8");
      const name = /^Name:\s+(.+)$/m.exec(status)?.[1];
      return [`${name} ${task}`, Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1])];
    }),
  );
}

/** Threads that have been awake between two looks. A new thread has been. */
function awake(before: Map<string, number>, after: Map<string, number>): Map<string, number> {
  return new Map(
    [...after].map(([thread, count]) => [thread, count - (before.get(thread) ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}

test("with a hundred sleeping children and a listener without ticks, no thread of the daemon wakes up", async () => {
  const programs = `[program:many]
command = sleep 100000
numprocs = 100
process_name = %(process_num)d
[eventlistener:quiet]
command = sh -c 'echo READY; exec sleep 100000'
events = PROCESS_STATE_FATAL, PROCESS_COMMUNICATION
`;
  await withDaemon({ programs }, async (daemon) => {
    await until("a hundred children and the listener", async () => {
      const states = [...(await daemon.status()).values()];
      return states.length === 101 && states.every((line) => line.state === "RUNNING");
    }, { deadlineMs: 60_000 });
    // Threads of the runtime that compile and collect wind down for a while after the start; a
    // timer, ours or theirs, would be in every window.
    let woken = new Map<string, number>();
    await until("a window without a wake-up", async () => {
      const before = sleepsOf(daemon.pid);
      await pause(WINDOW_SECONDS * 1_000);
      woken = awake(before, sleepsOf(daemon.pid));
      return woken.size === 0;
    }, { deadlineMs: SETTLE_MS }).catch(() => {
      assert.deepEqual([...woken], [], `wake-ups in ${WINDOW_SECONDS} s, by thread`);
    });
  });
});
