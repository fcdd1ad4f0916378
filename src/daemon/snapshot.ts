/**
 * All that lives in a daemon, written down for the program that takes over, and gone on with there.
 * See handover/ for the way between.
 */
import type { ActiveGroups } from "./active_groups.ts";
import type { WaitSnapshot } from "./dependency_gate.ts";
import type { GroupSnapshot } from "./group.ts";
import type { OrphanFollowing } from "./orphans/following.ts";
import type { Reaper } from "./reaper.ts";
import type { ProcessCounts, Statistics, StatisticsSnapshot } from "./statistics.ts";

export interface SupervisorSnapshot {
  /** Wall milliseconds up to which TICK events have been sent. */
  readonly tickedUntil: number | null;
  readonly statistics: StatisticsSnapshot;
  /** Process by process, in the order of the groups. */
  readonly counts: readonly ProcessCounts[];
  readonly groups: readonly GroupSnapshot[];
  /** Who waits for whom to be started. */
  readonly waiting: readonly WaitSnapshot[];
}

/**
 * What the groups have in hand: plain data and descriptors. Nothing is changed.
 *
 * @param now monotonic milliseconds
 */
export function snapshotGroups(
  groups: ActiveGroups,
  statistics: Statistics,
  now: number,
): Pick<SupervisorSnapshot, "statistics" | "counts" | "groups"> {
  return {
    statistics: statistics.snapshot(now),
    counts: groups.processes().map((process) => statistics.countsOf(process)),
    groups: groups.all().map((group) => group.snapshot()),
  };
}

export interface RestoreOptions {
  readonly groups: ActiveGroups;
  readonly statistics: Statistics;
  readonly reaper: Reaper;
  readonly orphans: OrphanFollowing;
  /** Resolves when everything is there that the groups need. */
  readonly prepared: () => Promise<void>;
  readonly onDefect: (error: unknown) => void;
}

/** The groups go on as they were; nobody is told of anything. */
export async function restoreGroups(o: RestoreOptions, left: SupervisorSnapshot): Promise<void> {
  const { groups, statistics, reaper, orphans } = o;
  for (const snapshot of left.groups) groups.takeOver(snapshot);
  await o.prepared();
  for (const snapshot of left.groups) {
    try {
      groups.get(snapshot.spec.name)?.restore(snapshot);
    } catch (error) {
      // The other groups are to go on all the same.
      o.onDefect(error);
    }
  }
  statistics.restore(left.statistics);
  for (const [index, process] of groups.processes().entries()) {
    const counts = left.counts[index];
    if (counts !== undefined) statistics.restoreCounts(process, counts);
    for (const pid of process.pids) reaper.expect(pid, process);
    await orphans.follow(process);
  }
}

/**
 * Whom the next program could not go on with.
 *
 * @param helpers commands that run on behalf of processes
 * @returns a sentence; null: there is nobody
 */
export function obstacleIn(groups: ActiveGroups, helpers: number): string | null {
  const waiting = groups.processes().find(({ record }) => record.waitsFor !== null);
  if (waiting !== undefined) {
    return `'${waiting.name}' waits for its ${waiting.record.waitsFor?.replace("_", " ")}`;
  }
  return helpers === 0
    ? null
    : `${helpers} helper command${helpers === 1 ? "" : "s"} still running`;
}
