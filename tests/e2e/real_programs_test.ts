/** The configurations in examples/, with the programs they are for. Needs root, like they do. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { statusField } from "../support/processes.ts";
import { run } from "../support/run.ts";
import { freePort } from "../support/ports.ts";
import { makeDirectory, type TestDaemon, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const names = ["postgresql", "memcached", "redis", "php-fpm", "nginx", "worker"] as const;

/** Says one line to a unix socket and gives the first answer. */
function ask(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${line}\r\n`));
    socket.setEncoding("utf8");
    socket.once("data", (answer: string) => {
      socket.destroy();
      resolve(answer.trim());
    });
    socket.once("error", reject);
  });
}

/** The example files in a directory of their own, prepared as its README says. */
async function prepare(): Promise<{ directory: string; port: number }> {
  assert.equal(process.getuid?.(), 0, "these programs run as their own users: run this as root");
  const directory = makeDirectory();
  cpSync(new URL("../../examples", import.meta.url), directory, { recursive: true });
  const port = await freePort();
  const setup = await run(["sh", join(directory, "setup.sh"), String(port)], { limitMs: 120_000 });
  assert.equal(setup.status, 0, setup.stderr);
  return { directory, port };
}

/** One worker, configured by one file: what a person would edit. */
function edit(path: string, from: RegExp, to: string): void {
  const before = readFileSync(path, "utf8");
  const after = before.replace(from, to);
  assert.notEqual(after, before, `${path} has no ${from}`);
  writeFileSync(path, after);
}

interface Stack {
  readonly daemon: TestDaemon;
  readonly state: string;
  get(path: string): Promise<string>;
  logOf(program: string): string;
}

async function withStack(story: (stack: Stack) => Promise<void>): Promise<void> {
  const { directory, port } = await prepare();
  const state = join(directory, "state");
  const options = {
    directory,
    configFile: join(directory, "supervisord.conf"),
    socket: join(state, "supervisor.sock"),
  };
  await withDaemon(options, async (daemon) => {
    const stack = {
      daemon,
      state,
      get: async (path: string) => {
        // One connection per request: nginx is restarted in between.
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
          headers: { connection: "close" },
        });
        return `${answer.status} ${(await answer.text()).trim()}`;
      },
      logOf: (program: string) => readFileSync(join(state, "log", `${program}.log`), "utf8"),
    };
    for (const name of names) await daemon.untilState(name, "RUNNING");
    await until("PostgreSQL to be ready", () => /ready to accept/.test(stack.logOf("postgresql")));
    await story(stack);
  });
}

/** Each program answers as itself. */
async function assertAllServe(stack: Stack): Promise<void> {
  const { state } = stack;
  assert.equal(await until("nginx", () => stack.get("/health")), "200 ok");
  assert.match(await until("php", () => stack.get("/")), /^200 hello from php \d/);
  assert.equal(await until("redis", () => ask(`${state}/redis/redis.sock`, "PING")), "+PONG");
  assert.match(
    await until("memcached", () => ask(`${state}/memcached/memcached.sock`, "version")),
    /^VERSION \d/,
  );
  const sql = await run(
    ["psql", "-h", `${state}/postgresql`, "-U", "postgres", "-Atc", "select 6 * 7"],
  );
  assert.equal(sql.stdout.trim(), "42", sql.stderr);
}

test("a web stack of six real programs starts, serves and shuts down with no process left", async () => {
  await withStack(async (stack) => {
    const { daemon, state } = stack;
    await assertAllServe(stack);

    // What nginx wrote to /dev/stdout and php-fpm to /dev/stderr is in the log files.
    await until("the access log", () => /"GET \/health HTTP/.test(stack.logOf("nginx.access")));
    await until("PHP's error_log()", () => /index\.php was asked/.test(stack.logOf("php-fpm")));
    await until("both forks", () => /fork 0[^]*fork 1/.test(stack.logOf("worker")));

    daemon.remember();
    daemon.signal("SIGTERM");
    assert.equal(await daemon.exit(60_000), 0);
    await daemon.assertNobodyLeft();
    for (const file of ["supervisor.sock", "supervisord.pid"]) {
      assert.ok(!existsSync(join(state, file)), `${file} is still there`);
    }
    // Highest priority first, each only when the one before is gone; memcached and redis share one.
    const stopped = [
      ...readFileSync(join(state, "supervisord.log"), "utf8")
        .matchAll(/ stopped: (\S+) /g),
    ].map((match) => match[1]);
    assert.deepEqual(stopped.slice(0, 3), ["worker", "nginx", "php-fpm"]);
    assert.deepEqual(stopped.slice(3, 5).sort(), ["memcached", "redis"]);
    assert.deepEqual(stopped.slice(5), ["postgresql"]);
  });
});

test("PostgreSQL runs as its own user with its supplementary groups, and no capability", async () => {
  await withStack(async ({ daemon }) => {
    const pid = await daemon.pidOf("postgresql");
    const id = async (option: string) => (await run(["id", option, "postgres"])).stdout.trim();
    const uid = await id("-u");
    assert.equal(statusField(pid, "Uid"), [uid, uid, uid, uid].join("\t"));
    const gid = await id("-g");
    assert.equal(statusField(pid, "Gid"), [gid, gid, gid, gid].join("\t"));
    const groups = statusField(pid, "Groups").split(" ").sort();
    assert.deepEqual(groups, (await id("-G")).split(" ").sort());
    assert.ok(groups.length > 1, "the user postgres has no supplementary group to see");
    assert.equal(BigInt(`0x${statusField(pid, "CapEff")}`), 0n);
  });
});

test("restarting one program and killing another leaves the rest alone", async () => {
  await withStack(async (stack) => {
    const { daemon } = stack;
    const before = new Map((await daemon.status()).entries());

    const restarted = await daemon.ctl("restart", "nginx");
    assert.equal(restarted.stdout, "nginx: stopped\nnginx: started\n");
    assert.equal(restarted.status, 0);

    const redis = before.get("redis")?.pid ?? 0;
    process.kill(redis, "SIGKILL");
    await until("a new redis", async () => {
      const line = (await daemon.status()).get("redis");
      return line?.state === "RUNNING" && line.pid !== redis;
    });
    assert.match(
      readFileSync(join(stack.state, "supervisord.log"), "utf8"),
      /exited: redis \(terminated by SIGKILL; not expected\)/,
    );

    const after = await daemon.status();
    for (const name of names) {
      const changed = before.get(name)?.pid !== after.get(name)?.pid;
      assert.equal(
        changed,
        name === "nginx" || name === "redis",
        `pid of ${name} changed: ${changed}`,
      );
    }
    await assertAllServe(stack);
  });
});

test("killing a worker's parent leaves no fork behind, and a stop takes the whole group", async () => {
  await withStack(async ({ daemon, logOf }) => {
    const forks = () =>
      [...logOf("worker").matchAll(/fork \d+ \(pid (\d+)\)/g)].map((m) => Number(m[1]));
    await until("two forks to work", () => new Set(forks()).size === 2);
    const pids = [...new Set(forks())];
    daemon.remember();
    assert.equal((await daemon.ctl("stop", "worker")).stdout, "worker: stopped\n");
    await until("the forks to be gone", () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
  });
});

test("SIGUSR2 after a rename lets a program go on in a new log file", async () => {
  await withStack(async ({ daemon, state, get, logOf }) => {
    await get("/health?before");
    await until("the first line", () => /before/.test(logOf("nginx.access")));
    renameSync(join(state, "log/nginx.access.log"), join(state, "log/nginx.access.old.log"));
    daemon.signal("SIGUSR2");
    await until("the new file", () => existsSync(join(state, "log/nginx.access.log")));
    await get("/health?after");
    await until("the second line", () => /after/.test(logOf("nginx.access")));
    assert.doesNotMatch(logOf("nginx.access"), /before/);
    assert.doesNotMatch(logOf("nginx.access.old"), /after/);
  });
});

test("reread and update carry out exactly what was edited", async () => {
  await withStack(async (stack) => {
    const { daemon } = stack;
    const before = await daemon.status();
    const conf = (name: string) => join(daemon.directory, "conf.d", `${name}.conf`);
    edit(conf("memcached"), /-m 64/, "-m 32");
    edit(conf("nginx"), /stdout_logfile_maxbytes = .*/, "stdout_logfile_maxbytes = 1KB");
    rmSync(conf("worker"));
    writeFileSync(conf("extra"), "[program:extra]\ncommand = sleep 1000\n");

    const lines = (text: string) => text.trim().split("\n").sort();
    const reread = await daemon.ctl("reread");
    assert.deepEqual(lines(reread.stdout), [
      "extra: available",
      "memcached: changed",
      "nginx: changed",
      "worker: disappeared",
    ]);
    const update = await daemon.ctl("update");
    assert.deepEqual(lines(update.stdout), [
      "extra: added process group",
      "memcached: stopped",
      "memcached: updated process group",
      "nginx: stopped",
      "nginx: updated process group",
      "worker: removed process group",
      "worker: stopped",
    ]);
    for (const name of ["extra", "memcached", "nginx"]) await daemon.untilState(name, "RUNNING");
    const after = await daemon.status();
    assert.ok(!after.has("worker"));
    for (const name of ["postgresql", "redis", "php-fpm"]) {
      assert.equal(after.get(name)?.pid, before.get(name)?.pid, `${name} was not edited`);
    }

    // The new limit of nginx's log is at work: 1 KB is about twelve requests.
    for (let request = 0; request < 30; request++) {
      await until("nginx", () => stack.get("/health"));
    }
    await until(
      "a rotated access log",
      () => existsSync(join(stack.state, "log/nginx.access.log.1")),
    );
    assert.equal((await daemon.ctl("reread")).stdout, "No config updates to processes\n");
  });
});
