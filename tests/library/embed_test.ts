/** The library surface, as a program that embeds a supervisor uses it, on both runtimes. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  ConfigError,
  type DaemonEvent,
  embedSupervisor,
  Fault,
  getRuntime,
  hostEnvironment,
  loadConfig,
  RpcClient,
} from "../../mod.ts";
import { until } from "../support/until.ts";

function inDirectory(action: (directory: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "library-"));
    try {
      await action(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

function load(directory: string, programs: string): ReturnType<typeof loadConfig> {
  const configFile = join(directory, "supervisord.conf");
  writeFileSync(
    configFile,
    `[supervisord]
childlogdir = ${directory}
logfile = ${directory}/main.log
[unix_http_server]
file = ${directory}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
${programs}`,
  );
  const { users, system } = getRuntime();
  const environment = hostEnvironment({ users, uid: system.getuid() });
  return loadConfig({ configFile, options: {}, environment });
}

test(
  "an embedded supervisor starts its programs, answers over its socket and stops them",
  inDirectory(async (directory) => {
    const config = load(
      directory,
      `[program:hello]
command = /bin/sh -c 'echo "hello $WHO"; exec sleep 100'
environment = WHO="library"
startsecs = 0
stdout_logfile = ${directory}/hello.log
`,
    );
    const lines: string[] = [];
    const supervisor = await embedSupervisor({ config, log: (_level, text) => lines.push(text) });
    const events: DaemonEvent[] = [];
    supervisor.daemon.events.subscribe(["PROCESS_STATE"], (event) => events.push(event));
    const hello = supervisor.daemon.group("hello")?.process("hello");
    assert.ok(hello);

    await supervisor.daemon.until(hello, (record) => record.state === "RUNNING");
    const client = new RpcClient({
      serverUrl: `unix://${directory}/s.sock`,
      username: null,
      password: null,
    });
    const info = await client.call("supervisor.getProcessInfo", "hello");
    assert.equal((info as { pid: number }).pid, hello.record.pid);
    await until(
      "the greeting is in the log",
      () => readFileSync(`${directory}/hello.log`, "utf8") === "hello library\n",
    );
    await assert.rejects(() => client.call("supervisor.getProcessInfo", "nobody"), Fault);

    await supervisor.stop();
    assert.equal(hello.record.state, "STOPPED");
    assert.equal(hello.record.pid, 0);
    const states = events.map((event) => event.kind === "process-state" ? event.change.to : "");
    assert.deepEqual(states, ["STARTING", "RUNNING", "STOPPING", "STOPPED"]);
    assert.ok(lines.some((line) => line.startsWith("spawned: 'hello' with pid ")));
  }),
);

test(
  "a configuration that cannot be used is an error with its place",
  inDirectory((directory) => {
    assert.throws(
      () => load(directory, "[program:x]\ncommand = /bin/true\nstartsecs = soon\n"),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.section, "program:x");
        assert.equal(error.key, "startsecs");
        assert.equal(error.found, "soon");
        assert.equal(error.line, 10);
        return true;
      },
    );
    return Promise.resolve();
  }),
);

test(
  "an embedded supervisor that cannot open its socket leaves nothing behind",
  inDirectory(async (directory) => {
    const config = load(directory, "");
    const first = await embedSupervisor({ config });
    await assert.rejects(() => embedSupervisor({ config }), /already listening/);
    await first.stop();
    const second = await embedSupervisor({ config });
    await second.stop();
  }),
);
