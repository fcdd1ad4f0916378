/** The schedule of a program as the API tells it. */
import type { ManagedProcess } from "../../daemon/types.ts";
import type { ProcessRecord } from "../../process/machine_types.ts";
import type { SchedulePolicy } from "../../process/schedule.ts";
import { exitView } from "./failure_view.ts";

export function scheduleView(
  { record, schedule }: ManagedProcess,
  { expression, timezone }: SchedulePolicy,
) {
  const next = schedule?.next ?? null;
  return {
    expression,
    timezone,
    next: next === null ? null : new Date(next).toISOString(),
    last: lastRun(record),
    isQueued: schedule?.isQueued ?? false,
    skipped: schedule?.skipped ?? 0,
    timedOut: schedule?.timedOut ?? 0,
  };
}

/** The one that goes on, or the one that was last. */
function lastRun({ startedAt, stoppedAt, lastExit, pid }: ProcessRecord) {
  if (startedAt === null) return null;
  // What was started after the last end has not ended; if nothing lives, it never did.
  const hasEnded = pid === 0 && stoppedAt !== null && stoppedAt.mono >= startedAt.mono;
  return {
    startedAt: new Date(startedAt.wall).toISOString(),
    endedAt: hasEnded ? new Date(stoppedAt.wall).toISOString() : null,
    seconds: hasEnded ? Math.round(stoppedAt.mono - startedAt.mono) / 1000 : null,
    exit: hasEnded && lastExit !== null ? exitView(lastExit) : null,
  };
}
