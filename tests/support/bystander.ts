/** For stories about faults: a program that has nothing to do with the fault must not notice it. */
import assert from "node:assert/strict";
import { clientOf } from "./client.ts";
import { type DaemonOptions, type TestDaemon, withDaemon } from "./start_daemon.ts";

const BYSTANDER = `
[program:bystander]
command = sleep 100000
startsecs = 0
stdout_logfile = NONE
stderr_logfile = NONE
priority = 1
`;

/** A call must be answered within this time whatever goes on: generous, the machine is busy. */
const ANSWER_MS = 10_000;

/**
 * Runs a story beside a program that must be the same process at its end. The daemon must answer
 * then, too.
 */
export async function withBystander(
  options: DaemonOptions,
  story: (daemon: TestDaemon) => Promise<void>,
): Promise<void> {
  const programs = `${options.programs ?? ""}${BYSTANDER}`;
  await withDaemon({ ...options, programs }, async (daemon) => {
    const client = clientOf(daemon);
    try {
      const pid = await daemon.pidOf("bystander");
      await story(daemon);
      if (!daemon.isRunning) return;
      const before = performance.now();
      const info = await client.call("supervisor.getProcessInfo", "bystander");
      const took = performance.now() - before;
      assert.ok(took < ANSWER_MS, `a call took ${took} ms`);
      const { statename, pid: after } = info as { statename: string; pid: number };
      assert.deepEqual({ statename, pid: after }, { statename: "RUNNING", pid });
      assert.doesNotMatch(daemon.log(), /uncaptured exception/);
    } finally {
      client.close();
    }
  });
}
