/** Running a command to its end, with its output apart and a limit on its time. */
import { spawn } from "node:child_process";
import process from "node:process";

export interface RunResult {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to our own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly limitMs?: number;
}

/** Our own environment with changes. */
export function environment(
  changes: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const merged = { ...process.env, ...changes };
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(merged)) {
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** @throws Error when the command cannot be started or takes longer than `limitMs` */
export function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: environment(options.env),
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const output = { stdout: "", stderr: "" };
    for (const channel of ["stdout", "stderr"] as const) {
      child[channel]?.setEncoding("utf8");
      child[channel]?.on("data", (text: string) => output[channel] += text);
    }
    if (options.input !== undefined) child.stdin?.end(options.input);
    const limitMs = options.limitMs ?? 30_000;
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(
        new Error(
          `${
            command.join(" ")
          }: no end after ${limitMs} ms; so far: ${output.stdout}${output.stderr}`,
        ),
      );
    }, limitMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, ...output });
    });
  });
}
