/** The actions on processes: status, start, stop, restart, signal, clear, pid. */
import {
  type ProcessInfo,
  readProcessInfo,
  readProcessInfos,
  readProcessResults,
  readText,
} from "../../src/client/answers.ts";
import { splitWords } from "../../src/config/python_text.ts";
import { PROCESS_STATE_CODES, STOPPED_STATES } from "../../src/process/states.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { splitNamespec } from "../../src/rpc/namespec.ts";
import { Fault, type Value } from "../../src/xmlrpc/value.ts";
import { findCommand } from "./commands.ts";
import { EXIT, type Outcome, report, STATUS_EXIT, type Verb } from "./results.ts";
import type { Session } from "./session.ts";
import { formatStatus } from "./status_table.ts";

const STOPPED_CODES: ReadonlySet<number> = new Set(
  [...STOPPED_STATES].map((state) => PROCESS_STATE_CODES[state]),
);

export async function status(session: Session, rest: string): Promise<void> {
  const verbose = /^-v(?:\s+|$)/.exec(rest)?.[0];
  if (verbose !== undefined) {
    const { verboseStatus } = await import("./verbose_status.ts");
    return await verboseStatus(session, rest.slice(verbose.length));
  }
  const all = readProcessInfos(await session.call("getAllProcessInfo"));
  const names = splitWords(rest);
  const shown = names.length === 0 || names.includes("all") ? all : select(session, all, names);
  if (shown.length > 0) session.output.line(formatStatus(shown).join("\n"));
  for (const { state } of shown) {
    if (STOPPED_CODES.has(state)) session.exitStatus = STATUS_EXIT.NOT_RUNNING;
  }
}

/** The processes that are named, in the order of the names; complains about the others. */
export function select(session: Session, all: ProcessInfo[], names: string[]): ProcessInfo[] {
  return names.flatMap((name) => {
    const { group, process } = splitNamespec(name);
    const matching = all.filter((info) =>
      info.group === group && (process === null || info.name === process)
    );
    if (matching.length === 0) {
      session.output.line(
        process === null ? `${group}: ERROR (no such group)` : `${name}: ERROR (no such process)`,
      );
      session.exitStatus = STATUS_EXIT.UNKNOWN;
    }
    return matching;
  });
}

/** The methods behind an action, and what they are given beside the name. */
interface Methods {
  readonly verb: Verb;
  readonly one: string;
  /** null: groups cannot be asked for and are names like any other. */
  readonly group: string | null;
  readonly all: string;
  readonly extra?: readonly Value[];
  /** Exit status for an unknown group. */
  readonly unknownGroupExit: number;
}

export async function start(session: Session, rest: string): Promise<void> {
  const names = splitWords(rest);
  if (names.includes("--no-deps")) {
    return (await import("./start_alone.ts")).startAlone(session, rest);
  }
  if (names.length === 0) {
    const message = "Error: start requires a process name";
    return session.usageError(message, findCommand("start"), EXIT.INVALID_ARGS);
  }
  await forEach(session, names, {
    verb: "start",
    one: "startProcess",
    group: "startProcessGroup",
    all: "startAllProcesses",
    unknownGroupExit: EXIT.INVALID_ARGS,
  });
}

export async function stop(session: Session, rest: string): Promise<void> {
  const names = splitWords(rest);
  if (names.length === 0) {
    return session.usageError("Error: stop requires a process name", findCommand("stop"));
  }
  await forEach(session, names, {
    verb: "stop",
    one: "stopProcess",
    group: "stopProcessGroup",
    all: "stopAllProcesses",
    unknownGroupExit: EXIT.GENERIC,
  });
}

/** All of them are stopped before the first is started again. */
export async function restart(session: Session, rest: string): Promise<void> {
  const words = splitWords(rest);
  if (words.includes("--rolling")) {
    return (await import("./rolling_restart.ts")).rollingRestart(session, rest);
  }
  if (words.length === 0) {
    return session.usageError("Error: restart requires a process name", findCommand("restart"));
  }
  await stop(session, rest);
  await start(session, rest);
}

export async function signal(session: Session, rest: string): Promise<void> {
  const [name, ...names] = splitWords(rest);
  if (name === undefined || names.length === 0) {
    const message = "Error: signal requires a signal name and a process name";
    return session.usageError(message, findCommand("signal"));
  }
  await forEach(session, names, {
    verb: "signal",
    one: "signalProcess",
    group: "signalProcessGroup",
    all: "signalAllProcesses",
    extra: [name],
    unknownGroupExit: EXIT.GENERIC,
  });
}

export async function clear(session: Session, rest: string): Promise<void> {
  const names = splitWords(rest);
  if (names.length === 0) {
    return session.usageError("Error: clear requires a process name", findCommand("clear"));
  }
  await forEach(session, names, {
    verb: "clear",
    one: "clearProcessLogs",
    group: null,
    all: "clearAllProcessLogs",
    unknownGroupExit: EXIT.GENERIC,
  });
}

/** One request for each name, from left to right; `all` anywhere stands for everything. */
async function forEach(session: Session, names: string[], methods: Methods): Promise<void> {
  const extra = methods.extra ?? [];
  if (names.includes("all")) {
    tell(session, methods.verb, readProcessResults(await session.call(methods.all, ...extra)));
    return;
  }
  for (const name of names) {
    const { group, process } = splitNamespec(name);
    if (process === null && methods.group !== null) {
      await askGroup(session, group, methods.group, methods);
    } else {
      await askOne(session, { group, name: process }, name, methods);
    }
  }
}

async function askGroup(
  session: Session,
  group: string,
  method: string,
  methods: Methods,
): Promise<void> {
  let answer: Value;
  try {
    answer = await session.call(method, group, ...(methods.extra ?? []));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== FAULT_CODES.BAD_NAME) throw error;
    session.output.line(`${group}: ERROR (no such group)`);
    session.exitStatus = methods.unknownGroupExit;
    return;
  }
  tell(session, methods.verb, readProcessResults(answer));
}

async function askOne(
  session: Session,
  target: Pick<Outcome, "group" | "name">,
  name: string,
  methods: Methods,
): Promise<void> {
  let outcome: Outcome = { ...target, status: FAULT_CODES.SUCCESS, description: "OK" };
  try {
    await session.call(methods.one, name, ...(methods.extra ?? []));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    outcome = { ...target, status: error.code, description: error.message };
  }
  tell(session, methods.verb, [outcome]);
}

function tell(session: Session, verb: Verb, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    const { line, exit } = report(verb, outcome);
    session.output.line(line);
    if (exit !== null) session.exitStatus = exit;
  }
}

export async function pid(session: Session, rest: string): Promise<void> {
  const names = splitWords(rest);
  if (names.length === 0) {
    session.output.line(readText(await session.call("getPID")));
    return;
  }
  if (names.includes("all")) {
    for (const info of readProcessInfos(await session.call("getAllProcessInfo"))) {
      session.output.line(String(info.pid));
    }
    return;
  }
  for (const name of names) {
    const found = await findPid(session, name);
    session.output.line(found === null ? `No such process ${name}` : String(found));
    if (found === null) session.exitStatus = EXIT.GENERIC;
    else if (found === 0) session.exitStatus = EXIT.NOT_RUNNING;
  }
}

async function findPid(session: Session, name: string): Promise<number | null> {
  try {
    return readProcessInfo(await session.call("getProcessInfo", name)).pid;
  } catch (error) {
    if (error instanceof Fault && error.code === FAULT_CODES.BAD_NAME) return null;
    throw error;
  }
}
