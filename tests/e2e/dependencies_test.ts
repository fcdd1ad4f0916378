/** Programs that wait for others: along the graph at the start, against it at the end. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { run } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisordCommand,
  type TestDaemon,
  withDaemon,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

/** In the order of the log: `spawned: 'db'` and its kin. */
function logged(daemon: TestDaemon, word: "spawned" | "stopped"): string[] {
  return [...daemon.log().matchAll(new RegExp(` ${word}: '?([^ ']+)`, "g"))]
    .map(([, name = ""]) => name);
}

/** The redis server takes connections on a socket in the directory; migrate and app need it. */
function shop(directory: string): string {
  const socket = join(directory, "redis.sock");
  return `[program:app]
command = sh -c 'redis-cli -s ${socket} get schema; exec sleep 100000'
priority = 1
depends_on = db:healthy, migrate:completed
on_dependency_restart = restart
stdout_logfile = ${directory}/app.log
[program:migrate]
command = redis-cli -s ${socket} set schema 7
startsecs = 0
autorestart = false
priority = 2
depends_on = db:ready
[program:db]
command = redis-server --port 0 --unixsocket ${socket} --save "" --daemonize no
priority = 3
healthcheck = unix://${socket}
healthcheck_interval = 100ms
[program:other]
command = sleep 100000
`;
}

test("an application starts after its database is healthy and migrated, and is stopped before it", async () => {
  const directory = makeDirectory();
  await withDaemon({ directory, programs: shop(directory) }, async (daemon) => {
    await daemon.untilState("app", "RUNNING");
    assert.deepEqual(
      logged(daemon, "spawned").filter((name) => name !== "other"),
      ["db", "migrate", "app"],
    );
    assert.match(daemon.log(), / INFO app: waiting for db:healthy, migrate:completed/);
    await until(
      "what the migration wrote",
      async () => (await daemon.ctl("tail", "app")).stdout.trim() === "7",
    );

    // The database dies: the application stops at once and is there again after it.
    const [app, db] = [await daemon.pidOf("app"), await daemon.pidOf("db")];
    process.kill(db, "SIGKILL");
    await until("a new application", async () => {
      const line = (await daemon.status()).get("app");
      return line?.state === "RUNNING" && line.pid !== app;
    });
    assert.notEqual(await daemon.pidOf("db"), db);
    assert.deepEqual(logged(daemon, "stopped"), ["app"]);

    daemon.remember();
    assert.equal((await daemon.ctl("stop", "all")).status, 0);
    assert.deepEqual(
      logged(daemon, "stopped").filter((name) => name !== "other").slice(1),
      ["app", "db"],
    );

    // One name brings along what it needs; what is completed is not done again.
    assert.equal((await daemon.ctl("start", "app")).stdout, "app: started\n");
    assert.equal((await daemon.status()).get("db")?.state, "RUNNING");
    assert.equal(logged(daemon, "spawned").filter((name) => name === "migrate").length, 1);

    await daemon.stop();
    assert.deepEqual(logged(daemon, "stopped").slice(-2), ["app", "db"]);
  });
});

const WAITING = `[program:db]
command = sleep 100000
autostart = false
startsecs = 0
[program:app]
command = sleep 100000
startsecs = 0
depends_on = db
[program:strict]
command = sleep 100000
startsecs = 0
depends_on = broken
on_dependency_failure = fail
[program:broken]
command = sh -c 'exit 3'
startretries = 0
`;

test("what waits says so, can be stopped, started alone, and fails where it is told to", async () => {
  await withDaemon({ programs: WAITING }, async (daemon) => {
    const strict = await daemon.untilState("strict", "FATAL");
    assert.equal(strict.description, "broken, which it depends on, is FATAL");

    const waiting = await daemon.untilState("app", "STOPPED");
    assert.equal(waiting.description, "waiting for db");
    const why = (await daemon.ctl("why", "app")).stdout;
    assert.match(
      why,
      /^app: STOPPED\n {4}waiting for db since \S+ \(\d[\d.]* s ago\): db is STOPPED\n$/,
    );
    assert.match((await daemon.ctl("status", "-v", "app")).stdout, / waits +for db\n/);
    assert.match((await daemon.ctl("why", "db")).stdout, /not started: autostart=false/);
    const json = await daemon.ctl("--json", "why", "app", "nobody");
    const { action, ok, processes } = JSON.parse(json.stdout);
    assert.deepEqual([action, ok, json.status], ["why", false, 1]);
    assert.deepEqual(processes[0], { namespec: "nobody", error: "no such process" });
    assert.deepEqual([processes[1].namespec, processes[1].dependencies[0].process], ["app", "db"]);

    // Who is stopped while it waits does not start any more when the other one comes.
    assert.equal((await daemon.ctl("stop", "app")).stdout, "app: stopped\n");
    assert.equal((await daemon.ctl("start", "db")).stdout, "db: started\n");
    assert.equal((await daemon.status()).get("app")?.description, "Not started");
    assert.equal((await daemon.ctl("stop", "db")).stdout, "db: stopped\n");

    assert.equal((await daemon.ctl("start", "--no-deps", "app")).stdout, "app: started\n");
    assert.equal((await daemon.status()).get("db")?.state, "STOPPED");
    assert.match((await daemon.ctl("why", "app")).stdout, /^app: RUNNING\n {4}runs since /);

    const failed = await daemon.ctl("start", "strict");
    assert.equal(failed.stdout, "strict: ERROR (spawn error)\n");
    assert.match(
      (await daemon.ctl("why", "strict")).stdout,
      /^strict: FATAL\n {4}broken, which it depends on, is FATAL\n/,
    );
  });
});

test("a cycle and an unknown name are refused with file and line", async () => {
  const directory = makeDirectory();
  const check = async (programs: string) => {
    const file = join(directory, "supervisord.conf");
    writeFileSync(file, configText(directory, programs));
    const [command = "", ...args] = supervisordCommand;
    return await run([command, ...args, "-n", "-c", file], { cwd: directory });
  };
  const program = (name: string, on: string) =>
    `[program:${name}]\ncommand = sleep 1\ndepends_on = ${on}\n`;
  const cycle = await check(program("a", "b") + program("b", "c:ready") + program("c", "a"));
  assert.equal(cycle.status, 2);
  assert.match(
    cycle.stderr,
    /depends_on makes a cycle, in which each waits for the next: a \(\S+:\d+\) -> b \(\S+:\d+\) -> c \(\S+:\d+\) -> a in section 'program:a'/,
  );
  const unknown = await check(program("a", "cachee") + "[program:cache]\ncommand = sleep 1\n");
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /depends_on names 'cachee', which is no program, group or process/);
});
