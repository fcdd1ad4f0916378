/** Starting, stopping, signalling and talking to processes: one, a group, or all of them. */
import type { Daemon, Dependencies, ManagedProcess, StartOutcome } from "../daemon/types.ts";
import { findCycle } from "../process/dependencies.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import { isKnownSignal, signalNumber } from "../process/signals.ts";
import { RUNNING_STATES, SIGNALLABLE_STATES, STOPPED_STATES } from "../process/states.ts";
import type { Struct, Value } from "../xmlrpc/value.ts";
import { Fault, fault, FAULT_CODES } from "./faults.ts";
import type { Method } from "./method_table.ts";
import { allProcesses, namespecOf, resolve, resolveProcess } from "./namespec.ts";
import { allProcessInfo, processInfo } from "./process_info.ts";

const STATUS_STRUCTS = "one struct (name, group, status, description) for each process acted upon";
const ALWAYS_TRUE = "true; anything else is a fault";

const NAME = {
  name: "name",
  type: "string",
  text: "the process (`process` or `group:process`)",
} as const;
const NAME_OR_GROUP = {
  name: "name",
  type: "string",
  text: "the process (`process`, `group:process`), or a whole group (`group:*`)",
} as const;
const GROUP_NAME = { name: "name", type: "string", text: "the group" } as const;
const SIGNAL = {
  name: "signal",
  type: "string",
  text: "what to send: a name (`HUP`, `SIGHUP`) or a number",
} as const;

function waitParam(text: string) {
  return { name: "wait", type: "boolean", text, fallback: true } as const;
}

const WAIT_STARTED = waitParam("answer only once the start has succeeded or failed");
const WAIT_STOPPED = waitParam("answer only once the processes are gone");

