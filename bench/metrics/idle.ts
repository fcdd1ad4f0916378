/** What a supervisor takes while nothing happens. */
import type { Figures, Volume } from "../metric.ts";
import { childrenOf, proportionalMemory, usage, used } from "../processes.ts";
import { sleepers } from "../programs.ts";
import { type Implementation, pause, Supervisor, until } from "../supervisor.ts";

const COUNTS = [1, 100, 500];
/** Figures are given for this time, whatever the window was. */
const GIVEN_FOR_MS = 20_000;

/** One after the other, so that nobody's wake-ups are another's noise. */
export async function measureIdle(
  implementation: Implementation,
  { isFull }: Volume,
): Promise<Figures> {
  const figures: Figures = {};
  // Long enough for everything that follows a start.
  const settleMs = isFull ? 6000 : 3000;
  const windowMs = isFull ? GIVEN_FOR_MS : 6000;
  for (const count of COUNTS) {
    const supervisor = new Supervisor(implementation, sleepers(count));
    try {
      await until(() => childrenOf(supervisor.pid).length === count);
      await pause(settleMs);
      figures[`n${count}_pss_MiB`] = proportionalMemory(supervisor.pid);
      const before = usage(supervisor.pid);
      await pause(windowMs);
      const { wakeUps, cpuMs } = used(before, usage(supervisor.pid));
      const scale = GIVEN_FOR_MS / windowMs;
      figures[`n${count}_wakeups20s_n`] = wakeUps * scale;
      figures[`n${count}_cpu20s_ms`] = cpuMs * scale;
    } finally {
      await supervisor.stop();
    }
  }
  return figures;
}
