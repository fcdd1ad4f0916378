/**
 * What only some programs need while they live: helper commands, hooks and main processes, the trees
 * of processes. Each is made, and its code loaded, when somebody first asks for it.
 */
import type { Input } from "../process/machine_types.ts";
import type { ExitStatus } from "../process/signals.ts";
import { HelperRunner } from "./helpers.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Process } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";
import type { TreeKeeper } from "./tree_keeper.ts";

export interface PartsOnDemandOptions {
  readonly surroundings: Surroundings;
  /** Ignored for a process that is not managed any more. */
  readonly submit: (process: Process, input: Input) => void;
  /** Whether some process of ours has this pid. */
  readonly isProcess: (pid: number) => boolean;
  /** From now on the exit report of `process` will carry this pid. */
  readonly onMainPid: (pid: number, process: Process) => void;
  readonly onDefect: (error: unknown) => void;
}

export class PartsOnDemand {
  readonly #o: PartsOnDemandOptions;
  #helpers: HelperRunner | null = null;
  #lifecycle: Promise<Lifecycle> | null = null;
  #treeKeeper: Promise<TreeKeeper> | null = null;

  constructor(options: PartsOnDemandOptions) {
    this.#o = options;
  }

  /** Runs hooks, checks and other short-lived commands. */
  get helpers(): HelperRunner {
    return this.#helpers ??= new HelperRunner({ surroundings: this.#o.surroundings });
  }

  /** How many of those have not ended yet. */
  get runningHelpers(): number {
    return this.#helpers?.running ?? 0;
  }

  /** @returns whether the pid was a helper's */
  helperExited(pid: number, exit: ExitStatus): boolean {
    return this.#helpers?.exited(pid, exit) === true;
  }

  lifecycle(): Promise<Lifecycle> {
    const { surroundings, submit, isProcess: isManaged, onMainPid } = this.#o;
    return this.#lifecycle ??= import("./lifecycle.ts").then(({ Lifecycle }) =>
      new Lifecycle({ surroundings, helpers: this.helpers, submit, isManaged, onMainPid })
    );
  }

  withLifecycle(use: (lifecycle: Lifecycle) => void | Promise<void>): void {
    this.lifecycle().then(use).catch(this.#o.onDefect);
  }

  withTree(use: (tree: TreeKeeper) => void): void {
    this.#loadTreeKeeper().then(use).catch(this.#o.onDefect);
  }

  /** Ends the helpers. */
  dispose(): void {
    this.#helpers?.dispose();
  }

  #loadTreeKeeper(): Promise<TreeKeeper> {
    const { surroundings, submit, isProcess } = this.#o;
    return this.#treeKeeper ??= import("./tree_keeper.ts").then(({ TreeKeeper }) =>
      new TreeKeeper({
        surroundings,
        submit,
        isManaged: (pid) => isProcess(pid) || this.#helpers?.isRunning(pid) === true,
      })
    );
  }
}
