/** `supervisord convert`: what it prints passes `--check`, and runs as it did where it came from. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../support/run.ts";
import {
  configText,
  makeDirectory,
  supervisordCommand,
  TestDaemon,
} from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const PROCFILE = `web: ./serve web "$PORT"
worker: ./serve worker 'of two words' 100%
release: ./serve release migrated
`;

const service = (directory: string) =>
  `[Unit]
Description=Writes down what it is told
After=network.target

[Service]
WorkingDirectory=${directory}
Environment="GREETING=good morning" LEVEL=3
EnvironmentFile=${directory}/counter.env
ExecStartPre=/bin/mkdir ${directory}/prepared
ExecStart=${directory}/serve counter "\${GREETING}" $LEVEL $FROM_FILE
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1
KillSignal=SIGINT
TimeoutStopSec=1min 30s

[Install]
WantedBy=multi-user.target
`;

/** Writes its words into a file named by the first of them, SIGHUP too, and stays. */
const SERVE = `#!/bin/sh
cd "\${0%/*}"
trap 'echo HUP >> "$1.words"' HUP
printf '%s\\n' "$@" > "$1.words"
[ "$1" = release ] || while :; do sleep 0.1; done
`;

test("a Procfile and a systemd service are converted, pass --check --strict, and run", async () => {
  const directory = makeDirectory();
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write("Procfile", PROCFILE);
  write("counter.service", service(directory));
  write("counter.env", "FROM_FILE=read\n");
  write("serve", SERVE);
  chmodSync(join(directory, "serve"), 0o755);
  const converted = async (name: string) => {
    const command = [...supervisordCommand, "convert", join(directory, name)];
    const { stdout, stderr, status } = await run(command);
    assert.deepEqual([stderr, status], ["", 0]);
    return stdout;
  };
  const configFile = join(directory, "supervisord.conf");
  const sections = `${await converted("Procfile")}\n[include]\nfiles = conf.d/*.conf`;
  write("supervisord.conf", configText(directory, sections));
  mkdirSync(join(directory, "conf.d"));
  write("conf.d/counter.conf", await converted("counter.service"));
  const check = await run([...supervisordCommand, "--check", "--strict", "-c", configFile]);
  assert.equal(check.status, 0, `${check.stdout}${check.stderr}`);

  const daemon = await TestDaemon.start({ directory, configFile });
  const wordsAre = (name: string, wanted: readonly string[]) => {
    let seen = "";
    const areThere = () => {
      seen = readFileSync(join(directory, `${name}.words`), { encoding: "utf8", flag: "a+" });
      return seen === wanted.map((word) => `${word}\n`).join("") || null;
    };
    return until(`${name} to have its words`, areThere).catch((error: Error) => {
      throw new Error(`${error.message}; it has ${JSON.stringify(seen)}`);
    });
  };
  try {
    for (const name of ["web", "worker", "counter"]) await daemon.untilState(name, "RUNNING");
    await wordsAre("web", ["web", "5000"]);
    await wordsAre("worker", ["worker", "of two words", "100%"]);
    await wordsAre("counter", ["counter", "good morning", "3", "read"]);
    assert.equal((await daemon.ctl("reload-program", "counter")).status, 0);
    await wordsAre("counter", ["counter", "good morning", "3", "read", "HUP"]);
    assert.equal((await daemon.ctl("run", "--wait", "release")).status, 0);
    await wordsAre("release", ["release", "migrated"]);
    await daemon.stop();
  } finally {
    await daemon.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
});
