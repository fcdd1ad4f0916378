/** The same questions with more and more children: what each costs must not grow with them. */
import { type Figures, median, type Volume } from "../metric.ts";
import { childrenOf, proportionalMemory, usage, used } from "../processes.ts";
import { sleepers } from "../programs.ts";
import { type Implementation, pause, Supervisor, until } from "../supervisor.ts";
import { load } from "./calls.ts";
import { runControl } from "./control.ts";

const QUICK = [10, 100, 500];
const FULL = [10, 50, 100, 200, 500, 1000, 2000];

export async function measureScale(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const figures: Figures = {};
  for (const count of isFull ? FULL : QUICK) {
    const supervisor = new Supervisor(implementation, sleepers(count));
    try {
      await until(() => childrenOf(supervisor.pid).length === count);
      figures[`n${count}_all_up_ms`] = performance.now() - supervisor.startedAt;
      await supervisor.allRunning(count);
      await pause(isFull ? 2500 : 1200);
      figures[`n${count}_pss_MiB`] = proportionalMemory(supervisor.pid);
      const windowMs = isFull ? 4000 : 1500;
      const before = usage(supervisor.pid);
      await pause(windowMs);
      const { cpuMs } = used(before, usage(supervisor.pid));
      figures[`n${count}_cpu20s_ms`] = cpuMs * 20_000 / windowMs;
      const times: number[] = [];
      for (let i = 0; i < 3; i++) {
        times.push((await runControl(supervisor.controlCommand("status"))).wallMs);
      }
      figures[`n${count}_status_ms`] = median(times);
      for (const [name, method] of [["state", "getState"], ["all", "getAllProcessInfo"]] as const) {
        const target = { path: supervisor.socket };
        const result = await load({ target, method, clients: 1, isKept: true, seconds: 1 });
        figures[`n${count}_${name}_per_s`] = result.perSecond;
      }
      const at = performance.now();
      await supervisor.end();
      figures[`n${count}_stop_ms`] = performance.now() - at;
    } finally {
      await supervisor.stop();
    }
  }
  return { ...figures, ...growth(figures) };
}

/** What one of 2,000 children costs, in units of what one of 100 does: at most 1.5 is wanted. */
function growth(figures: Figures): Figures {
  const perChild = (count: number, what: string) => (figures[`n${count}_${what}`] ?? NaN) / count;
  const ratios: Figures = {};
  for (const what of ["all_up_ms", "status_ms", "stop_ms"]) {
    const ratio = perChild(2000, what) / perChild(100, what);
    if (!Number.isNaN(ratio)) ratios[`growth_100_to_2000_${what.replace("_ms", "")}_x`] = ratio;
  }
  return ratios;
}
