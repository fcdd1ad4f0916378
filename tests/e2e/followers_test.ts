/** Many readers on one growing, rotating log: the fast, the stalled, and the child they read. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientOf } from "../support/client.ts";
import { fixtureCommand } from "../support/journal.ts";
import { LogFollower } from "../support/log_follower.ts";
import { LINE_BYTES, numberedLine } from "../support/numbered_lines.ts";
import { anonymousMemory } from "../support/processes.ts";
import { withDaemon } from "../support/start_daemon.ts";
import { pause, until } from "../support/until.ts";

const MEBIBYTE = 1024 * 1024;
const LINES = 100 * MEBIBYTE / LINE_BYTES;
const FOLLOWERS = 20;
/**
 * The child writes so much more than the slowest of the followers has read, in MiB: less than the
 * daemon keeps for them, so that on no machine, however busy, one of them falls behind.
 */
const AHEAD = 16;

/** Compares a stream with the log it should be, where it stands. */
class Comparison {
  readonly #expected: Uint8Array;
  at = 0;
  difference: string | null = null;

  constructor(expected: Uint8Array) {
    this.#expected = expected;
  }

  receive(bytes: Uint8Array): void {
    const wanted = this.#expected.subarray(this.at, this.at + bytes.length);
    if (this.difference === null && Buffer.compare(wanted, bytes) !== 0) {
      this.difference = `at byte ${this.at}: ${Buffer.from(bytes.subarray(0, 200)).toString()}`;
    }
    this.at += bytes.length;
  }
}

test("20 followers get every byte of 100 MB rotated each MB, whatever a stalled one does", async () => {
  const expected = Buffer.alloc(LINES * LINE_BYTES);
  for (let i = 0; i < LINES; i++) {
    expected.write(numberedLine("flood", i + 1), i * LINE_BYTES, "latin1");
  }
  const args = [`${LINES}`, "--blocks", "--credit=1", "--done=%(here)s/done"];
  const programs = `[program:flood]
command = ${fixtureCommand("write_lines.ts", ...args)}
stdout_logfile = %(here)s/flood.log
stdout_logfile_maxbytes = 1MB
stdout_logfile_backups = 3
startsecs = 0
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("flood", "RUNNING");
    const socket = join(daemon.directory, "supervisor.sock");
    const path = "/logtail/flood/stdout";
    const comparisons = Array.from({ length: FOLLOWERS }, () => new Comparison(expected));
    const followers = comparisons.map((comparison) =>
      new LogFollower({ socket, path, onData: (bytes) => comparison.receive(bytes) })
    );
    const stalledText: string[] = [];
    const stalled = new LogFollower({
      socket,
      path,
      onData: (bytes) => stalledText.push(Buffer.from(bytes).toString("latin1")),
    });
    stalled.stall();
    await pause(500);
    const before = anonymousMemory(daemon.pid);
    let most = before;

    const client = clientOf(daemon);
    const explain = (error: Error) => {
      const seen = comparisons.map(({ at, difference }) => difference ?? `${at} bytes`);
      assert.fail(`${error.message}; the followers have: ${seen.join(", ")}`);
    };
    let allowed = 0;
    let slowestCall = 0;
    await until("the child to have written all", async () => {
      const slowest = Math.floor(Math.min(...comparisons.map(({ at }) => at)) / MEBIBYTE);
      const more = Math.max(0, Math.min(slowest + AHEAD, expected.length / MEBIBYTE) - allowed);
      allowed += more;
      const asked = performance.now();
      await client.call("supervisor.sendProcessStdin", "flood", "x".repeat(more));
      slowestCall = Math.max(slowestCall, performance.now() - asked);
      most = Math.max(most, anonymousMemory(daemon.pid));
      return existsSync(join(daemon.directory, "done"));
    }, { deadlineMs: 90_000, everyMs: 10 }).catch(explain);
    const longestWrite = Number(readFileSync(join(daemon.directory, "done"), "utf8"));
    await until(
      "every follower to have all of it",
      () => comparisons.every(({ at }) => at >= expected.length),
      { deadlineMs: 30_000 },
    ).catch(explain);

    for (const [index, { at, difference }] of comparisons.entries()) {
      assert.equal(difference, null, `follower ${index}`);
      assert.equal(at, expected.length, `bytes of follower ${index}`);
    }
    // The stalled one is stalled all the time: whoever waited for it would wait much longer.
    assert.ok(longestWrite < 5_000, `a write took ${longestWrite} ms`);
    assert.ok(slowestCall < 5_000, `a call took ${slowestCall} ms`);

    stalled.goOn();
    const notice = await until(
      "the stalled follower to be told, or dropped",
      () => stalled.isOver || /==> (\d+) bytes skipped/.exec(stalledText.join("")),
    );
    await until(
      "the stalled follower to be at the end",
      () => stalled.isOver || stalledText.join("").endsWith(numberedLine("flood", LINES)),
    );
    if (notice !== true) {
      // What came and what was skipped make up the whole log.
      const text = stalledText.join("").replaceAll(/==> \d+ bytes skipped:.*<==\n/g, "");
      const skipped = [...stalledText.join("").matchAll(/==> (\d+) bytes skipped/g)]
        .reduce((sum, [, bytes]) => sum + Number(bytes), 0);
      assert.equal(text.length + skipped, expected.length);
    }
    // Two gigabytes have gone out; what is in use is what the runtime has not collected yet.
    const growth = (most - before) / MEBIBYTE;
    assert.ok(growth < 192, `the daemon's memory grew by ${growth} MiB`);

    for (const follower of [...followers, stalled]) follower.close();
    await until(
      "the rolled over files to be closed",
      () => readdirSync(`/proc/${daemon.pid}/fd`).length < 40,
    );
    client.close();
  });
});
