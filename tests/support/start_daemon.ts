/** The real supervisord on a real configuration, for one test. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { familyOf, isAlive, type ProcessSeen } from "./processes.ts";
import { environment, run, type RunResult } from "./run.ts";
import { until } from "./until.ts";

/**
 * The commands under test. A word that names an existing file is made absolute, since tests run
 * them elsewhere.
 *
 * SUPERVISORD_BIN may have arguments (`deno run -A cli/main.ts`); SUPERVISORCTL_BIN is by default
 * the supervisorctl beside it, or that command with `ctl` when it runs from source.
 */
function commandFrom(text: string): string[] {
  return text.split(" ").map((word) => existsSync(word) ? resolve(word) : word);
}
export const supervisordCommand: readonly string[] = commandFrom(
  process.env["SUPERVISORD_BIN"] ?? "dist/supervisord",
);
export const supervisorctlCommand: readonly string[] = (() => {
  const given = process.env["SUPERVISORCTL_BIN"];
  if (given !== undefined) return commandFrom(given);
  const [first = ""] = supervisordCommand;
  return supervisordCommand.length === 1
    ? [join(dirname(first), "supervisorctl")]
    : [...supervisordCommand, "ctl"];
})();

/** A directory of its own under the temporary directory, that other users may enter. */
export function makeDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "supervisord-test-")));
  chmodSync(directory, 0o755);
  return directory;
}

export interface DaemonOptions {
  /** Where things are; made, and removed at the end, when not given. */
  readonly directory?: string;
  /** Programs and other sections, after the common ones. */
  readonly programs?: string;
  /** Lines added to [supervisord]. */
  readonly daemon?: string;
  /** A whole configuration file that exists already, instead of `programs`. */
  readonly configFile?: string;
  /** The unix socket, when `configFile` says something else than `supervisor.sock`. */
  readonly socket?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Command words in front, as in `["unshare", "--pid"]`. */
  readonly wrapper?: readonly string[];
}

/** The common sections: a foreground daemon with a unix socket, its files in one directory. */
export function configText(directory: string, programs: string, daemon = ""): string {
  return `[supervisord]
nodaemon = true
logfile = ${directory}/supervisord.log
pidfile = ${directory}/supervisord.pid
childlogdir = ${directory}
${process.getuid?.() === 0 ? "user = root\n" : ""}${daemon}
[unix_http_server]
file = ${directory}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://${directory}/supervisor.sock
${programs}
`;
}

export interface StatusLine {
  readonly state: string;
  /** null unless it runs. */
  readonly pid: number | null;
  readonly description: string;
}

export class TestDaemon {
  readonly directory: string;
  readonly configFile: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | string>;
  /** Output of the daemon itself. */
  readonly output = { stdout: "", stderr: "" };
  #everSeen = new Map<string, ProcessSeen>();

