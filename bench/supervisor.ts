/** Starts a supervisord with a given set of programs in a directory of its own, and asks it things. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isAlive, onlyChildOf } from "./processes.ts";
import { requestBytes, RpcConnection } from "./rpc_connection.ts";

/** The two commands of an installation: a path, or a runtime and its arguments. */
export interface Implementation {
  readonly name: string;
  readonly supervisord: readonly string[];
  readonly supervisorctl: readonly string[];
}

export interface ProgramLines {
  readonly name: string;
  /** What stands before the name in the header; default: `program`. */
  readonly kind?: "program" | "eventlistener";
  /** Lines of the section. `$DIR` is the directory of the run. */
  readonly lines: readonly string[];
}

export interface SupervisorOptions {
  /** A command in front: strace with its options. */
  readonly under?: readonly string[];
  /** Without -n: the process started is not the daemon. */
  readonly inBackground?: boolean;
  /** A port of 127.0.0.1 to listen at as well. */
  readonly port?: number;
}

/** Whatever a supervisor fails to do within this time it has failed to do. */
const PATIENCE_MS = 90_000;

export class Supervisor {
  readonly directory: string;
  readonly programs: readonly ProgramLines[];
  /** performance.now() of the start. */
  readonly startedAt: number;
  readonly #implementation: Implementation;
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #options: SupervisorOptions;

  constructor(
    implementation: Implementation,
    programs: readonly ProgramLines[],
    options: SupervisorOptions = {},
  ) {
    this.#implementation = implementation;
    this.#options = options;
    this.programs = programs;
    this.directory = mkdtempSync(join(tmpdir(), "supervisor-bench-"));
    mkdirSync(join(this.directory, "logs"));
    writeFileSync(this.configFile, configuration(this.directory, programs, options.port));
    const foreground = options.inBackground === true ? [] : ["-n"];
    const [file = "", ...args] = [
      ...options.under ?? [],
      ...implementation.supervisord,
      ...foreground,
      "-c",
      this.configFile,
    ];
    this.startedAt = performance.now();
    this.#process = spawn(file, args, { stdio: "ignore" });
    this.#ended = new Promise((resolve) => this.#process.once("close", resolve));
  }

  /** The daemon's. */
  get pid(): number {
    const started = this.#process.pid as number;
    if (this.#options.inBackground === true) {
      return Number(readFileSync(join(this.directory, "supervisord.pid"), "utf8"));
    }
    return this.#options.under === undefined ? started : onlyChildOf(started) ?? started;
  }

  get socket(): string {
    return join(this.directory, "supervisor.sock");
  }

  get configFile(): string {
    return join(this.directory, "supervisord.conf");
  }

  /** supervisorctl of the same installation, with what it needs to know. */
  controlCommand(...words: readonly string[]): string[] {
    return [...this.#implementation.supervisorctl, "-c", this.configFile, ...words];
  }

  /**
   * A call with a connection of its own.
   *
   * @param params as XML: `<param>…</param>`
   * @returns the whole answer
   */
  async call(method: string, params = ""): Promise<string> {
    const connection = await RpcConnection.open({ path: this.socket });
    try {
      return await connection.call(requestBytes(method, params));
    } finally {
      connection.close();
    }
  }

  async answers(): Promise<void> {
    await until(() => existsSync(this.socket));
    await until(async () => {
      try {
        return (await this.call("getState")).includes("RUNNING");
      } catch {
        return false;
      }
    });
  }

  async allRunning(count: number): Promise<void> {
    await until(async () => {
      const info = await this.call("getAllProcessInfo");
      return info.split("<string>RUNNING</string>").length - 1 === count;
    });
  }

  /** The process that was started has exited. @returns its exit status */
  async exited(): Promise<number | null> {
    return await this.#ended;
  }

  /** Asks for the end and waits for it; takes the directory away. */
  async stop(): Promise<void> {
    await this.end();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The same, but the directory stays. */
  async end(): Promise<void> {
    if (this.#options.inBackground === true) {
      await this.#ended;
      const { pid } = this;
      process.kill(pid, "SIGTERM");
      return await until(() => !isAlive(pid));
    }
    if (this.#process.exitCode === null) process.kill(this.pid, "SIGTERM");
    await this.#ended;
  }
}

function configuration(
  directory: string,
  programs: readonly ProgramLines[],
  port: number | undefined,
): string {
  const sections = programs.map(({ name, kind = "program", lines }) =>
    [`[${kind}:${name}]`, ...lines.map((line) => line.replaceAll("$DIR", directory))].join("\n")
  );
  const inet = port === undefined ? "" : `[inet_http_server]\nport=127.0.0.1:${port}\n`;
  const user = process.getuid?.() === 0 ? "user=root\n" : "";
  return `[unix_http_server]
file=${directory}/supervisor.sock
${inet}[supervisord]
directory=${directory}
logfile=${directory}/supervisord.log
pidfile=${directory}/supervisord.pid
childlogdir=${directory}/logs
${user}[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${directory}/supervisor.sock
${sections.join("\n")}
`;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again each millisecond. @throws Error when it does not come to hold in time */
export async function until(
  holds: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error("it took too long");
    await pause(1);
  }
}