export const PROCESS_METHODS: readonly Method[] = [
  {
    names: ["getProcessInfo"],
    help: "Tells state, times, pid, log files and a one-line description of one process.",
    params: [NAME],
    returns: { type: "struct", text: "what is known of the process" },
    run: (daemon, args) => processInfo(daemon, resolveProcess(daemon, args.string(0))),
  },
  {
    names: ["getAllProcessInfo"],
    help: "Tells the same as getProcessInfo of every process, sorted by group and process name.",
    params: [],
    returns: { type: "array", text: "one struct for each process" },
    run: allProcessInfo,
  },
  {
    names: ["startProcess"],
    help: "Starts a process, or all processes of a group.",
    params: [NAME_OR_GROUP, WAIT_STARTED],
    returns: { type: "boolean", text: `${ALWAYS_TRUE} (for a group: ${STATUS_STRUCTS})` },
    run: (daemon, args) => startProcess(daemon, args.string(0), args.flag(1)),
  },
  {
    names: ["startProcessGroup"],
    help: "Starts all processes of a group that are not running, all at once.",
    params: [GROUP_NAME, WAIT_STARTED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => startEach(daemon, members(daemon, args.string(0)), args.flag(1)),
  },
  {
    names: ["startAllProcesses"],
    help: "Starts all processes that are not running, all at once, autostart or not.",
    params: [WAIT_STARTED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => startEach(daemon, allProcesses(daemon), args.flag(0)),
  },
  {
    names: ["stopProcess"],
    help: "Stops a process, or all processes of a group. It stays stopped until it is started.",
    params: [NAME_OR_GROUP, WAIT_STOPPED],
    returns: { type: "boolean", text: `${ALWAYS_TRUE} (for a group: ${STATUS_STRUCTS})` },
    run: (daemon, args) => stopProcess(daemon, args.string(0), args.flag(1)),
  },
  {
    names: ["stopProcessGroup"],
    help: "Stops all running processes of a group, all at once.",
    params: [GROUP_NAME, WAIT_STOPPED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => stopEach(daemon, members(daemon, args.string(0)), args.flag(1)),
  },
  {
    names: ["stopAllProcesses"],
    help: "Stops all running processes, all at once.",
    params: [WAIT_STOPPED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => stopEach(daemon, allProcesses(daemon), args.flag(0)),
  },
  {
    names: ["signalProcess"],
    help: "Sends a signal to a process, or to each process of a group.",
    params: [NAME_OR_GROUP, SIGNAL],
    returns: { type: "boolean", text: `${ALWAYS_TRUE} (for a group: ${STATUS_STRUCTS})` },
    run: (daemon, args) => signalProcess(daemon, args.string(0), args.raw(1)),
  },
  {
    names: ["signalProcessGroup"],
    help: "Sends a signal to each process of a group that has a pid.",
    params: [GROUP_NAME, SIGNAL],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => signalEach(daemon, members(daemon, args.string(0)), args.raw(1)),
  },
  {
    names: ["signalAllProcesses"],
    help: "Sends a signal to each process that has a pid.",
    params: [SIGNAL],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => signalEach(daemon, allProcesses(daemon), args.raw(0)),
  },
  {
    names: ["sendProcessStdin"],
    help: "Writes text to the standard input of a process, encoded as UTF-8.",
    params: [NAME, { name: "chars", type: "string", text: "the text" }],
    returns: { type: "boolean", text: ALWAYS_TRUE },
    run: (daemon, args) => sendProcessStdin(daemon, args.string(0), args.raw(1)),
  },
];

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

export interface StartOptions {
  /** false: started at once, whatever it depends on. Default: true. */
  readonly dependencies?: boolean;
}

/**
 * Stops one process or, for `group:*`, a group.
 *
 * @throws Fault BAD_NAME, and those of `stopOne`
 */
export function stopProcess(daemon: Daemon, name: string, wait: boolean): Value | Promise<Value> {
  const { group, process } = resolve(daemon, name);
  if (process === null) return stopEach(daemon, group.processes, wait);
  return stopOne(daemon, process, name, wait);
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

export function stopEach(
  daemon: Daemon,
  processes: readonly ManagedProcess[],
  wait: boolean,
): Promise<Struct[]> {
  const { dependencies } = daemon;
  const running = processes.filter((process) =>
    canBeStopped(process) || dependencies?.isWaiting(process) === true
  );
  const before = dependencies === null ? null : stopOrder(running, dependencies);
  return actOnEach(running, (process) => {
    const dependants = before?.get(process) ?? [];
    return dependants.length === 0
      ? stopOne(daemon, process, namespecOf(process), wait)
      : stopAfter(daemon, process, dependants, wait);
  });
}

/** Of processes that are stopped together: who must be gone before each of them. */
function stopOrder(
  processes: readonly ManagedProcess[],
  dependencies: Dependencies,
): ReadonlyMap<ManagedProcess, readonly ManagedProcess[]> {
  const among = new Set(processes);
  const before = new Map(
    processes.map((process) =>
      [process, dependencies.dependantsOf(process).filter((one) => among.has(one))] as const
    ),
  );
  // Only groups of different configurations can form a circle; then there is no order.
  return findCycle(processes, (process) => before.get(process) ?? []) === null ? before : new Map();
}

function stopAfter(
  daemon: Daemon,
  process: ManagedProcess,
  dependants: readonly ManagedProcess[],
  wait: boolean,
): true | Promise<true> {
  const stop = async (): Promise<true> => {
    await Promise.all(
      dependants.map((one) => daemon.until(one, ({ state }) => STOPPED_STATES.has(state))),
    );
    // It may have ended meanwhile, by itself or together with its dependants.
    if (!canBeStopped(process)) return true;
    return await stopOne(daemon, process, namespecOf(process), wait);
  };
  const stopping = stop();
  if (wait) return stopping;
  stopping.catch((error) => {
    const reason = error instanceof Error ? error.message : String(error);
    daemon.log("warn", `${process.name} could not be stopped after what depends on it: ${reason}`);
  });
  return true;
}

function signalEach(
  daemon: Daemon,
  processes: readonly ManagedProcess[],
  signal: Value,
): Promise<Struct[]> {
  const live = processes.filter((process) => SIGNALLABLE_STATES.has(process.record.state));
  return actOnEach(live, (process) => signalOne(daemon, process, namespecOf(process), signal));
}

/** The processes of a group. @throws Fault BAD_NAME */
function members(daemon: Daemon, groupName: string): readonly ManagedProcess[] {
  const group = daemon.group(groupName);
  if (group === undefined) throw fault("BAD_NAME", groupName);
  return group.processes;
}

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

/** Also one that stops only to come back: whoever asks now wants it to stay away. */
function canBeStopped({ record }: ManagedProcess): boolean {
  return RUNNING_STATES.has(record.state) || (record.state === "STOPPING" && record.comesBack);
}

/** @throws Fault NOT_RUNNING, FAILED */
function stopOne(
  daemon: Daemon,
  process: ManagedProcess,
  name: string,
  wait: boolean,
): true | Promise<true> {
  if (!canBeStopped(process)) {
    // What waits for its dependencies is neither running nor at rest: now it is.
    if (daemon.dependencies?.cancel(process) === true) return true;
    throw fault("NOT_RUNNING", name);
  }
  const { pid } = process.record;
  daemon.submit(process, { type: "stop" });
  if (process.record.state === "UNKNOWN") {
    throw fault("FAILED", `unknown problem killing ${process.name} (${pid})`);
  }
  if (!wait || STOPPED_STATES.has(process.record.state)) return true;
  return stopped(daemon, process);
}

async function stopped(daemon: Daemon, process: ManagedProcess): Promise<true> {
  daemon.reportWaitingForStop(process);
  await daemon.until(process, (record) => STOPPED_STATES.has(record.state));
  return true;
}

/** @throws Fault BAD_NAME, and those of `signalOne` */
function signalProcess(daemon: Daemon, name: string, signal: Value): Value | Promise<Value> {
  const { group, process } = resolve(daemon, name);
  if (process === null) return signalEach(daemon, group.processes, signal);
  return signalOne(daemon, process, name, signal);
}

/** @throws Fault BAD_SIGNAL, NOT_RUNNING, FAILED */
function signalOne(daemon: Daemon, process: ManagedProcess, name: string, signal: Value): true {
  const number = parseSignal(signal);
  if (number === undefined) throw fault("BAD_SIGNAL", plainText(signal));
  if (!SIGNALLABLE_STATES.has(process.record.state)) throw fault("NOT_RUNNING", name);
  const { pid } = process.record;
  daemon.submit(process, { type: "signal", signal: number });
  if (process.record.state === "UNKNOWN") {
    throw fault("FAILED", `unknown problem sending sig ${process.name} (${pid})`);
  }
  return true;
}

/** A name with or without SIG, or a number, also as text; 0 only asks whether the pid is there. */
function parseSignal(signal: Value): number | undefined {
  if (typeof signal === "number") return isKnownSignal(signal) ? signal : undefined;
  if (typeof signal !== "string") return undefined;
  if (!/^\s*[+-]?\d+\s*$/.test(signal)) return signalNumber(signal);
  const number = Number(signal);
  return isKnownSignal(number) ? number : undefined;
}

const UTF8 = new TextEncoder();

/**
 * What may wait for a process that does not read, in bytes: as much as one request can bring. The
 * reference keeps all that comes, until its memory is full.
 */
const MAX_STDIN_BYTES = 64 * 1024 * 1024;

/** @throws Fault INCORRECT_PARAMETERS, BAD_NAME, NOT_RUNNING, NO_FILE, FAILED */
function sendProcessStdin(daemon: Daemon, name: string, chars: Value): true {
  const bytes = typeof chars === "string" ? UTF8.encode(chars) : chars;
  if (!(bytes instanceof Uint8Array)) throw fault("INCORRECT_PARAMETERS", plainText(chars));
  const process = resolveProcess(daemon, name);
  const { pid, stopping } = process.record;
  if (pid === 0 || stopping) throw fault("NOT_RUNNING", name);
  const { stdinPending } = process;
  if (stdinPending > 0 && stdinPending + bytes.length > MAX_STDIN_BYTES) {
    throw fault("FAILED", `${name} does not read: ${stdinPending} bytes wait for it already`);
  }
  if (!process.writeStdin(bytes)) throw fault("NO_FILE", name);
  return true;
}

/** A wrong argument as fault texts repeat it. */
function plainText(value: Value): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}