  private constructor(directory: string, configFile: string, child: ChildProcess) {
    this.directory = directory;
    this.configFile = configFile;
    this.#child = child;
    this.#exited = new Promise((resolveExit) => {
      child.on("error", (error) => resolveExit(error.message));
      child.on("exit", (status, signal) => resolveExit(status ?? signal ?? "no status"));
    });
    for (const channel of ["stdout", "stderr"] as const) {
      child[channel]?.setEncoding("utf8");
      child[channel]?.on("data", (text: string) => this.output[channel] += text);
    }
  }

  /** @throws Error with what the daemon printed, when it does not answer in time */
  static async start(options: DaemonOptions): Promise<TestDaemon> {
    const directory = options.directory ?? makeDirectory();
    const configFile = options.configFile ?? join(directory, "supervisord.conf");
    if (options.configFile === undefined) {
      writeFileSync(configFile, configText(directory, options.programs ?? "", options.daemon));
    }
    const socket = options.socket ?? join(directory, "supervisor.sock");
    mkdirSync(dirname(socket), { recursive: true });
    const [file = "", ...args] = [
      ...options.wrapper ?? [],
      ...supervisordCommand,
      "-n",
      "-c",
      configFile,
    ];
    // A session of its own: what is left of it at the end can be found by that.
    const child = spawn(file, args, {
      cwd: directory,
      detached: true,
      env: environment(options.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const daemon = new TestDaemon(directory, configFile, child);
    let ended = false;
    daemon.#exited.then(() => ended = true);
    try {
      await until("supervisord to answer or to end", async () => {
        if (ended) return true;
        return existsSync(socket) && (await daemon.ctl("pid")).status === 0;
      }, { everyMs: 50 });
      if (ended) throw new Error("supervisord has exited instead of answering");
    } catch (error) {
      await daemon.dispose();
      const said = `${daemon.output.stdout}${daemon.output.stderr}`;
      throw new Error(`${(error as Error).message}\n${said}`, { cause: error });
    }
    return daemon;
  }

  /** Of what we have started: the wrapper's when there is one. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  ctl(...args: string[]): Promise<RunResult> {
    return run([...supervisorctlCommand, "-c", this.configFile, ...args], {
      cwd: this.directory,
    });
  }

  /** `supervisorctl status` by process name. */
  async status(): Promise<Map<string, StatusLine>> {
    const { stdout } = await this.ctl("status");
    const lines = new Map<string, StatusLine>();
    for (const line of stdout.split("\n")) {
      const match = /^(\S+)\s+([A-Z]+)\s*(.*)$/.exec(line);
      if (match === null) continue;
      const [, name = "", state = "", description = ""] = match;
      const pid = /^pid (\d+),/.exec(description)?.[1];
      lines.set(name, { state, pid: pid === undefined ? null : Number(pid), description });
    }
    return lines;
  }

  /** Waits until a process is in that state, and gives its line. */
  async untilState(name: string, state: string, deadlineMs = 45_000): Promise<StatusLine> {
    return await until(`${name} to be ${state}`, async () => {
      const line = (await this.status()).get(name);
      return line?.state === state ? line : null;
    }, { deadlineMs, everyMs: 100 });
  }

  async pidOf(name: string): Promise<number> {
    const pid = (await this.untilState(name, "RUNNING")).pid;
    assert.ok(pid !== null, `${name} has no pid`);
    return pid;
  }

  /** The main log so far. */
  log(): string {
    const path = join(this.directory, "supervisord.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  async untilLogged(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray> {
    return await until(
      `the log line ${pattern}`,
      () => pattern.exec(this.log()),
      deadlineMs === undefined ? {} : { deadlineMs },
    );
  }

  /** Not `child.kill()`: on Deno 2.9.6 that sends one signal and refuses every later one. */
  signal(name: NodeJS.Signals): void {
    if (this.isRunning) process.kill(this.pid, name);
  }

  /** Notes who belongs to the daemon now, so that the end of all of them can be checked. */
  remember(): ProcessSeen[] {
    const family = familyOf(this.pid);
    for (const seen of family) this.#everSeen.set(`${seen.pid} ${seen.startTime}`, seen);
    return family;
  }

  /** Waits for the daemon's own end. */
  async exit(deadlineMs = 45_000): Promise<number | string> {
    const timer = new Promise<never>((_, reject) => {
      const handle = setTimeout(
        () =>
          reject(new Error(`supervisord did not exit; its log ends:\n${this.log().slice(-2000)}`)),
        deadlineMs,
      );
      this.#exited.finally(() => clearTimeout(handle));
    });
    return await Promise.race([this.#exited, timer]);
  }

  /** Shuts down by SIGTERM: exit status 0, and nobody left. */
  async stop(): Promise<void> {
    this.remember();
    this.signal("SIGTERM");
    assert.equal(await this.exit(), 0, "exit status of supervisord");
    await this.assertNobodyLeft();
  }

  async assertNobodyLeft(): Promise<void> {
    await until("every process of the daemon to be gone", () => this.#left().length === 0, {
      deadlineMs: 3_000,
    }).catch((error: Error) => {
      const left = this.#left().map((seen) => `${seen.pid} ${seen.command}`).join(", ");
      throw new Error(`${error.message}: ${left}`);
    });
  }

  #left(): ProcessSeen[] {
    const family = familyOf(this.pid).filter((seen) => seen.state !== "Z");
    return [...this.#everSeen.values(), ...family].filter(isAlive);
  }

  /** Whether the daemon (or its wrapper) has not exited yet. */
  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null &&
      this.#child.signalCode === null;
  }

  /** Ends whatever is left, by pid, and removes the directory. */
  async dispose(): Promise<void> {
    this.remember();
    // The daemon first, or it would start again what is taken from it.
    if (this.isRunning) this.#child.kill("SIGKILL");
    if (this.#child.pid !== undefined) await this.#exited;
    await until("the last processes to be gone", () => {
      const left = this.#left();
      for (const seen of left) {
        try {
          process.kill(seen.pid, "SIGKILL");
        } catch {
          // Gone between the look and the signal: just what was wanted.
        }
      }
      return left.length === 0;
    });
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/**
 * Runs a story with a daemon of its own. When the story is told, the daemon must shut down
 * properly, unless the story has ended it itself.
 */
export async function withDaemon(
  options: DaemonOptions,
  story: (daemon: TestDaemon) => Promise<void>,
): Promise<void> {
  const daemon = await TestDaemon.start(options);
  try {
    await story(daemon);
    if (daemon.isRunning) await daemon.stop();
  } finally {
    await daemon.dispose();
  }
}
