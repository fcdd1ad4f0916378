/** Starts a supervisord with a given set of programs in a directory of its own, and asks it things. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface ProgramLines {
  readonly name: string;
  /** Lines of the section. `$DIR` is the directory of the run. */
  readonly lines: readonly string[];
}

/** Whatever a supervisor fails to do within this time it has failed to do. */
const PATIENCE_MS = 60_000;

export class Supervisor {
  readonly directory: string;
  /** performance.now() of the start. */
  readonly startedAt: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #executable: string;

  constructor(executable: string, programs: readonly ProgramLines[]) {
    this.#executable = executable;
    this.directory = mkdtempSync(join(tmpdir(), "supervisor-bench-"));
    writeFileSync(this.#configFile, configuration(this.directory, programs));
    this.startedAt = performance.now();
    this.#process = spawn(executable, ["-n", "-c", this.#configFile], { stdio: "ignore" });
    this.#ended = new Promise((resolve) => this.#process.once("close", () => resolve()));
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  get #socket(): string {
    return join(this.directory, "supervisor.sock");
  }

  get #configFile(): string {
    return join(this.directory, "supervisord.conf");
  }

  /** The body of the answer to a call without parameters. */
  async call(method: string): Promise<string> {
    return await post(this.#socket, method);
  }

  /** Runs supervisorctl of the same installation. */
  async control(...words: string[]): Promise<void> {
    const program = join(dirname(this.#executable), "supervisorctl");
    const child = spawn(program, ["-c", this.#configFile, ...words], { stdio: "ignore" });
    await new Promise((resolve) => child.once("close", resolve));
  }

  async answers(): Promise<void> {
    // A connection that is refused takes this program's HTTP client long to get over.
    await until(() => existsSync(this.#socket));
    await until(async () => {
      try {
        return (await this.call("getState")).includes("RUNNING");
      } catch {
        return false;
      }
    });
  }

  /** Asks for the end and waits for it. */
  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function configuration(directory: string, programs: readonly ProgramLines[]): string {
  const sections = programs.map(({ name, lines }) =>
    [`[program:${name}]`, ...lines.map((line) => line.replaceAll("$DIR", directory))].join("\n")
  );
  return `[unix_http_server]
file=${directory}/supervisor.sock
[supervisord]
directory=${directory}
logfile=${directory}/supervisord.log
pidfile=${directory}/supervisord.pid
childlogdir=${directory}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${directory}/supervisor.sock
${sections.join("\n")}
`;
}

function post(socketPath: string, method: string): Promise<string> {
  const body = `<?xml version="1.0"?><methodCall><methodName>supervisor.${method}</methodName>` +
    "<params></params></methodCall>";
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath,
      path: "/RPC2",
      method: "POST",
      headers: { "Content-Type": "text/xml", "Content-Length": body.length },
    }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => text += chunk);
      response.on("end", () => resolve(text));
    });
    call.on("error", reject);
    call.end(body);
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again each millisecond. @throws Error when it does not come to hold in time */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error("it took too long");
    await pause(1);
  }
}
