/** Faults of the disk under the logs: read-only, gone, full, something else in their place. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseOpenMetrics } from "../support/open_metrics.ts";
import { get, processView } from "../support/api.ts";
import { withBystander } from "../support/bystander.ts";
import { clientOf } from "../support/client.ts";
import { run } from "../support/run.ts";
import { makeDirectory, type TestDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** Command words that give the daemon a small disk in a mount namespace of its own. */
function smallDisk(place: string, options: string): string[] {
  const enter = `mount -t tmpfs -o ${options} tmpfs ${place} && exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", enter, "wrapper"];
}

/** Runs a command where the daemon's mounts are. */
async function inside(daemon: TestDaemon, ...command: string[]): Promise<string> {
  const { status, stdout, stderr } = await run([
    "nsenter",
    `--mount=/proc/${daemon.pid}/ns/mnt`,
    ...command,
  ]);
  assert.equal(status, 0, `${command.join(" ")}: ${stderr}`);
  return stdout;
}

/** Numbered lines of 100 bytes each, so many every 50 ms. */
const writer = (lines: number) =>
  `[program:writer]
command = sh -c 'n=1; while :; do seq -f "%%0099.0f" $n $((n + ${
    lines - 1
  })); n=$((n + ${lines})); sleep 0.05; done'
startsecs = 0
autorestart = true
`;

/** The numbers in some logs, in the order of the files. */
function numbersIn(text: string): number[] {
  return text.split("\n").filter((line) => line !== "").map(Number);
}

function assertCountsUp(numbers: readonly number[]): void {
  numbers.forEach((number, i) =>
    assert.equal(number, (numbers[0] as number) + i, `after ${numbers[i - 1]} comes ${number}`)
  );
}

test("a log directory that is read-only at the start keeps its program from starting, by name, until it is writable", async () => {
  const directory = makeDirectory();
  const small = join(directory, "small");
  mkdirSync(small);
  const programs = `[program:barred]
command = sleep 100000
startsecs = 0
startretries = 0
stdout_logfile = ${small}/barred.log
`;
  const wrapper = smallDisk(small, "size=1m,ro");
  await withBystander({ directory, programs, wrapper }, async (daemon) => {
    const { description } = await daemon.untilState("barred", "FATAL");
    assert.equal(description, "unknown error making dispatchers for 'barred': EROFS");
    assert.equal((await processView(daemon, "barred")).spawnError, description);
    assert.match(
      daemon.log(),
      /INFO spawnerr: unknown error making dispatchers for 'barred': EROFS/,
    );
    await inside(daemon, "mount", "-o", "remount,rw", small);
    assert.equal((await daemon.ctl("start", "barred")).stdout, "barred: started\n");
  });
});

test("a log directory that becomes read-only under a program stops rollover alone, and no line is lost", async () => {
  const directory = makeDirectory();
  const logs = join(directory, "logs");
  mkdirSync(logs);
  const programs = `${writer(20)}stdout_logfile = ${logs}/writer.log
stdout_logfile_maxbytes = 10KB
stdout_logfile_backups = 500
`;
  const wrapper = ["unshare", "--mount", "sh", "-c", 'exec "$@"', "wrapper"];
  await withBystander({ directory, programs, wrapper }, async (daemon) => {
    await until("the first rollover", () => existsSync(join(logs, "writer.log.1")));
    // Whoever has the file open writes on; new names cannot be made in the directory.
    await inside(daemon, "mount", "--bind", logs, logs);
    await inside(daemon, "mount", "-o", "remount,bind,ro", logs);
    await daemon.untilLogged(
      /cannot replace log file \S+writer\.log: EROFS; its output goes to the old file/,
    );
    await inside(daemon, "umount", logs);
    await daemon.untilLogged(/log file \S+writer\.log works again; 0 bytes were lost/);
    await daemon.ctl("stop", "writer");
    const files = [];
    for (let i = 500; i > 0; i--) files.push(`writer.log.${i}`);
    const text = [...files, "writer.log"].map((name) => join(logs, name)).filter(existsSync)
      .map((path) => readFileSync(path, "utf8")).join("");
    assertCountsUp(numbersIn(text));
  });
});

test("a log that is deleted, replaced by a directory, or loses its directory is written again when asked to", async () => {
  const directory = makeDirectory();
  const logs = join(directory, "logs");
  const log = join(logs, "echo.log");
  mkdirSync(logs);
  const programs = `[program:echo]
