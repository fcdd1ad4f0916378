import type { Clock } from "../runtime/types.ts";

const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `Mon Nov  3 08:37:54 2026`, now in local time, as asctime(3) writes it. */
export function formatNow(clock: Pick<Clock, "wall" | "utcOffset">): string {
  const wall = clock.wall();
  const local = new Date(wall + clock.utcOffset(wall));
  const time = local.toISOString().slice(11, 19);
  const day = String(local.getUTCDate()).padStart(2, " ");
  const month = MONTHS[local.getUTCMonth()];
  return `${DAYS[local.getUTCDay()]} ${month} ${day} ${time} ${local.getUTCFullYear()}`;
}
