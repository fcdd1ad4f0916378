/**
 * TICK arithmetic: ticks are aligned to the epoch, not to the start of the daemon.
 * Wall time is right here: `when:` is for people and for listeners that act "each hour".
 */
import type { TickPeriod } from "./types.ts";

export interface Tick {
  readonly period: TickPeriod;
  /** Epoch seconds, floored to the period. */
  readonly when: number;
}

/** The wall time in milliseconds, after `wallMs`, at which the next of these periods begins. */
export function nextTickAt(wallMs: number, periods: readonly TickPeriod[]): number {
  let next = Infinity;
  for (const period of periods) {
    next = Math.min(next, (Math.floor(wallMs / (period * 1000)) + 1) * period * 1000);
  }
  return next;
}

/**
 * The ticks to send when the clock was last looked at `previousWall` and is now `nowWall`
 * (both milliseconds). Missed periods collapse into one tick. A clock that was set back
 * ticks too, since the period changed, as in the reference.
 */
export function ticksDue(
  previousWall: number,
  nowWall: number,
  periods: readonly TickPeriod[],
): Tick[] {
  const due: Tick[] = [];
  for (const period of periods) {
    const when = floorTo(nowWall, period);
    if (when !== floorTo(previousWall, period)) due.push({ period, when });
  }
  return due;
}

function floorTo(wallMs: number, period: TickPeriod): number {
  return Math.floor(wallMs / 1000 / period) * period;
}