command = cat
startsecs = 0
stdout_logfile = ${log}
`;
  await withBystander({ directory, programs }, async (daemon) => {
    const pid = await daemon.pidOf("echo");
    const client = clientOf(daemon);
    const say = async (line: string) => {
      await client.call("supervisor.sendProcessStdin", "echo", `${line}\n`);
      await until(line, () => readFileSync(log, "utf8").endsWith(`${line}\n`));
    };
    const reopen = () => daemon.signal("SIGUSR2");
    await say("at first");

    rmSync(log);
    reopen();
    await until("the log to be there again", () => existsSync(log));
    await say("after a removal");

    rmSync(log);
    mkdirSync(log);
    reopen();
    await daemon.untilLogged(/cannot replace log file \S+echo\.log: EISDIR/);
    rmdirSync(log);
    reopen();
    await daemon.untilLogged(/log file \S+echo\.log works again; 0 bytes were lost/);
    await say("after a directory");

    renameSync(logs, `${logs}.away`);
    reopen();
    await daemon.untilLogged(/cannot replace log file \S+echo\.log: ENOENT/);
    mkdirSync(logs);
    reopen();
    await until(
      "the second report",
      () => daemon.log().split("works again; 0 bytes were lost").length === 3,
    );
    await say("in a new directory");
    assert.equal((await daemon.status()).get("echo")?.pid, pid);
    client.close();
  });
});

test("a disk that is full under the main log and all others stops nobody; what was lost is counted and shown", async () => {
  const directory = makeDirectory();
  const small = join(directory, "small");
  mkdirSync(small);
  const programs = `${writer(200)}stdout_logfile = ${small}/writer.log
stdout_logfile_maxbytes = 0
[program:mortal]
command = sh -c 'sleep 0.1'
startsecs = 0
autorestart = true
`;
  const settings = `logfile = ${small}/main.log\nlogfile_maxbytes = 0\n`;
  const wrapper = smallDisk(small, "size=256k");
  await withBystander({ directory, programs, wrapper, daemon: settings }, async (daemon) => {
    // The main log is on the same disk: the terminal still says what is wrong.
    await until(
      "the terminal to be told",
      () => /cannot write log file \S+writer\.log: ENOSPC/.test(daemon.output.stdout),
    );
    const lost = async () => {
      const metrics = parseOpenMetrics(await get(daemon, "/metrics"));
      const family = metrics.get("supervisor_process_log_dropped_bytes");
      return (family?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
    };
    await until("more than the memory holds", async () => await lost() > 0, { deadlineMs: 60_000 });
    assert.equal((await daemon.status()).get("writer")?.state, "RUNNING");
    await inside(daemon, "mount", "-o", "remount,size=64m", small);
    await until(
      "both to work again",
      () =>
        ["writer", "main"].every((name) =>
          new RegExp(`${name}\\.log works again; \\d+ bytes were lost`).test(daemon.output.stdout)
        ),
    );
    // What the metrics have counted is just what is missing in the log.
    await daemon.ctl("stop", "writer");
    const text = await inside(daemon, "cat", join(small, "writer.log"));
    const numbers = numbersIn(text.slice(text.indexOf("\n") + 1));
    const missing = (numbers.at(-1) as number) - numbers.length - (numbers[0] as number) + 1;
    assert.ok(
      Math.abs(await lost() - missing * 100) <= 200,
      `${missing} lines are missing, ${await lost()} bytes counted`,
    );
    assert.match(
      await inside(daemon, "cat", join(small, "main.log")),
      /works again; \d+ bytes were lost/,
    );
  });
});
