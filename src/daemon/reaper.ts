/**
 * Who has which pid, and who is told of its end. waitpid(-1) collects everybody: children, helpers,
 * and what a descendant has left to the daemon.
 */
import type { ResourceUse } from "../process/failure.ts";
import { leavesMainPid } from "../process/machine_main_pid.ts";
import type { Input } from "../process/machine_types.ts";
import { decodeWaitStatus, describeExit, type ExitStatus } from "../process/signals.ts";
import type { Process } from "./process.ts";
import type { Statistics } from "./statistics.ts";
import type { Surroundings } from "./surroundings.ts";

export interface ReaperOptions {
  readonly surroundings: Pick<Surroundings, "runtime" | "log">;
  readonly statistics: Statistics;
  readonly submit: (process: Process, input: Input) => void;
  /** @returns true when the pid was that of a short-lived command: nobody else needs to know */
  readonly helperExited: (pid: number, exit: ExitStatus) => boolean;
  /** What was spawned has ended after another process had taken over its work. */
  readonly launcherExited: (process: Process, exit: ExitStatus) => void;
}

export class Reaper {
  readonly #o: ReaperOptions;
  readonly #processByPid = new Map<number, Process>();

  constructor(options: ReaperOptions) {
    this.#o = options;
  }

  /** From now on the exit report of this pid is about `process`. */
  expect(pid: number, process: Process): void {
    this.#processByPid.set(pid, process);
  }

  /** There will be no exit report: somebody else's child. */
  forget(pid: number): void {
    this.#processByPid.delete(pid);
  }

  /** Whether an exit report of this pid would be about a process. */
  expects(pid: number): boolean {
    return this.#processByPid.has(pid);
  }

  /** SIGCHLD: collects all who have ended. */
  reap(): void {
    for (const { pid, status, usage } of this.#o.surroundings.runtime.reap()) {
      const exit = decodeWaitStatus(status);
      const process = this.#processByPid.get(pid);
      if (process === undefined) {
        if (this.#o.helperExited(pid, exit)) continue;
        this.#o.surroundings.log("info", `reaped unknown pid ${pid} (${describeExit(exit)})`);
        continue;
      }
      this.#processByPid.delete(pid);
      if (process.record.hasMainPid && process.record.pid !== pid) {
        this.#o.launcherExited(process, exit);
      } else if (leavesMainPid(process.spec, process.record, exit)) {
        this.#o.submit(process, { type: "exited", exit });
      } else {
        this.ended(process, exit, usage ?? null);
      }
    }
  }

  /** @param usage null: nobody knows */
  ended(process: Process, exit: ExitStatus, usage: ResourceUse | null): void {
    this.#o.statistics.countExit(process, exit);
    process.lastUsage = usage;
    process.childExited();
    this.#o.submit(process, { type: "exited", exit });
  }
}
