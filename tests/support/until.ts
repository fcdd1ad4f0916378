/** Waiting for a condition, with a deadline: the only way a test of ours waits. */

export interface UntilOptions {
  /** Milliseconds until we give up; generous by default, since machines are busy. */
  readonly deadlineMs?: number;
  /** Milliseconds between two looks. */
  readonly everyMs?: number;
}

/** Resolves after `ms`; for use in loops that look at something, not as a way to hope. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Looks at `probe` until it gives something that is not false, null or undefined.
 *
 * @param what names the condition in the failure, as in "the socket to appear"
 * @returns what the probe gave last
 * @throws Error naming the condition and the last error of the probe, when the deadline is over
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: UntilOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + (options.deadlineMs ?? 45_000);
  let lastError: unknown;
  while (true) {
    try {
      const seen = await probe();
      if (seen !== false && seen !== null && seen !== undefined) {
        return seen as NonNullable<Exclude<T, false>>;
      }
    } catch (error) {
      // A probe may fail while what it looks at does not exist yet.
      lastError = error;
    }
    if (performance.now() > deadline) {
      const reason = lastError instanceof Error ? ` (last error: ${lastError.message})` : "";
      throw new Error(`Waited in vain for ${what}${reason}`);
    }
    await pause(options.everyMs ?? 20);
  }
}
