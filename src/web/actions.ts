/** What the links of the status page do, and the sentence that says how it went. */
import type { Daemon } from "../daemon/types.ts";
import { Fault, FAULT_CODES } from "../rpc/faults.ts";
import type { Rpc } from "../rpc/methods.ts";
import { splitNamespec } from "../rpc/namespec.ts";
import { formatNow } from "./time.ts";

/** The form asks for something that no link of ours asks for. */
export class UnknownActionError extends Error {
  constructor(action: string) {
    super(`unknown action of the web interface: ${JSON.stringify(action)}`);
    this.name = "UnknownActionError";
  }
}

/**
 * Performs an action and resolves, once it is done, to the message for the page.
 *
 * @param namespec null: none was given; only refresh, stopall and restartall can do without
 * @throws UnknownActionError as a rejection
 */
export async function performAction(
  daemon: Daemon,
  rpc: Rpc,
  action: string,
  namespec: string | null,
): Promise<string> {
  const now = () => formatNow(daemon.clock);
  switch (action) {
    case "refresh":
      return `Page refreshed at ${now()}`;
    case "stopall":
      await rpc.call("supervisor.stopAllProcesses", []);
      return `All stopped at ${now()}`;
    case "restartall":
      await rpc.call("supervisor.stopAllProcesses", []);
      await rpc.call("supervisor.startAllProcesses", []);
      return `All restarted at ${now()}`;
  }
  const perform = PROCESS_ACTIONS.get(action);
  if (perform === undefined || namespec === null) throw new UnknownActionError(action);
  if (!exists(daemon, namespec)) return `No such process named ${namespec}`;
  return await perform(rpc, namespec);
}

/** Whole groups (`group:*`) are not accepted here. */
function exists(daemon: Daemon, namespec: string): boolean {
  const { group, process } = splitNamespec(namespec);
  return process !== null && daemon.group(group)?.process(process) !== undefined;
}

type ProcessAction = (rpc: Rpc, namespec: string) => Promise<string>;

const PROCESS_ACTIONS: ReadonlyMap<string, ProcessAction> = new Map([
  ["start", start],
  ["stop", stop],
  ["restart", restart],
  ["clearlog", clearLog],
  ["rotatelog", rotateLog],
]);

function start(rpc: Rpc, namespec: string): Promise<string> {
  return message(
    rpc.call("supervisor.startProcess", [namespec]),
    `Process ${namespec} started`,
    (fault) => `ERROR: Process ${namespec}: ${START_PROBLEMS[fault.code] ?? unexpected(fault)}`,
  );
}

function stop(rpc: Rpc, namespec: string): Promise<string> {
  const done = `Process ${namespec} stopped`;
  return message(rpc.call("supervisor.stopProcess", [namespec]), done, unexpected);
}

async function restart(rpc: Rpc, namespec: string): Promise<string> {
  const done = `Process ${namespec} restarted`;
  // A process that is not running has nothing to stop; how the start went is on the page.
  await message(rpc.call("supervisor.stopProcess", [namespec]), done, () => done);
  return await message(rpc.call("supervisor.startProcess", [namespec]), done, () => done);
}

function clearLog(rpc: Rpc, namespec: string): Promise<string> {
  const done = `Log for ${namespec} cleared`;
  return message(rpc.call("supervisor.clearProcessLogs", [namespec]), done, unexpected);
}

function rotateLog(rpc: Rpc, namespec: string): Promise<string> {
  const done = `Log for ${namespec} rotated`;
  return message(rpc.call("supervisor.rotateProcessLogs", [namespec]), done, unexpected);
}

const START_PROBLEMS: Readonly<Record<number, string>> = {
  [FAULT_CODES.NO_FILE]: "no such file",
  [FAULT_CODES.NOT_EXECUTABLE]: "file not executable",
  [FAULT_CODES.ALREADY_STARTED]: "already started",
  [FAULT_CODES.SPAWN_ERROR]: "spawn error",
  [FAULT_CODES.ABNORMAL_TERMINATION]: "abnormal termination",
};

async function message(
  call: Promise<unknown>,
  done: string,
  refused: (fault: Fault) => string,
): Promise<string> {
  try {
    await call;
    return done;
  } catch (error) {
    if (error instanceof Fault) return refused(error);
    throw error;
  }
}

/** A fault that the page has no words of its own for. */
export function unexpected(fault: Fault): string {
  return `unexpected rpc fault [${fault.code}] ${fault.message}`;
}
