/** What forms do beyond the reference: to several processes at once, with signals and input. */
import type { ConfigDifference, Daemon } from "../daemon/types.ts";
import { Fault } from "../rpc/faults.ts";
import type { Rpc } from "../rpc/methods.ts";
import { unexpected, UnknownActionError } from "./actions.ts";

type Call = (rpc: Rpc, namespec: string, signal: string) => Promise<unknown>;

const CALLS: ReadonlyMap<string, readonly [done: string, call: Call]> = new Map<
  string,
  [done: string, call: Call]
>([
  ["start", ["started", (rpc, name) => rpc.call("supervisor.startProcess", [name])]],
  ["stop", ["stopped", (rpc, name) => rpc.call("supervisor.stopProcess", [name])]],
  ["restart", ["restarted", restart]],
  ["clearlog", ["cleared", (rpc, name) => rpc.call("supervisor.clearProcessLogs", [name])]],
  ["rotatelog", ["rotated", (rpc, name) => rpc.call("supervisor.rotateProcessLogs", [name])]],
  [
    "signal",
    ["signalled", (rpc, name, signal) => rpc.call("supervisor.signalProcess", [name, signal])],
  ],
]);

async function restart(rpc: Rpc, namespec: string): Promise<unknown> {
  try {
    await rpc.call("supervisor.stopProcess", [namespec]);
  } catch (error) {
    // A process that is not running has nothing to stop.
    if (!(error instanceof Fault)) throw error;
  }
  return await rpc.call("supervisor.startProcess", [namespec]);
}

/**
 * Does one thing to several processes, all at once.
 *
 * @returns one sentence: how many, and what went wrong with the others
 * @throws UnknownActionError as a rejection
 */
export async function performOnAll(
  rpc: Rpc,
  action: string,
  targets: readonly string[],
  signal: string,
): Promise<string> {
  const row = CALLS.get(action);
  if (row === undefined) throw new UnknownActionError(action);
  const [done, call] = row;
  const problems =
    (await Promise.all(targets.map((target) => problemOf(call(rpc, target, signal)))))
      .filter((problem) => problem !== null);
  const count = targets.length - problems.length;
  const sentence = `${count} ${count === 1 ? "process" : "processes"} ${done}`;
  return [sentence, ...problems.map((problem) => `ERROR: ${problem}`)].join("; ");
}

async function problemOf(call: Promise<unknown>): Promise<string | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** Sends a line, with its line feed, to the standard input of a process. */
export async function sendLine(rpc: Rpc, namespec: string, text: string): Promise<string> {
  try {
    await rpc.call("supervisor.sendProcessStdin", [namespec, `${text}\n`]);
    return `Sent to ${namespec}`;
  } catch (error) {
    if (error instanceof Fault) return `ERROR: ${unexpected(error)}`;
    throw error;
  }
}

/** Makes what runs what was read: as `supervisorctl update`, in its order. */
export async function update(daemon: Daemon, rpc: Rpc): Promise<string> {
  const { added, changed, removed } = daemon.reread();
  const stale = [...removed, ...changed].map(({ name }) => name);
  if (daemon.dependencies !== null) {
    // Group by group, one that depends on another would see that one end.
    const updates = await daemon.updates();
    await updates.stopFirst(updates.plan({ minimal: false, groups: null }));
  }
  for (const name of stale) {
    await rpc.call("supervisor.stopProcessGroup", [name]);
    await rpc.call("supervisor.removeProcessGroup", [name]);
  }
  for (const { name } of [...changed, ...added]) {
    await rpc.call("supervisor.addProcessGroup", [name]);
  }
  return describeUpdate({ added, changed, removed });
}

/** Only processes that have changed. @throws ConfigError as a rejection */
export async function updateMinimally(daemon: Daemon): Promise<string> {
  const { results } = await (await daemon.updates()).update({ minimal: true, groups: null });
  if (results.length === 0) return "Nothing to update";
  const failed = results.filter(({ problem }) => problem !== null);
  if (failed.length > 0) {
    return `ERROR: ${failed.map(({ plan, problem }) => `${plan.name}: ${problem}`).join("; ")}`;
  }
  return `Updated: ${results.map(({ plan }) => plan.name).join(", ")}`;
}

function describeUpdate({ added, changed, removed }: ConfigDifference): string {
  const parts = ([["added", added], ["changed", changed], ["removed", removed]] as const)
    .filter(([, groups]) => groups.length > 0)
    .map(([word, groups]) => `${word} ${groups.map(({ name }) => name).join(", ")}`);
  return parts.length === 0 ? "Nothing to update" : `Updated: ${parts.join("; ")}`;
}
