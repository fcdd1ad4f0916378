/**
 * Carries out what surrounds the life of a process: its hooks, its reload, and the search for the
 * process that a command has left in the background. Loaded with the first program that asks for
 * any of it. When a hook runs, and what comes of its end, is the machine's business.
 */
import { type BlockingHook, hookEnvironment, type HookFacts } from "../process/hooks.ts";
import type { Input } from "../process/machine_types.ts";
import { describeExit, type ExitStatus } from "../process/signals.ts";
import type { HelperResult, HelperRunner, RunningHelper } from "./helpers.ts";
import { descendsFrom, findMainPid, parentOfPid } from "./main_pid.ts";
import type { Process } from "./process.ts";
import { LARGEST_SECRET, parseSecrets } from "./secrets.ts";
import type { Surroundings } from "./surroundings.ts";

/** Of the output of a hook; its last line goes into messages. */
const KEPT_BYTES = 4096;
/** A line of output in a message is cut to this. */
const LINE_LENGTH = 200;

const BLOCKING: ReadonlySet<string> = new Set<BlockingHook>([
  "secret_command",
  "pre_start",
  "pre_stop",
  "stop_command",
  "post_stop",
]);

export interface LifecycleOptions {
  readonly surroundings: Surroundings;
  readonly helpers: HelperRunner;
  /** Ignored for a process that is not managed any more. */
  readonly submit: (process: Process, input: Input) => void;
  /** Whether some process of ours has this pid. */
  readonly isManaged: (pid: number) => boolean;
  /** From now on the exit report of `process` will carry this pid. */
  readonly onMainPid: (pid: number, process: Process) => void;
}

export class Lifecycle {
  readonly #o: LifecycleOptions;
  /** What the machine waits for; the end of any other hook is no news to it. */
  readonly #awaited = new Map<Process, RunningHelper>();

  constructor(options: LifecycleOptions) {
    this.#o = options;
  }

  async runHook(process: Process, facts: HookFacts): Promise<void> {
    const { hook } = facts;
    const running = this.#start(process, facts);
    const isAwaited = BLOCKING.has(hook);
    if (isAwaited && typeof running !== "string") this.#awaited.set(process, running);
    const result = typeof running === "string" ? running : await running.done;
    if (isAwaited && typeof running !== "string") {
      if (this.#awaited.get(process) !== running) return;
      this.#awaited.delete(process);
    }
    const judge = hook === "secret_command" ? takeSecrets : failureOf;
    const failure = typeof result === "string" ? result : judge(result, process);
    if (failure !== null) {
      this.#o.surroundings.log("warn", `${hook} of '${process.name}' failed: ${failure}`);
    }
    this.#o.submit(process, { type: "hookDone", hook, failure });
  }

  /** Nobody waits for it any more, and what it prepares is not wanted. */
  cancelHook(process: Process): void {
    const running = this.#awaited.get(process);
    this.#awaited.delete(process);
    running?.cancel();
  }

  /**
   * Makes a process read its configuration again, by its command or its signal.
   *
   * @returns null, or why it did not work
   */
  async reload(process: Process): Promise<string | null> {
    const { hooks, reloadSignal } = process.spec;
    const { pid, tries } = process.record;
    if (hooks?.commands.reload_command !== undefined) {
      const facts = { hook: "reload_command", pid, exit: null, tries, spawnError: null } as const;
      const running = this.#start(process, facts);
      const failure = typeof running === "string" ? running : failureOf(await running.done);
      return failure === null ? null : `reload_command failed: ${failure}`;
    }
    if (reloadSignal === undefined) {
      return "neither reload_command nor reload_signal is configured";
    }
    this.#o.submit(process, { type: "signal", signal: reloadSignal });
    return null;
  }

  /** The spawned process has ended well and left its work to another one: who is that? */
  async followPidFile(process: Process): Promise<void> {
    const { surroundings, isManaged, submit, onMainPid } = this.#o;
    const path = process.spec.pidFile ?? "";
    const { runtime } = surroundings;
    const found = await findMainPid({ path, clock: runtime.clock, self: runtime.pid, isManaged });
    if (process.record.waitsFor !== "main_pid") return;
    if (typeof found === "number") {
      onMainPid(found, process);
      submit(process, { type: "mainPid", pid: found });
    } else {
      process.childExited();
      submit(process, { type: "mainPidMissing", reason: found });
    }
  }

  /** Only a descendant is followed: signals must not be sent to somebody else's process. */
  followAnnounced(process: Process, pid: number): void {
    const { surroundings, isManaged, submit, onMainPid } = this.#o;
    const { record } = process;
    if (pid === record.pid || record.pid === 0) return;
    const { system, pid: self } = surroundings.runtime;
    if (isManaged(pid) || !descendsFrom(pid, self, parentOfPid)) {
      const text = `'${process.name}' names pid ${pid} as its main process, which is not its own`;
      surroundings.log("warn", text);
      return;
    }
    system.becomeSubreaper();
    onMainPid(pid, process);
    submit(process, { type: "mainPid", pid });
  }

  /**
   * The process that was spawned has ended after another one took over. If that is gone, too, it
   * was collected by its parent, and there will be no exit report but this.
   */
  launcherExited(process: Process, exit: ExitStatus): void {
    if (!process.record.hasMainPid || parentOfPid(process.record.pid) !== null) return;
    process.childExited();
    this.#o.submit(process, { type: "exited", exit });
  }

  #start(process: Process, facts: HookFacts): RunningHelper | string {
    const { hooks } = process.spec;
    const command = hooks?.commands[facts.hook];
    if (hooks === undefined || command === undefined) return "it is not configured";
    try {
      return this.#run(process, command, hooks.timeoutSecs * 1000, hookEnvironment(facts));
    } catch (error) {
      // The machine waits for an answer, whatever went wrong.
      return error instanceof Error ? error.message : String(error);
    }
  }

  #run(
    process: Process,
    command: string,
    timeoutMs: number,
    env: Readonly<Record<string, string>>,
  ): RunningHelper | string {
    const request = process.helperRequest({
      command,
      timeoutMs,
      keepBytes: KEPT_BYTES,
      env,
      ...(env["SUPERVISOR_HOOK"] === "secret_command"
        ? { keepBytes: LARGEST_SECRET, onlyStdout: true }
        : {}),
    });
    return typeof request === "string" ? request : this.#o.helpers.run(request);
  }
}

/** Keeps what was printed for the start that follows; nothing of it goes into a message. */
function takeSecrets(result: HelperResult, process: Process): string | null {
  const failure = failureOf({ ...result, output: new Uint8Array(0) });
  if (failure !== null || !result.ok) return failure;
  if (result.isCut) return `it printed more than ${LARGEST_SECRET} bytes`;
  const secrets = parseSecrets(result.output);
  if (!secrets.ok) return secrets.reason;
  process.secrets = secrets.values;
  return null;
}

/** null: it did what it should. */
function failureOf(result: HelperResult): string | null {
  const said = lastLine(result.output);
  const words = said === "" ? "" : `: ${said}`;
  if (!result.ok) return `${result.reason}${words}`;
  const { exit } = result;
  if (exit.type === "exited" && exit.code === 0) return null;
  return `${describeExit(exit)}${words}`;
}

function lastLine(output: Uint8Array): string {
  const line = new TextDecoder().decode(output).trimEnd().split("\n").at(-1)?.trim() ?? "";
  return line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line;
}
