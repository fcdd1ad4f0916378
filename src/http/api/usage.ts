/** CPU and memory by process name. */
import { ProcStats, type Usage } from "../../daemon/proc_stats.ts";
import type { Daemon, ManagedProcess } from "../../daemon/types.ts";
import { allProcesses, namespecOf } from "../../rpc/namespec.ts";
import { isoTime } from "./process_view.ts";

export interface UsageByName {
  readonly sampledAt: string;
  readonly usage: Readonly<Record<string, Usage>>;
}

export class UsageSource {
  readonly stats: ProcStats;
  readonly #daemon: Daemon;

  constructor(daemon: Daemon, stats = new ProcStats({ clock: daemon.clock })) {
    this.#daemon = daemon;
    this.stats = stats;
  }

  /** By pid, of every process that lives. */
  async byPid(): Promise<ReadonlyMap<number, Usage>> {
    return (await this.#sample()).usage;
  }

  async byName(): Promise<UsageByName> {
    const { wall, usage } = await this.#sample();
    const named = allProcesses(this.#daemon).flatMap((process) => {
      const used = usage.get(process.record.pid);
      return used === undefined ? [] : [[namespecOf(process), used] as const];
    });
    return { sampledAt: isoTime(wall), usage: Object.fromEntries(named) };
  }

  /** null when it does not live, or cannot be seen. */
  async of({ record }: ManagedProcess): Promise<Usage | null> {
    return (await this.byPid()).get(record.pid) ?? null;
  }

  #sample() {
    const pids = allProcesses(this.#daemon).map(({ record }) => record.pid);
    return this.stats.sample(pids.filter((pid) => pid !== 0));
  }
}
