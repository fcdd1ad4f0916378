/** Why a process failed: real mistakes, and what is said about each. */
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { makeDirectory, withDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

function script(directory: string, name: string, text: string, mode = 0o755): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test("status -v says why each of many programs failed, and what to do about it", async () => {
  const directory = makeDirectory();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const python = (code: string) =>
    `python3 ${script(directory, `${Math.abs(hash(code))}.py`, code)}`;
  const commands: Record<string, [command: string, hint: RegExp, more?: string]> = {
    interpreter: [
      script(directory, "no_interpreter.sh", "#!/usr/bin/nopython\n"),
      /its interpreter \/usr\/bin\/nopython \(first line\) is not/,
    ],
    windows: [script(directory, "windows.sh", "#!/bin/sh\r\necho hello\r\n"), /CR LF/],
    plain: [script(directory, "plain.txt", "hello\n", 0o644), /chmod \+x .*plain\.txt/],
    nowhere: ["no-such-command-anywhere", /is in no directory of PATH/],
    directory: ["sleep 1000", /directory=\/no\/such does not exist/, "directory = /no/such"],
    port: [
      python(`import socket\nsocket.socket().bind(("127.0.0.1", ${port}))\n`),
      /the port it listens on is taken/,
    ],
    module: [python("import no_such_module\n"), /the module no_such_module cannot be found/],
    daemon: [
      python("import os, time\nif os.fork(): os._exit(0)\nos.setsid()\ntime.sleep(60)\n"),
      /it put itself into the background \(pid \d+ still runs\)/,
    ],
    job: ["true", /ended by itself, successfully/],
    killed: ["sh -c 'sleep 0.1; kill -9 $$'", /SIGKILL/],
  };
  const programs = Object.entries(commands).map(([name, [command, , more = ""]]) =>
    `[program:${name}]\ncommand = ${command}\nstartsecs = 60\nstartretries = 0\n${more}\n`
  ).join("");
  try {
    await withDaemon({ directory, programs }, async (daemon) => {
      for (const [name, [, hint]] of Object.entries(commands)) {
        await daemon.untilState(name, "FATAL");
        await until(`the hint for ${name}`, async () => {
          return hint.test((await daemon.ctl("status", "-v", name)).stdout);
        });
      }
      const shown = await daemon.ctl("status", "-v", "interpreter");
      assert.equal(shown.status, 3);
      assert.match(shown.stdout, /^interpreter +FATAL +Exited too quickly/);
      assert.match(shown.stdout, /failed +\S+: couldn't exec .*: ENOENT \(exit status 127\)\n/);
      assert.match(shown.stdout, /stderr +\| supervisor: couldn't exec/);
      const [left] = /pid (\d+) still runs/.exec(
        (await daemon.ctl("status", "-v", "daemon")).stdout,
      )?.slice(1) ?? [];
      process.kill(Number(left), "SIGKILL");
    });
  } finally {
    taken.close();
  }
});

test("the report has the last words of this very run, its resources, and goes out as an event", async () => {
  const directory = makeDirectory();
  const file = script(
    directory,
    "talks.sh",
    "#!/bin/sh\necho run $$ on stdout\necho run $$ on stderr >&2\nsleep 1.2\nexit 7\n",
  );
  const listener = script(
    directory,
    "listener.py",
    `import sys
while True:
    sys.stdout.write("READY\\n"); sys.stdout.flush()
    head = dict(token.split(":") for token in sys.stdin.readline().split())
    body = sys.stdin.read(int(head["len"]))
    sys.stderr.write(head["eventname"] + " " + body.replace("\\n", " / ") + "\\n")
    sys.stderr.flush()
    sys.stdout.write("RESULT 2\\nOK"); sys.stdout.flush()
`,
  );
  const programs = `[program:talks]
command = ${file}
autorestart = true
[eventlistener:told]
command = python3 ${listener}
events = PROCESS_FAILURE
stderr_logfile = ${directory}/told.log
`;
  await withDaemon({ directory, programs }, async (daemon) => {
    const told = async () => (await daemon.ctl("tail", "told", "stderr")).stdout;
    await until("an event", async () => (await told()).includes("PROCESS_FAILURE"));
    const event = /processname:talks groupname:talks pid:(\d+) tries:0 exitcode:7 oom:\S+ \/ (.*)/
      .exec(await told());
    assert.match(event?.[2] ?? "", /^exit status 7 after 1\.\d seconds/);
    const shown = (await daemon.ctl("status", "-v", "talks")).stdout;
    const pid = /stdout +\| run (\d+) on stdout\n/.exec(shown)?.[1];
    assert.match(shown, new RegExp(`stderr +\\| run ${pid} on stderr\n`));
    assert.match(shown, /used +0\.0\d s of CPU, at most \d+\.\d MiB of memory\n/);
    assert.match(shown, /command +.*talks\.sh \(settings [0-9a-f]{8}\)\n/);
    assert.equal(shown.match(/ on stdout/g)?.length, 1, "words of an earlier run are shown");
  });
});

function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (Math.imul(value, 31) + character.charCodeAt(0)) | 0;
  return value;
}
