/**
 * Whether the daemon runs or is on its way down, and to what: an end or a new start. Once it is, the
 * only thing that can change is that a restart becomes a shutdown.
 */
import type { DaemonState } from "../process/states.ts";
import type { Clock } from "../runtime/types.ts";

export interface RunStateOptions {
  readonly clock: Clock;
  /** Called once. Resolves when nothing runs any more. */
  readonly stopEverything: () => Promise<void>;
}

export class RunState {
  readonly #o: RunStateOptions;
  readonly #finished: Promise<DaemonState>;
  #finish: (state: DaemonState) => void = () => {};
  #state: DaemonState = "RUNNING";
  #exitStatus = 0;
  #isStopping = false;

  constructor(options: RunStateOptions) {
    this.#o = options;
    this.#finished = new Promise((resolve) => this.#finish = resolve);
  }

  get state(): DaemonState {
    return this.#state;
  }

  /** What the daemon is to end with: 0, unless it ends because a program did. */
  get exitStatus(): number {
    return this.#exitStatus;
  }

  /** Resolves when everything has stopped, with SHUTDOWN or RESTARTING. */
  finished(): Promise<DaemonState> {
    return this.#finished;
  }

  /** @param exitStatus of a program whose end is that of the daemon */
  shutDown(exitStatus?: number): void {
    if (exitStatus !== undefined) this.#exitStatus = exitStatus;
    this.#state = "SHUTDOWN";
    this.#beginStopping();
  }

  restart(): void {
    this.#state = "RESTARTING";
    this.#beginStopping();
  }

  /** On the next turn, so that whoever asked gets an answer first. */
  #beginStopping(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#o.clock.after(0, () => void this.#stop());
  }

  async #stop(): Promise<void> {
    await this.#o.stopEverything();
    this.#finish(this.#state);
  }
}
