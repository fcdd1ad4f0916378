/** The calendar of a cron expression. */
import { Cron } from "croner";

/**
 * What a time zone's change of hour does: a time of day that does not exist comes when the gap is
 * over, one that exists twice comes once; steps and stars (every 15 minutes) follow real time.
 *
 * @param timezone null: the daemon's own
 * @returns the first time after a moment, both in milliseconds since the epoch; null for none
 */
export function cronTimes(
  expression: string,
  timezone: string | null,
): (after: number) => number | null {
  const cron = new Cron(expression, {
    mode: "5-or-6-parts",
    fixedTimeRule: "no-wildcard",
    ...(timezone === null ? {} : { timezone }),
  });
  return (after) => cron.nextRun(new Date(after))?.getTime() ?? null;
}
