/**
 * Looks at a process from outside. Each probe ends by itself within its time, whatever the other
 * side does, takes a bounded number of bytes and never blocks the daemon.
 */
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { type Check, describeCheck } from "../../process/health.ts";
import { describeExit } from "../../process/signals.ts";
import type { Clock } from "../../runtime/types.ts";
import type { RunningHelper } from "../helpers.ts";

export interface ProbeResult {
  readonly ok: boolean;
  /** What was found, in words. */
  readonly detail: string;
}

export interface RunningProbe {
  /** Never rejects. */
  readonly done: Promise<ProbeResult>;
  /** Nobody wants to know any more. */
  cancel(): void;
}

export interface ProbeContext {
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Starts a command as the process' user; a sentence when that cannot be. */
  readonly helper: (command: string, timeoutMs: number) => RunningHelper | string;
  /** Files last changed before this (wall milliseconds) do not count. */
  readonly notBefore: number;
}

/** What a look has found; thrown: what is wrong, as an Error whose code or message is told. */
type Look = (signal: AbortSignal) => Promise<string>;

export function startProbe(check: Check, context: ProbeContext): RunningProbe {
  const abort = new AbortController();
  const what = describeCheck(check);
  const look = lookOf(check, context);
  const done = new Promise<ProbeResult>((resolve) => {
    const seconds = context.timeoutMs / 1000;
    const cancelTimer = context.clock.after(context.timeoutMs, () => {
      resolve({ ok: false, detail: `${what}: no answer within ${seconds} s` });
      abort.abort();
    });
    abort.signal.addEventListener("abort", () => {
      cancelTimer();
      // Only what nobody waits for any more comes too late for this.
      resolve({ ok: false, detail: `${what}: cancelled` });
    });
    look(abort.signal).then(
      (found) => ({ ok: true, detail: `${what}: ${found}` }),
      (error: unknown) => ({ ok: false, detail: `${what}: ${explain(error)}` }),
    ).then((result) => {
      cancelTimer();
      resolve(result);
    });
  });
  return { done, cancel: () => abort.abort() };
}

function lookOf(check: Check, context: ProbeContext): Look {
  switch (check.kind) {
    case "http":
      return async (signal) => (await import("./http_probe.ts")).lookAtUrl(check, signal);
    case "tcp":
      return (signal) => reach({ host: check.host, port: check.port }, signal);
    case "unix":
      return (signal) => reach({ path: check.path }, signal);
    case "exec":
      return (signal) => runCommand(check.command, context, signal);
    case "file":
      return () => lookAtFile(check, context);
    case "log":
    case "notify":
    case "fd":
      throw new TypeError(`${check.kind} is listened to, not asked`);
  }
}

function reach(
  target: { readonly host: string; readonly port: number } | { readonly path: string },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(target, () => {
      socket.destroy();
      resolve("connected");
    });
    socket.on("error", reject);
    signal.addEventListener("abort", () => socket.destroy());
  });
}

async function runCommand(
  command: string,
  { helper, timeoutMs }: ProbeContext,
  signal: AbortSignal,
): Promise<string> {
  const running = helper(command, timeoutMs);
  if (typeof running === "string") throw new Error(running);
  signal.addEventListener("abort", () => running.cancel());
  const result = await running.done;
  if (!result.ok) throw new Error(result.reason);
  const { exit, output } = result;
  if (exit.type === "exited" && exit.code === 0) return "exit status 0";
  const said = lastLine(new TextDecoder().decode(output));
  throw new Error(`${describeExit(exit)}${said === "" ? "" : ` (${said})`}`);
}

const MAX_TOLD = 200;

function lastLine(text: string): string {
  return (text.trimEnd().split("\n").at(-1) ?? "").trim().slice(0, MAX_TOLD);
}

/** Clocks of file systems tick coarsely: what is written at once may seem to be from before. */
const COARSE_MS = 20;

async function lookAtFile(
  { path, maxAgeMs }: Check & { kind: "file" },
  { notBefore, clock }: ProbeContext,
): Promise<string> {
  const { ctimeMs, mtimeMs } = await stat(path);
  // ctime as well: a file that was moved here keeps its mtime. mtime as well: Deno 2.9.6
  // gives whole seconds for the other.
  if (Math.max(ctimeMs, mtimeMs) + COARSE_MS < notBefore) {
    throw new Error("it is from before the start");
  }
  if (maxAgeMs !== null && clock.wall() - mtimeMs > maxAgeMs) {
    throw new Error(`not written for more than ${maxAgeMs / 1000} s`);
  }
  return "it is there";
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code : error.message;
}
