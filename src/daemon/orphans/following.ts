/**
 * Processes that another daemon has started: no exit report will come of theirs, so somebody looks.
 * What looks is loaded with the first of them.
 */
import { UNSEEN } from "../../process/signals.ts";
import type { Clock } from "../../runtime/types.ts";
import type { Process } from "../process.ts";
import type { Reaper } from "../reaper.ts";
import type { Orphan, OrphanFollower, OrphanWatch } from "./watch.ts";

export interface OrphanFollowingOptions {
  readonly clock: Clock;
  readonly reaper: Reaper;
  /** Whether the process is still the one of its name. */
  readonly isManaged: (process: Process) => boolean;
}

export class OrphanFollowing {
  readonly #o: OrphanFollowingOptions;
  #watch: Promise<OrphanWatch> | null = null;

  constructor(options: OrphanFollowingOptions) {
    this.#o = options;
  }

  /** Of a process of ours, if another daemon has started it. Its end is reported to the reaper. */
  async follow(process: Process): Promise<void> {
    const { orphan } = process;
    if (orphan === null) return;
    const { reaper, isManaged } = this.#o;
    reaper.expect(orphan.pid, process);
    process.follower = (await this.#load()).follow(orphan, () => {
      // The system's own report was for somebody else.
      reaper.forget(orphan.pid);
      if (process.orphan === orphan && isManaged(process)) reaper.ended(process, UNSEEN, null);
    });
  }

  /** Of a process that no program stands for. @param use called at once */
  async followStray(
    orphan: Orphan,
    use: (follower: OrphanFollower) => void,
    onEnd: () => void,
  ): Promise<void> {
    use((await this.#load()).follow(orphan, onEnd));
  }

  stop(): void {
    void this.#watch?.then((watch) => watch.stop());
  }

  #load(): Promise<OrphanWatch> {
    return this.#watch ??= import("./watch.ts").then(({ OrphanWatch }) =>
      new OrphanWatch(this.#o.clock)
    );
  }
}
