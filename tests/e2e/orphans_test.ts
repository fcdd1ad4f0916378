/** What a killed daemon leaves: adopted, ended or reported by the next one, and never doubled. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { run } from "../support/run.ts";
import { makeDirectory, supervisordCommand, TestDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** Numbers its lines; each start of it says so first. Ends on USR1, with 3. */
const COUNTER = `#!/usr/bin/perl
use strict; use warnings; use Time::HiRes qw(sleep);
$| = 1;
$SIG{USR1} = sub { exit 3 };
print "start $$\\n";
my $n = 0;
while (1) {
  print "line ", ++$n, "\\n";
  open(my $out, ">", "$0.new") or die;
  print $out $n;
  close($out);
  rename("$0.new", "$0.count");
  sleep 0.005;
}
`;

/**
 * Lives for a moment, again and again, and says so when another one of the same number lives.
 * usage: worker.pl NUMBER
 */
const WORKER = `#!/usr/bin/perl
use strict; use warnings; use Fcntl ":flock"; use Time::HiRes qw(sleep);
$SIG{PIPE} = "IGNORE";
my ($number) = @ARGV;
open(my $lock, ">>", "$0.$number") or die;
unless (flock($lock, LOCK_EX | LOCK_NB)) { open(my $out, ">>", "$0.double"); print $out "$number\\n" }
sleep(0.05 + rand(0.6));
`;

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

class Story {
  readonly directory = makeDirectory();
  readonly log = join(this.directory, "counter.log");
  daemon: TestDaemon | null = null;
  readonly pids = new Set<number>();

  constructor() {
    writeFileSync(join(this.directory, "counter.pl"), COUNTER, { mode: 0o755 });
  }

  /** Starts a daemon, after one that was killed too. */
  async start(daemon: string, programs = this.counter()): Promise<TestDaemon> {
    this.daemon = await TestDaemon.start({
      directory: this.directory,
      daemon: `${daemon}\n`,
      programs,
    });
    return this.daemon;
  }

  counter(more = ""): string {
    return `[program:counter]
command = ${this.directory}/counter.pl
stdout_logfile = ${this.log}
stdout_logfile_maxbytes = 0
redirect_stderr = true
startsecs = 0
stopwaitsecs = 5
${more}`;
  }

  async pid(name = "counter"): Promise<number> {
    const pid = await (this.daemon as TestDaemon).pidOf(name);
    this.pids.add(pid);
    return pid;
  }

  async kill(): Promise<void> {
    this.daemon?.signal("SIGKILL");
    await this.daemon?.exit();
  }

  text(): string {
    return existsSync(this.log) ? readFileSync(this.log, "utf8") : "";
  }

