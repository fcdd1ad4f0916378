/** Output that is hard to handle, and listeners that do nothing but talk. See docs/faults.md. */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { get } from "../support/api.ts";
import { withBystander } from "../support/bystander.ts";
import { clientOf } from "../support/client.ts";
import { fixtureCommand, readJournal } from "../support/journal.ts";
import { parseOpenMetrics } from "../support/open_metrics.ts";
import { anonymousMemory } from "../support/processes.ts";
import { makeDirectory, type TestDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const MEBIBYTE = 1024 * 1024;
const LINE_BYTES = 64 * MEBIBYTE;

const DROPPED = "supervisor_process_log_dropped_bytes";

/** The sum of a metric, of one process where it is named. */
function metric(text: string, name: string, process?: string): number {
  const samples = parseOpenMetrics(text).get(name)?.samples ?? [];
  return samples.filter(({ labels }) => process === undefined || labels["process"] === process)
    .reduce((sum, { value }) => sum + value, 0);
}

function assertModest(daemon: TestDaemon): void {
  const memory = anonymousMemory(daemon.pid) / MEBIBYTE;
  assert.ok(memory < 128, `the daemon uses ${memory} MiB`);
}

test("a line of 64 MB without an end is in the log, whole, and costs the daemon no memory", async () => {
  const endless = `head -c ${LINE_BYTES} /dev/zero | tr "\\\\0" x`;
  const programs = `[program:line]
command = sh -c '${endless}; exec sleep 100000'
startsecs = 0
stdout_logfile = %(here)s/line.log
stdout_logfile_maxbytes = 0
stdout_events_enabled = true
[program:captured]
command = sh -c 'printf "<!--XSUPERVISOR:BEGIN-->"; ${endless}; exec sleep 100000'
startsecs = 0
stdout_capture_maxbytes = 1MB
stdout_logfile = %(here)s/captured.log
[program:shared]
command = sh -c '${endless}; exec sleep 100000'
startsecs = 0
stdout_logfile = /dev/stdout
stdout_logfile_maxbytes = 0
`;
  await withBystander({ programs, daemon: "silent = true\n" }, async (daemon) => {
    const log = join(daemon.directory, "line.log");
    await until("all of the line", () => statSync(log).size === LINE_BYTES, { deadlineMs: 60_000 });
    // The terminal's reader is slower: what it does not take in time is dropped, and counted.
    await until("the same on the terminal, but for what is counted as dropped", async () => {
      const dropped = metric(await get(daemon, "/metrics"), DROPPED, "shared");
      return daemon.output.stdout.length + dropped === LINE_BYTES;
    }, { deadlineMs: 60_000, everyMs: 200 });
    assertModest(daemon);
    const { stdout } = await daemon.ctl("tail", "-100", "line");
    assert.equal(stdout, `${"x".repeat(100)}\n`);
    const page = await get(daemon, "/api/v1/processes/line/logs/stdout/tail?lines=1");
    assert.ok(page.length < 2 * MEBIBYTE, `an answer of ${page.length} characters`);
    assert.equal(statSync(join(daemon.directory, "captured.log")).size, 0);
    assertModest(daemon);
  });
});

test("output that is not UTF-8 is in the log as it came, and readable by every way there is", async () => {
  const directory = makeDirectory();
  const journal = join(directory, "journal");
  const programs = `[eventlistener:journal]
command = ${fixtureCommand("journal_listener.ts", journal)}
events = PROCESS_LOG
startsecs = 0
priority = 2
[program:octal]
command = sh -c 'read go; printf "a\\\\377\\\\376\\\\000\\\\033\\\\303b\\\\n"; exec sleep 100000'
startsecs = 0
stdout_logfile = %(here)s/octal.log
stdout_events_enabled = true
`;
  await withBystander({ directory, programs }, async (daemon) => {
    const client = clientOf(daemon);
    await daemon.untilState("journal", "RUNNING");
    await client.call("supervisor.sendProcessStdin", "octal", "go\n");
    const log = join(directory, "octal.log");
    const wanted = "61fffe001bc3620a";
    await until("the line", () => readFileSync(log).toString("hex") === wanted);
    const read = await client.call("supervisor.readProcessStdoutLog", "octal", 0, 0);
    assert.match(String(read), /^a.*b\n$/s);
    const [tail] = await client.call("supervisor.tailProcessStdoutLog", "octal", 0, 100) as [
      string,
    ];
    assert.match(tail, /^a.*b\n$/s);
    assert.match((await daemon.ctl("tail", "octal")).stdout, /^a.*b\n/s);
    assert.match(await get(daemon, "/api/v1/processes/octal/logs/stdout/tail?lines=1"), /a.*b/s);
    assert.match(await get(daemon, "/tail.html?processname=octal"), /<html/);
    const event = await until("its event", () => readJournal(journal)[0]);
    assert.equal(event.eventName, "PROCESS_LOG_STDOUT");
    client.close();
  });
});

test("a listener that floods is put aside after its first wrong word, and slows nobody down", async () => {
  const programs = `[eventlistener:flood]
command = sh -c 'exec tr "\\\\0" x </dev/zero'
events = REMOTE_COMMUNICATION
startsecs = 0
buffer_size = 3
stdout_logfile = %(here)s/flood.log
stdout_logfile_maxbytes = 1MB
stdout_logfile_backups = 1
`;
  await withBystander({ programs }, async (daemon) => {
    await daemon.untilLogged(
      / WARN flood: has entered the UNKNOWN state and will no longer receive/,
    );
    const client = clientOf(daemon);
    const before = performance.now();
    for (let i = 0; i < 10; i++) {
      await client.call("supervisor.sendRemoteCommEvent", `event ${i}`, "");
    }
    const took = performance.now() - before;
    assert.ok(took < 10_000, `ten calls took ${took} ms`);
    client.close();
    await daemon.untilLogged(/ ERRO pool flood event buffer overflowed, discarding event 6$/m);
    const dropped = metric(await get(daemon, "/metrics"), "supervisor_event_queue_dropped");
    assert.equal(dropped, 7);
    assertModest(daemon);
  });
});
