/**
 * When a log is due by the calendar, in local time. Nothing waits for that moment: the next write
 * after it finds the log due, so that a program that is silent costs nothing.
 */
import type { RotationPeriod } from "../process/log_settings.ts";

/** @returns the first moment after `at` at which the log is due; milliseconds since the epoch */
export function nextRotation({ period, minute }: RotationPeriod, at: number): number {
  const then = new Date(at);
  const [year, month, day] = [then.getFullYear(), then.getMonth(), then.getDate()];
  // Each candidate is made from calendar fields: the days on which clocks change are not 24 hours.
  const candidate = (step: number): number => {
    switch (period) {
      case "hourly":
        // By elapsed time: an hour that comes twice in autumn is two hours.
        return startOfHour(at) + step * 3_600_000 + minute * 60_000;
      case "daily":
        return new Date(year, month, day + step, 0, minute).getTime();
      case "weekly":
        return new Date(year, month, mondayOf(then) + 7 * step, 0, minute).getTime();
      case "monthly":
        return new Date(year, month + step, 1, 0, minute).getTime();
    }
  };
  for (let step = 0; step < 3; step++) {
    const due = candidate(step);
    if (due > at) return due;
  }
  return candidate(3);
}

function startOfHour(at: number): number {
  const past = new Date(at);
  return at - past.getMinutes() * 60_000 - past.getSeconds() * 1000 - past.getMilliseconds();
}

/** Day of the month of this week's Monday; perhaps 0 or less, which Date understands. */
function mondayOf(date: Date): number {
  return date.getDate() - (date.getDay() + 6) % 7;
}
