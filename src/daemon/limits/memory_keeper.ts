/**
 * memory_limit: restarts who uses more memory than it may. The one feature here that looks again
 * and again, as nobody tells; only at programs that have it, and only while they run.
 */
import type { ProcessRecord } from "../../process/machine_types.ts";
import type { Attendant, AttendantOptions } from "../attendants.ts";
import { ProcStats } from "../proc_stats.ts";
import type { Process } from "../process.ts";

export interface MemoryKeeperOptions
  extends Pick<AttendantOptions, "clock" | "submit" | "log" | "onDefect"> {
  /** Default: /proc. */
  readonly stats?: Pick<ProcStats, "sample">;
}

export class MemoryKeeper implements Attendant {
  readonly #o: MemoryKeeperOptions;
  readonly #stats: Pick<ProcStats, "sample">;
  /** Of those that run: what cancels the next look. */
  readonly #looks = new Map<Process, () => void>();
  #processes = new Set<Process>();

  constructor(options: MemoryKeeperOptions) {
    this.#o = options;
    this.#stats = options.stats ?? new ProcStats({ clock: options.clock });
  }

  rebuild(processes: readonly Process[]): void {
    this.#processes = new Set(processes);
    for (const process of this.#looks.keys()) {
      if (!this.#processes.has(process)) this.#forget(process);
    }
    for (const process of processes) this.#follow(process);
  }

  changed(process: Process, before: ProcessRecord): void {
    if (process.record.pid !== before.pid || process.record.stopping !== before.stopping) {
      this.#follow(process);
    }
  }

  dispose(): void {
    for (const process of [...this.#looks.keys()]) this.#forget(process);
    this.#processes.clear();
  }

  #forget(process: Process): void {
    this.#looks.get(process)?.();
    this.#looks.delete(process);
  }

  #follow(process: Process): void {
    const runs = process.record.pid !== 0 && !process.record.stopping;
    if (!runs || !this.#processes.has(process)) return this.#forget(process);
    if (!this.#looks.has(process)) this.#arm(process);
  }

  #arm(process: Process): void {
    const { intervalMs } = process.spec.memoryLimit ?? { intervalMs: Infinity };
    const cancel = this.#o.clock.after(intervalMs, () => {
      this.#look(process).catch((error: unknown) => this.#o.onDefect(error));
    });
    this.#looks.set(process, cancel);
  }

  async #look(process: Process): Promise<void> {
    const { pid } = process.record;
    const limit = process.spec.memoryLimit?.bytes ?? Infinity;
    const used = (await this.#stats.sample([pid])).usage.get(pid)?.residentBytes ?? 0;
    const { record } = process;
    // It may have ended while others had their turn.
    if (record.pid !== pid || record.stopping || !this.#processes.has(process)) {
      return this.#again(process);
    }
    if (used <= limit) return this.#arm(process);
    const reason = `it uses ${mebibytes(used)} of memory, more than ${mebibytes(limit)} ` +
      "(memory_limit)";
    this.#o.log("warn", `restarting '${process.name}': ${reason}`);
    this.#looks.delete(process);
    this.#o.submit(process, { type: "restart", reason });
  }

  #again(process: Process): void {
    this.#looks.delete(process);
    this.#follow(process);
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
