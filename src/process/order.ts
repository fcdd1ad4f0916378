/** In which order groups and processes start, and in which they stop. */

interface Prioritised {
  readonly priority: number;
}

/**
 * Ascending priority; equal priorities keep the order they are given in (groups: order of
 * addition, which for a fresh configuration is by name).
 */
export function inStartOrder<T>(items: Iterable<T>, priorityOf: (item: T) => number): T[] {
  return [...items].sort((a, b) => priorityOf(a) - priorityOf(b));
}

/**
 * The steps of a shutdown: the next batch is asked to stop only when the one before has stopped.
 * Highest priority first; equal priorities are one batch, the last added first in it. (The
 * reference stops groups of equal priority one after the other, which makes the shutdown of
 * many unrelated programs as slow as the sum of them.)
 */
export function shutdownBatches<T extends Prioritised>(groups: Iterable<T>): T[][] {
  const batches: T[][] = [];
  for (const group of inStartOrder(groups, (group) => group.priority).reverse()) {
    const batch = batches.at(-1);
    if (batch?.[0]?.priority === group.priority) batch.push(group);
    else batches.push([group]);
  }
  return batches;
}
