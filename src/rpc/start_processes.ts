/** Starting processes: one, a group, or all of them. */
import type { Daemon, ManagedProcess, StartOutcome } from "../daemon/types.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import { RUNNING_STATES } from "../process/states.ts";
import type { Struct, Value } from "../xmlrpc/value.ts";
import { actOnEach } from "./act_on_each.ts";
import { fault } from "./faults.ts";
import { namespecOf, resolve } from "./namespec.ts";

export interface StartOptions {
  /** false: started at once, whatever it depends on. Default: true. */
  readonly dependencies?: boolean;
}

/**
 * Starts one process or, for `group:*`, a group.
 *
 * @throws Fault BAD_NAME, and those of `startOne`; also as a rejection
 */
export function startProcess(
  daemon: Daemon,
  name: string,
  wait: boolean,
  options: StartOptions = {},
): Value | Promise<Value> {
  const { group, process } = resolve(daemon, name);
  if (process === null) return startEach(daemon, group.processes, wait, options);
  return startOne(daemon, process, name, wait, options);
}

export function startEach(
  daemon: Daemon,
  processes: readonly ManagedProcess[],
  wait: boolean,
  options: StartOptions = {},
): Promise<Struct[]> {
  const idle = processes.filter((process) => !RUNNING_STATES.has(process.record.state));
  return actOnEach(
    idle,
    (process) => startOne(daemon, process, namespecOf(process), wait, options),
  );
}

/**
 * @param name as the client wrote it; fault texts repeat it
 * @throws Fault NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, FAILED, SPAWN_ERROR; as a rejection
 *   SPAWN_ERROR or ABNORMAL_TERMINATION
 */
function startOne(
  daemon: Daemon,
  process: ManagedProcess,
  name: string,
  wait: boolean,
  { dependencies = true }: StartOptions = {},
): true | Promise<true> {
  const problem = process.checkCommand();
  if (problem !== null) {
    throw fault(problem.kind === "missing" ? "NO_FILE" : "NOT_EXECUTABLE", problem.text);
  }
  const { state } = process.record;
  if (RUNNING_STATES.has(state)) throw fault("ALREADY_STARTED", name);
  if (state === "UNKNOWN") throw fault("FAILED", `${name} is in an unknown process state`);

  const opening = dependencies ? daemon.dependencies?.request(process) ?? null : null;
  if (opening !== null) return wait ? startedLater(daemon, process, name, opening) : true;
  daemon.submit(process, { type: "start" });
  return finishStart(daemon, process, name, wait);
}

/**
 * The start comes once its dependencies are there, and is then answered like any other.
 *
 * @throws Fault SPAWN_ERROR when a dependency has failed, ABNORMAL_TERMINATION when somebody has
 *   asked for a stop instead
 */
async function startedLater(
  daemon: Daemon,
  process: ManagedProcess,
  name: string,
  opening: Promise<StartOutcome>,
): Promise<true> {
  switch (await opening) {
    case "started":
      return await finishStart(daemon, process, name, true);
    case "blocked":
      throw fault("SPAWN_ERROR", name);
    case "cancelled":
      throw fault("ABNORMAL_TERMINATION", name);
  }
}

/** @throws Fault SPAWN_ERROR; as a rejection SPAWN_ERROR or ABNORMAL_TERMINATION */
function finishStart(
  daemon: Daemon,
  process: ManagedProcess,
  name: string,
  wait: boolean,
): true | Promise<true> {
  if (process.record.spawnError !== null) throw fault("SPAWN_ERROR", name);
  // With startsecs=0 the process is RUNNING now, and must be before the answer goes out.
  daemon.submit(process, { type: "look", mayStart: false });

  if (!wait || process.record.state === "RUNNING") return true;
  return started(daemon, process, name);
}

/**
 * Waits for the end of STARTING. The predicate sees every change, so the first failed try
 * counts even when the next one follows at once, and a process that was RUNNING for a moment
 * was started.
 */
async function started(daemon: Daemon, process: ManagedProcess, name: string): Promise<true> {
  const record = await daemon.until(process, (record) => !isStillStarting(record));
  if (record.spawnError !== null) throw fault("SPAWN_ERROR", name);
  if (record.state !== "RUNNING") throw fault("ABNORMAL_TERMINATION", name);
  return true;
}

function isStillStarting(record: ProcessRecord): boolean {
  return record.state === "STARTING" && record.spawnError === null;
}
