/**
 * Short-lived commands that the daemon runs on behalf of a process: hooks, checks, commands that
 * print a secret. They are never managed themselves: no state, no restart, no log. Each has its own
 * process group, a hard limit of time and a bound on what is kept of its output.
 *
 * A helper that outlives its time is killed with its whole group, and its caller hears so at once:
 * nobody waits for a process that the system cannot end.
 */
import type { ExitStatus } from "../process/signals.ts";
import type { PipeReader } from "../runtime/pipe_types.ts";
import type { SpawnRequest, SpawnResult } from "../runtime/spawn_types.ts";
import { SystemError } from "../runtime/system_error.ts";
import { lookUpCommand } from "./spawn_plan.ts";
import type { Surroundings } from "./surroundings.ts";

const SIGKILL = 9;

/** At most this much is read at a helper's end: a descendant of it may never stop writing. */
const DRAIN_BYTES = 1024 * 1024;

export interface HelperRequest {
  /** As written; split into words here, without a shell. */
  readonly command: string;
  /** The whole environment of the helper; its PATH finds the command. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
  readonly credentials: SpawnRequest["credentials"];
  readonly umask: number | null;
  /** After this the helper and its process group are killed. */
  readonly timeoutMs: number;
  /** Bytes of stdout and stderr that are kept: the last ones. */
  readonly keepBytes: number;
  /** What goes to stderr is not kept, as it is no part of the answer. Default: false. */
  readonly onlyStdout?: boolean;
  /** A descriptor to read from; default: nothing to read. */
  readonly stdin?: number;
}

export type HelperResult =
  | {
    readonly ok: true;
    readonly exit: ExitStatus;
    readonly output: Uint8Array;
    /** More was said than kept: `output` is the end of it. */
    readonly isCut: boolean;
  }
  | {
    readonly ok: false;
    /** A sentence without a full stop: `can't find command 'x'`, `timed out after 5 seconds`. */
    readonly reason: string;
    readonly output: Uint8Array;
  };

export interface RunningHelper {
  /** Never rejects. */
  readonly done: Promise<HelperResult>;
  /** Kills the helper and its process group; `done` resolves with the reason "cancelled". */
  cancel(): void;
}

export class HelperRunner {
  readonly #surroundings: Surroundings;
  /** By pid, until reaped: those that were given up as well, so that they are known at their end. */
  readonly #running = new Map<number, Helper>();

  constructor(o: { readonly surroundings: Surroundings }) {
    this.#surroundings = o.surroundings;
  }

  run(request: HelperRequest): RunningHelper {
    const started = this.#start(request);
    if (typeof started === "string") {
      const output = new Uint8Array(0);
      return { done: Promise.resolve({ ok: false, reason: started, output }), cancel: () => {} };
    }
    this.#running.set(started.pid, started);
    return { done: started.done, cancel: () => started.giveUp("cancelled") };
  }

  /** How many have not ended yet. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Somebody was reaped.
   *
   * @returns true when the pid was a helper's: nobody else needs to know
   */
  exited(pid: number, exit: ExitStatus): boolean {
    const helper = this.#running.get(pid);
    if (helper === undefined) return false;
    this.#running.delete(pid);
    helper.exited(exit);
    return true;
  }

  isRunning(pid: number): boolean {
    return this.#running.has(pid);
  }

  /** Ends all of them. */
  dispose(): void {
    for (const helper of this.#running.values()) helper.giveUp("cancelled");
    this.#running.clear();
  }

  /** @returns a sentence when it could not be started */
  #start(request: HelperRequest): Helper | string {
    const { runtime, devNull } = this.#surroundings;
    const { command, env: environment, cwd, umask, credentials } = request;
    const lookup = lookUpCommand({ command, environment }, undefined);
    if (!lookup.ok) return lookup.problem.text;
    const opened: number[] = [];
    try {
      const pipe = runtime.pipe();
      opened.push(pipe.read, pipe.write);
      const result = runtime.spawn({
        ...lookup.command,
        env: environment,
        cwd,
        umask,
        credentials,
        stdio: [
          request.stdin ?? devNull,
          pipe.write,
          request.onlyStdout === true ? devNull : pipe.write,
        ],
      });
      if (!result.ok) return describeFailure(lookup.command.argv[0], cwd, result);
      opened.shift();
      return new Helper(this.#surroundings, request, result.pid, pipe.read);
    } catch (error) {
      // No descriptor to be had: the pipe could not be made.
      const code = error instanceof SystemError ? error.code : String(error);
      return `couldn't start ${lookup.command.argv[0]}: ${code}`;
    } finally {
      for (const fd of opened) runtime.closeFd(fd);
    }
  }
}

function describeFailure(
  program: string | undefined,
  cwd: string | null,
  { step, code }: Extract<SpawnResult, { ok: false }>,
): string {
  switch (step) {
    case "chdir":
      return `couldn't chdir to ${cwd}: ${code}`;
    case "credentials":
      return `couldn't change the user: ${code}`;
    case "fork":
    case "exec":
      return `couldn't start ${program}: ${code}`;
  }
}

class Helper {
  readonly pid: number;
  readonly done: Promise<HelperResult>;
  readonly #surroundings: Surroundings;
  readonly #reader: PipeReader;
  readonly #tail: Tail;
  readonly #cancelTimer: () => void;
  #resolve: (result: HelperResult) => void = () => {};
  #isOver = false;

  constructor(surroundings: Surroundings, request: HelperRequest, pid: number, output: number) {
    this.pid = pid;
    this.#surroundings = surroundings;
    this.#tail = new Tail(request.keepBytes);
    this.done = new Promise((resolve) => this.#resolve = resolve);
    this.#reader = surroundings.runtime.openReader(output, {
      data: (chunk) => this.#tail.add(chunk),
      end: () => {},
    });
    const { timeoutMs } = request;
    const reason = `timed out after ${timeoutMs / 1000} seconds`;
    this.#cancelTimer = surroundings.runtime.clock.after(timeoutMs, () => this.giveUp(reason));
  }

  exited(exit: ExitStatus): void {
    if (this.#isOver) return;
    this.#reader.drain(DRAIN_BYTES);
    this.#finish({ ok: true, exit, output: this.#tail.bytes(), isCut: this.#tail.isCut });
  }

  giveUp(reason: string): void {
    if (this.#isOver) return;
    try {
      this.#surroundings.runtime.system.kill(-this.pid, SIGKILL);
    } catch {
      // ESRCH: it has just ended by itself. EPERM: it became somebody else; it is given up anyway.
    }
    this.#finish({ ok: false, reason, output: this.#tail.bytes() });
  }

  #finish(result: HelperResult): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#reader.close();
    this.#resolve(result);
  }
}

/** The last bytes of a stream. */
class Tail {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #size = 0;
  isCut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param chunk only valid during the call */
  add(chunk: Uint8Array): void {
    this.isCut ||= this.#size + chunk.length > this.#limit;
    if (this.#limit === 0) return;
    this.#chunks.push(chunk.slice(-this.#limit));
    this.#size += Math.min(chunk.length, this.#limit);
    // Put together only when twice the limit has come: the cost per byte stays constant.
    if (this.#size > this.#limit * 2) this.#chunks = [this.bytes()];
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    const kept = all.subarray(Math.max(0, all.length - this.#limit));
    this.#size = kept.length;
    this.#chunks = [kept];
    return kept;
  }
}