  async dispose(): Promise<void> {
    await this.daemon?.dispose();
    for (const pid of this.pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  }
}

async function tell(story: (one: Story) => Promise<void>): Promise<void> {
  const one = new Story();
  try {
    await story(one);
  } finally {
    await one.dispose();
  }
}

const lines = (text: string) =>
  [...text.matchAll(/^line (\d+)$/gm)].map((match) => Number(match[1]));
const starts = (text: string) => [...text.matchAll(/^start /gm)].length;

test("on_orphans = adopt goes on with what a killed daemon has left, and no line is lost", async () => {
  await tell(async (story) => {
    await story.start("on_orphans = adopt");
    const pid = await story.pid();
    const file = join(story.directory, "supervisord.children");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await until("some lines", () => lines(story.text()).length > 20);
    await story.kill();
    // It writes on, into the pipe that it holds itself.
    const before = lines(story.text()).length;
    const inGap = await until("it to write on", () => {
      const count = Number(readFileSync(join(story.directory, "counter.pl.count"), "utf8"));
      return count > before + 50 ? count : null;
    });
    assert.ok(isAlive(pid), "it has died of the pipe");

    const daemon = await story.start("on_orphans = adopt");
    assert.equal(await story.pid(), pid);
    await until("lines of the gap and after it", () => lines(story.text()).length > inGap + 50);
    assert.match((await daemon.ctl("status", "-v")).stdout, /adopted/);

    // Its end is noticed, though nobody can know how it ended; then it is our own child again.
    process.kill(pid, "SIGUSR1");
    await daemon.untilLogged(
      /exited: counter \(exit status unknown, it was not a child; not expected\)/,
    );
    const next = await until("another pid", async () => {
      const now = await story.pid();
      return now === pid ? null : now;
    });
    assert.ok(isAlive(next));
    const [all = ""] = story.text().split(/(?=^start )/m).slice(0, 1);
    const seen = lines(all);
    assert.deepEqual(seen, seen.map((_, i) => i + 1), "lines lost or doubled");
    // The new one has a pid before it has said anything.
    await until("the start of the next", () => starts(story.text()) === 2);
    await daemon.stop();
    assert.equal(existsSync(file), false);
  });
});

test("an adopted process can be stopped, also one that ignores the stop signal", async () => {
  await tell(async (story) => {
    const programs = `${story.counter()}
[program:deaf]
command = sh -c 'trap "" TERM; while :; do sleep 1; done'
stopwaitsecs = 1
startsecs = 0
killasgroup = true`;
    await story.start("on_orphans = adopt", programs);
    const pids = [await story.pid(), await story.pid("deaf")];
    await story.kill();
    const daemon = await story.start("on_orphans = adopt", programs);
    assert.deepEqual([await story.pid(), await story.pid("deaf")], pids);
    const stop = await daemon.ctl("stop", "all");
    assert.match(stop.stdout, /counter: stopped/);
    assert.match(stop.stdout, /deaf: stopped/);
    assert.deepEqual(pids.filter(isAlive), []);
    await daemon.stop();
  });
});

test("on_orphans = stop ends them before another copy is started", async () => {
  await tell(async (story) => {
    const programs = "[program:sleeper]\ncommand = sleep 1000\nstartsecs = 0\n";
    await story.start("on_orphans = stop", programs);
    const old = await story.pid("sleeper");
    await story.kill();
    assert.ok(isAlive(old));
    const daemon = await story.start("on_orphans = stop", programs);
    const now = await until("a new process", async () => {
      const pid = await story.pid("sleeper");
      return pid === old ? null : pid;
    });
    assert.equal(isAlive(old), false);
    assert.ok(isAlive(now));
    assert.match(
      daemon.log(),
      /\(pid \d+\) was left by .* is ended, and started again then[^]*stopped: sleeper[^]*spawned: 'sleeper'/,
    );
    await daemon.stop();
  });
});

test("programs whose configuration has changed, or that are gone, are ended and not adopted", async () => {
  await tell(async (story) => {
    const gone = "[program:gone]\ncommand = sleep 1000\nstartsecs = 0\n";
    await story.start("on_orphans = adopt", `${story.counter()}\n${gone}`);
    const old = [await story.pid(), await story.pid("gone")];
    await story.kill();
    const daemon = await story.start("on_orphans = adopt", story.counter("environment = A=1"));
    await daemon.untilLogged(/'counter:counter' .* its configuration has changed/);
    await daemon.untilLogged(/'gone:gone' \(pid \d+\) has ended/);
    await until("the old ones to be gone", () => old.filter(isAlive).length === 0);
    assert.ok(isAlive(await story.pid()));
    await daemon.stop();
  });
});

test("on_orphans = ignore reports what is there and starts another copy", async () => {
  await tell(async (story) => {
    const programs = "[program:sleeper]\ncommand = sleep 1000\nstartsecs = 0\n";
    await story.start("on_orphans = ignore", programs);
    const old = await story.pid("sleeper");
    await story.kill();
    const daemon = await story.start("on_orphans = ignore", programs);
    await daemon.untilLogged(new RegExp(`'sleeper:sleeper' \\(pid ${old}\\) .* is left alone`));
    assert.notEqual(await story.pid("sleeper"), old);
    assert.ok(isAlive(old));
    await daemon.stop().catch((error: Error) => assert.match(error.message, /to be gone/));
  });
});

test("without on_orphans a second copy is started as by Supervisor, and the log says so", async () => {
  await tell(async (story) => {
    const programs = "[program:sleeper]\ncommand = sleep 1000\nstartsecs = 0\n";
    const first = await story.start("", programs);
    const old = await story.pid("sleeper");
    await story.kill();
    const daemon = await story.start("", programs);
    assert.notEqual(await story.pid("sleeper"), old);
    assert.match(daemon.log(), new RegExp(`'sleeper:sleeper' still runs with pid ${old}, left by`));
    assert.equal(existsSync(join(first.directory, "supervisord.children")), false);
  });
});

test("a daemon that is killed again and again never runs two copies of a program", async () => {
  await tell(async (story) => {
    writeFileSync(join(story.directory, "worker.pl"), WORKER, { mode: 0o755 });
    const programs = `[program:worker]
command = ${story.directory}/worker.pl %(process_num)d
process_name = %(program_name)s_%(process_num)02d
numprocs = 20
autorestart = true
startsecs = 0`;
    const log = () => story.daemon?.log() ?? "";
    for (let round = 0; round < 6; round++) {
      const daemon = await story.start("on_orphans = adopt", programs);
      // Killed while it is busy with births and ends.
      await until("some births", () => log().split("spawned: ").length > 40 * (round + 1));
      await story.kill();
      assert.equal(daemon.isRunning, false);
    }
    const last = await story.start("on_orphans = adopt", programs);
    await last.stop();
    assert.match(last.log(), /adopted: 'worker:worker_\d\d'/);
    assert.equal(existsSync(join(story.directory, "worker.pl.double")), false);
  });
});

test("an adopted process stays what it is when the daemon becomes another program", async () => {
  await tell(async (story) => {
    await story.start("on_orphans = adopt");
    const pid = await story.pid();
    await story.kill();
    const daemon = await story.start("on_orphans = adopt");
    assert.equal((await daemon.ctl("reload", "--keep")).status, 0);
    await daemon.untilLogged(/goes on as/);
    assert.equal(await story.pid(), pid);
    process.kill(pid, "SIGUSR1");
    await daemon.untilLogged(/exited: counter \(exit status unknown, it was not a child/);
    await story.pid();
    // And once more: what the program before has written down still counts.
    await story.kill();
    await story.start("on_orphans = adopt");
    assert.match(
      story.daemon?.log() ?? "",
      /adopted: 'counter:counter'[^]*adopted: 'counter:counter'/,
    );
    await story.pid();
    await story.daemon?.stop();
  });
});

test("a file of children that another supervisord uses is an error at the start", async () => {
  await tell(async (story) => {
    const daemon = await story.start("on_orphans = adopt");
    await story.pid();
    const second = join(story.directory, "second.conf");
    const text = readFileSync(daemon.configFile, "utf8").replaceAll(
      "supervisor.sock",
      "second.sock",
    );
    writeFileSync(second, text.replace("supervisord.log", "second.log"));
    const result = await run([...supervisordCommand, "-n", "-c", second], {
      cwd: story.directory,
    });
    assert.equal(result.status, 1);
    assert.match(
      `${result.stdout}${result.stderr}`,
      /children_file: .* is in use by another supervisord, pid \d+/,
    );
    await daemon.stop();
  });
});
