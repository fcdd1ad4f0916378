/** Programs that wait for their log rather than lose lines of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { get, processView } from "../support/api.ts";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const LINES = 60_000;

/** What is in a FIFO now. */
function take(fd: number, buffer: Uint8Array): string {
  try {
    return new TextDecoder().decode(buffer.subarray(0, readSync(fd, buffer)));
  } catch (error) {
    assert.equal((error as { code?: string }).code, "EAGAIN");
    return "";
  }
}

test("with log_policy = block a program waits for a stream that nobody reads, and no line is lost", async () => {
  const directory = makeDirectory();
  const fifo = join(directory, "fifo");
  const done = join(directory, "done");
  execFileSync("mkfifo", [fifo, join(directory, "stuck")]);
  // 100 bytes a line: 6 MB, more than all the pipes and queues on the way hold.
  const programs = `[program:patient]
command = sh -c 'seq -f "%%099.0f" 1 ${LINES}; echo >${done}; exec sleep 100000'
stdout_logfile = ${fifo}
stdout_logfile_maxbytes = 0
stdout_log_policy = block
startsecs = 0
[program:stuck]
command = seq 1 100000000
autorestart = false
stdout_logfile = ${directory}/stuck
stdout_logfile_maxbytes = 0
stdout_log_policy = block
startsecs = 0
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    for (const name of ["patient", "stuck"]) {
      await until(
        `${name} to wait`,
        async () => (await processView(daemon, name)).blocked?.stdout?.now === true,
      );
    }
    assert.equal((await daemon.ctl("stop", "stuck")).stdout, "stuck: stopped\n");
    assert.equal((await processView(daemon, "stuck")).lastExit?.signal, "SIGTERM");
    assert.equal((await processView(daemon, "stuck")).dropped, undefined);
    assert.equal(existsSync(done), false);
    assert.match(
      (await daemon.ctl("status", "-v", "patient")).stdout,
      /held up +by the stdout log for \d+ s, now\n/,
    );
    const fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      let text = "";
      const buffer = new Uint8Array(64 * 1024);
      await until("all lines", () => {
        for (let piece = take(fd, buffer); piece !== ""; piece = take(fd, buffer)) text += piece;
        return text.length >= LINES * 100;
      });
      text.trimEnd().split("\n").forEach((line, i) => assert.equal(Number(line), i + 1));
    } finally {
      closeSync(fd);
    }
    await until("the program to go on", () => existsSync(done));
    const { blocked, dropped } = await processView(daemon, "patient");
    assert.equal(blocked?.stdout?.now, false);
    assert.equal(dropped, undefined);
    const metrics = await get(daemon, "/metrics");
    assert.match(
      metrics,
      /supervisor_process_log_blocked_seconds_total\{[^}]*patient[^}]*\} [\d.]+/,
    );
  });
});
