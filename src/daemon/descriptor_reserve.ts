/** The last descriptors of the process, which no child gets. */
import { SystemError } from "../runtime/system_error.ts";
import type { Runtime } from "../runtime/types.ts";

/** So many are kept back … */
const RESERVE = 64;
/** … of a small limit this part of it: what HTTP connections begin to be economical with, too. */
const RESERVE_PART = 4;

/** The limit does not change after the start, and asking for it is a system call for each spawn. */
const ceilings = new WeakMap<Runtime, number>();

/**
 * Throws when a descriptor that was opened for a child is one of the last. The kernel gives the
 * lowest free number, so a high one says that (nearly) all below are in use. Were children to take
 * them all, nobody could connect any more to stop one, and no log could roll over.
 *
 * @throws SystemError EMFILE, as the kernel would have a little later
 */
export function keepReserve(runtime: Runtime, opened: readonly number[]): void {
  let ceiling = ceilings.get(runtime);
  if (ceiling === undefined) {
    const { soft } = runtime.system.getLimit("nofile");
    ceiling = soft - Math.min(RESERVE, Math.floor(soft / RESERVE_PART));
    ceilings.set(runtime, ceiling);
  }
  for (const fd of opened) if (fd >= ceiling) throw new SystemError("EMFILE", EMFILE, "pipe");
}

const EMFILE = 24;
