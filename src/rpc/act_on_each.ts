/** Acting upon several processes at once. */
import type { ManagedProcess } from "../daemon/types.ts";
import type { Struct } from "../xmlrpc/value.ts";
import { Fault, FAULT_CODES } from "./faults.ts";

/**
 * Does the same to several processes without one waiting for another. A fault becomes the
 * status of its process. The results come in the order of completion: first what was known at
 * once, in the order given.
 */
export async function actOnEach(
  processes: readonly ManagedProcess[],
  act: (process: ManagedProcess) => true | Promise<true>,
): Promise<Struct[]> {
  const results: Struct[] = [];
  const pending: Promise<void>[] = [];
  for (const process of processes) {
    const done = () => void results.push(status(process, FAULT_CODES.SUCCESS, "OK"));
    const failed = (error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      results.push(status(process, error.code, error.message));
    };
    try {
      const outcome = act(process);
      if (outcome === true) done();
      else pending.push(outcome.then(done, failed));
    } catch (error) {
      failed(error);
    }
  }
  await Promise.all(pending);
  return results;
}

function status(process: ManagedProcess, code: number, description: string): Struct {
  return { name: process.name, group: process.groupName, status: code, description };
}
