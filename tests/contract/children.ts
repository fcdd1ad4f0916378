/** What the contract tests need around Runtime.spawn: pipes, collected output, exit reports. */
import { Buffer } from "node:buffer";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { getRuntime } from "../../src/runtime/mod.ts";
import type { ResourceUse, SpawnRequest, SpawnResult } from "../../src/runtime/spawn_types.ts";

export const runtime = getRuntime();
export const isRoot = process.getuid?.() === 0;

type TestBody = () => void | Promise<void>;

/** What only root can do. Others have a test of its refusal instead, so neither is skipped. */
export const testAsRoot: (title: string, body: TestBody) => void = isRoot ? define : () => {};

/** What is refused to everybody but root. */
export const testAsOther: (title: string, body: TestBody) => void = isRoot ? () => {} : define;

function define(title: string, body: TestBody): void {
  test(title, body);
}

export const PATH = "/usr/local/bin:/usr/bin:/bin";

/** Every exit report, by pid: asked for twice, it would be a second report for one child. */
const reports = new Map<number, number[]>();
const waiting = new Map<number, (status: number) => void>();
/** What each child has used. */
export const usages = new Map<number, ResourceUse>();

runtime.onSignal("SIGCHLD", () => {
  for (const { pid, status, usage } of runtime.reap()) {
    if (usage !== undefined) usages.set(pid, usage);
    reports.set(pid, [...(reports.get(pid) ?? []), status]);
    waiting.get(pid)?.(status);
    waiting.delete(pid);
  }
});

/** The wait status of a child, when it comes. */
export function exitOf(pid: number): Promise<number> {
  const known = reports.get(pid)?.[0];
  if (known !== undefined) return Promise.resolve(known);
  return new Promise((resolve) => waiting.set(pid, resolve));
}

export function reportsOf(pid: number): readonly number[] {
  return reports.get(pid) ?? [];
}

export type SpawnOverrides = Partial<Omit<SpawnRequest, "stdio">>;

export function request(
  argv: readonly string[],
  stdio: SpawnRequest["stdio"],
  overrides: SpawnOverrides = {},
): SpawnRequest {
  return {
    file: argv[0] ?? "",
    argv,
    env: { PATH },
    cwd: null,
    umask: null,
    credentials: null,
    stdio,
    ...overrides,
  };
}

export interface Finished {
  readonly result: SpawnResult;
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Runs a command to its end, its standard input at end of file from the start. */
export async function run(
  argv: readonly string[],
  overrides: SpawnOverrides = {},
): Promise<Finished> {
  const [input, output, errors] = [runtime.pipe(), runtime.pipe(), runtime.pipe()];
  runtime.closeFd(input.write);
  const stdout = readText(output.read);
  const stderr = readText(errors.read);
  const result = runtime.spawn(
    request(argv, [input.read, output.write, errors.write], overrides),
  );
  for (const fd of [input.read, output.write, errors.write]) runtime.closeFd(fd);
  const status = result.ok ? await exitOf(result.pid) : -1;
  return { result, stdout: await stdout, stderr: await stderr, status };
}

export function shell(script: string, overrides: SpawnOverrides = {}): Promise<Finished> {
  return run(["/bin/sh", "-c", script], overrides);
}

/** Everything a descriptor gives until its end. */
export function readBytes(fd: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve) => {
    runtime.openReader(fd, {
      data: (chunk) => void chunks.push(chunk.slice()),
      end: () => resolve(Buffer.concat(chunks)),
    });
  });
}

async function readText(fd: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(fd));
}

/** Waits for something that has no event of its own. */
export async function until(what: string, condition: () => boolean, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The command that runs a program of this folder on the runtime of this test. */
export function programCommand(file: string): string[] {
  const path = new URL(file, import.meta.url).pathname;
  const { execPath } = process;
  return runtime.name === "bun" ? [execPath, path] : [execPath, "run", "-A", path];
}

/** What such a program finds in its environment. */
export const PROGRAM_ENV = { PATH: process.env.PATH ?? PATH, HOME: tmpdir() };
