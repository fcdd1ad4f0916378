/** What is different from Supervisor 4.2.5 on purpose: README.md, "Differences from Supervisor". */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { run } from "../support/run.ts";
import { configText, supervisordCommand, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const sleeper = (name: string) => `[program:${name}]\ncommand = sleep 100000\n`;

test("a broken configuration on SIGHUP is logged, and everything goes on as before", async () => {
  await withDaemon({ programs: sleeper("one") }, async (daemon) => {
    const pid = await daemon.pidOf("one");
    writeFileSync(
      daemon.configFile,
      configText(daemon.directory, `${sleeper("one")}startsecs = soon\n`),
    );
    daemon.signal("SIGHUP");
    await daemon.untilLogged(/'soon'/);
    assert.equal(await daemon.pidOf("one"), pid);
  });
});

test("a child that dies is started again at once, not at the next second", async () => {
  const programs = `${sleeper("one")}startsecs = 0\nautorestart = true\n`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.pidOf("one");
    const started = () =>
      [...daemon.log().matchAll(/^\S+ (\S+),(\d+) INFO spawned: 'one'/gm)].map(([, time, ms]) =>
        Date.parse(`1970-01-01T${time}.${ms}Z`)
      );
    const exited = () =>
      [...daemon.log().matchAll(/^\S+ (\S+),(\d+) WARN exited: one/gm)].map(([, time, ms]) =>
        Date.parse(`1970-01-01T${time}.${ms}Z`)
      );
    for (let round = 1; round <= 5; round++) {
      process.kill(await daemon.pidOf("one"), "SIGKILL");
      await until("the next start", () => started().length > round);
    }
    const delays = exited().map((time, index) => (started()[index + 1] ?? Infinity) - time);
    const median = delays.sort((a, b) => a - b)[2] ?? Infinity;
    assert.ok(median < 200, `milliseconds between exit and start: ${delays}`);
  });
});

test("the last words of a program with capture enabled are in its log", async () => {
  const programs = `[program:brief]
command = echo short
startsecs = 0
autorestart = false
stdout_capture_maxbytes = 1MB
stdout_logfile = %(here)s/brief.log
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilState("brief", "EXITED");
    await until(
      "the line",
      () => readFileSync(join(daemon.directory, "brief.log"), "utf8") === "short\n",
    );
  });
});

test("what a grandchild writes after its parent's exit is still read", async () => {
  const programs = `[program:leaver]
command = sh -c '(sleep 0.5; echo from the grandchild) & exit 0'
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/leaver.log
`;
  await withDaemon({ programs }, async (daemon) => {
    await until(
      "the grandchild's line",
      () => readFileSync(join(daemon.directory, "leaver.log"), "utf8") === "from the grandchild\n",
    );
  });
});

test("SIGPIPE ends a child as it would end it in a shell", async () => {
  const programs = `[program:pipeline]
command = sh -c 'kill -PIPE $$; exec sleep 100000'
startsecs = 0
autorestart = false
`;
  await withDaemon({ programs }, async (daemon) => {
    await daemon.untilLogged(/exited: pipeline \(terminated by SIGPIPE; not expected\)/);
  });
});

test("output to /dev/stdout works with the default rotation settings", async () => {
  const programs = `[program:tick]
command = sh -c 'while :; do echo tick; sleep 0.1; done'
stdout_logfile = /dev/stdout
`;
  await withDaemon({ programs }, async (daemon) => {
    await until("several ticks", () => (daemon.output.stdout.match(/^tick$/gm)?.length ?? 0) > 3);
    assert.doesNotMatch(daemon.log(), /CRIT uncaptured/);
  });
});

test("the demonstration runs with one command and takes its directory with it", async () => {
  const said: { text: string; directory: string | null } = { text: "", directory: null };
  const { spawn } = await import("node:child_process");
  const [file = "", ...args] = supervisordCommand;
  const child = spawn(file, [...args, "--demo"], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  child.stdout?.on("data", (data) => said.text += data);
  try {
    said.directory = (await until("the welcome", () => /runs from (\S+)/.exec(said.text)))[1] ??
      null;
    const page = (await until("its address", () =>
      /http:\/\/127\.0\.0\.1:\d+\//.exec(said.text)))[0];
    const html = await until("the control page", async () => await (await fetch(page)).text());
    assert.match(html, /clock/);
    await until("the clock to run", () => /success: clock entered RUNNING/.test(said.text));
    const status = await run([
      ...supervisordCommand,
      "ctl",
      "-c",
      join(said.directory ?? "", "supervisord.conf"),
      "status",
    ]);
    assert.match(status.stdout, /^clock +RUNNING/m);
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(child.pid, "SIGTERM");
  }
  assert.equal(await exited, 0);
  assert.ok(!existsSync(said.directory ?? ""), "its directory is still there");
});
