/** Tab in real shells, and manual pages in real viewers: what `supervisord print` is for. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { run } from "../support/run.ts";
import { supervisordCommand, TestDaemon } from "../support/start_daemon.ts";
import { until } from "../support/until.ts";

const [executable = ""] = supervisordCommand;
const binaries = dirname(executable);

const PROGRAMS = `
[program:unmistakable]
command = sleep 600
[program:worker]
command = sleep 600
process_name = %(program_name)s_%(process_num)02d
numprocs = 2
[program:unseen$(touch\${IFS}here)]
command = sleep 600
autostart = false
`;

interface Shell {
  readonly name: string;
  /** Starts it without anybody's settings. */
  readonly command: string;
  /** Typed first: loads the completion in the file. */
  readonly load: (file: string) => string;
}

const SHELLS: readonly Shell[] = [
  { name: "bash", command: "bash --norc --noprofile", load: (file) => `source ${file}` },
  {
    name: "zsh",
    command: "zsh -f",
    load: (file) =>
      `autoload -Uz compinit; compinit -u -D; source ${file}; ` +
      `compdef _supervisorctl supervisorctl; compdef _supervisord supervisord`,
  },
  { name: "fish", command: "fish --no-config", load: (file) => `source ${file}` },
];

/** A shell in a terminal of its own. */
class Terminal {
  readonly #server: string;
  readonly #home: string;

  constructor(directory: string) {
    this.#server = join(directory, "tmux.sock");
    this.#home = directory;
  }

  async tmux(...args: string[]): Promise<string> {
    const command = ["tmux", "-S", this.#server, "-f", "/dev/null", ...args];
    const { status, stdout, stderr } = await run(command, { env: { TMUX: undefined } });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  async open(command: string): Promise<void> {
    // env in front: a server that is running already has an environment of its own.
    const path = `${binaries}:${process.env["PATH"]}`;
    const words = `env PATH=${path} TERM=xterm HOME=${this.#home} ${command}`;
    await this.tmux("new-session", "-d", "-x", "180", "-y", "60", words);
  }

  async type(text: string, ...keys: readonly string[]): Promise<void> {
    await this.tmux("send-keys", "-l", text);
    for (const key of keys) await this.tmux("send-keys", key);
  }

  screen(): Promise<string> {
    return this.tmux("capture-pane", "-p");
  }

  async untilShown(pattern: RegExp): Promise<void> {
    let screen = "";
    try {
      await until(
        `${pattern} on the screen`,
        async () => pattern.test(screen = await this.screen()),
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${screen}`, { cause: error });
    }
  }

  /** An empty screen, and a shell that is known to wait for the next line. */
  async clear(): Promise<void> {
    await this.type("clear; echo rea''dy", "Enter");
    await this.untilShown(/^ready/m);
  }

  async close(): Promise<void> {
    await this.tmux("kill-server").catch(() => {});
  }
}

for (const shell of SHELLS) {
  test(`${shell.name} completes actions, options and the names that the daemon knows`, async () => {
    const daemon = await TestDaemon.start({ programs: PROGRAMS });
    const terminal = new Terminal(daemon.directory);
    try {
      const unmistakable = await daemon.pidOf("unmistakable");
      const second = await daemon.pidOf("worker:worker_01");
      const script = join(daemon.directory, "completion");
      const printed = await run([executable, "print", `completion-${shell.name}`]);
      writeFileSync(script, printed.stdout);

      await terminal.open(shell.command);
      await terminal.type(`${shell.load(script)}; echo loa''ded`, "Enter");
      await terminal.untilShown(/^loaded/m);

      const ctl = `supervisorctl -c ${daemon.configFile}`;
      // The shell carries out what it has completed: the answer shows what that was.
      await terminal.type(`${ctl} pid unm`, "Tab", "Enter");
      await terminal.untilShown(new RegExp(`^${unmistakable}$`, "m"));
      await terminal.clear();
      await terminal.type(`${ctl} pid worker:worker_01`);
      for (let i = 0; i < 4; i++) await terminal.tmux("send-keys", "BSpace");
      await terminal.type("r_01", "Tab", "Enter");
      await terminal.untilShown(new RegExp(`^${second}$`, "m"));
      await terminal.clear();
      await terminal.type(`${ctl} vers`, "Tab", "Enter");
      await terminal.untilShown(/^4\.\d+\.\d+/m);
      await terminal.clear();
      await terminal.type("supervisorctl --serveru", "Tab", "");
      await terminal.untilShown(/supervisorctl --serverurl/);
      await terminal.tmux("send-keys", "C-c");
      await terminal.clear();
      await terminal.type("supervisord print sample", "Tab", "Enter");
      await terminal.untilShown(/^;files=conf\.d/m);
      // A name is text: nobody runs what is in it.
      const { status } = await run(["test", "-e", "here"], { cwd: daemon.directory });
      assert.equal(status, 1);
    } finally {
      await terminal.close();
      await daemon.dispose();
    }
  });
}

test("completion without a daemon knows the actions and says nothing about the rest", async () => {
  const nowhere = ["-s", "unix:///nonexistent/supervisor.sock"];
  const ctl = [join(binaries, "supervisorctl"), ...nowhere, "complete"];
  const actions = await run([...ctl, "st"]);
  assert.deepEqual(actions.stdout.split("\n").filter(Boolean), ["start", "status", "stop"]);
  const names = await run([...ctl, "start we"]);
  assert.deepEqual([names.stdout, names.stderr], ["", ""]);
});

const PAGES = [
  "supervisord",
  "supervisorctl",
  "supervisord.conf",
  "echo_supervisord_conf",
  "pidproxy",
];

for (const page of PAGES) {
  test(`the manual page of ${page} is set without a warning`, async () => {
    const { stdout: source } = await run([executable, "print", "man", page]);
    const set = await run(["groff", "-ww", "-man", "-Tutf8", "-P-cbou"], { input: source });
    assert.equal(set.stderr, "");
    assert.match(set.stdout, /^NAME\n +\S+ +- +\S/m);
    const lint = await run(["mandoc", "-T", "lint", "-W", "error"], { input: source });
    assert.deepEqual([lint.status, lint.stdout], [0, ""]);
  });
}
