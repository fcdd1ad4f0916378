/**
 * Notices the end of processes that are not our children: nobody sends a signal for them. The
 * kernel offers a descriptor for such a process (pidfd), but one that sends no SIGIO, which is how
 * this daemon learns of everything. So an end is looked for where it is likely: at once when a pipe
 * of the process is closed, again and again for a while after it was sent a signal, and each second
 * besides. There is no timer when there is no such process.
 */
import type { Clock } from "../../runtime/types.ts";
import { isSameProcess, type StartTime } from "./identity.ts";

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1000;

/** Which process it is, so that its pid is never taken for that of another one. */
export interface Orphan {
  readonly pid: number;
  readonly start: StartTime;
}

export interface OrphanFollower {
  isAlive(): boolean;
  /** Its end is to be expected now. */
  hurry(): void;
}

export class OrphanWatch {
  readonly #clock: Clock;
  readonly #root: string;
  readonly #followed = new Map<Orphan, () => void>();
  #pause = FIRST_PAUSE_MS;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, root = "/proc") {
    this.#clock = clock;
    this.#root = root;
  }

  /** @param onEnd called once, never from within a call to this object */
  follow(orphan: Orphan, onEnd: () => void): OrphanFollower {
    this.#followed.set(orphan, onEnd);
    this.#hurry();
    return {
      isAlive: () => this.#isAlive(orphan),
      hurry: () => {
        if (this.#followed.has(orphan)) this.#hurry();
      },
    };
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#followed.clear();
  }

  #isAlive({ pid, start }: Orphan): boolean {
    return isSameProcess(pid, start, this.#root);
  }

  #hurry(): void {
    this.#pause = FIRST_PAUSE_MS;
    this.#arm();
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#followed.size === 0
      ? null
      : this.#clock.after(this.#pause, () => this.#look());
  }

  #look(): void {
    this.#cancelTimer = null;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    const ended = [...this.#followed].filter(([orphan]) => !this.#isAlive(orphan));
    for (const [orphan] of ended) this.#followed.delete(orphan);
    this.#arm();
    for (const [, onEnd] of ended) onEnd();
  }
}
