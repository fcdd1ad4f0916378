/** The actions on the configuration: reread, update, add, remove, avail. */
import {
  type ConfigInfo,
  readConfigChanges,
  readConfigInfos,
  readProcessInfos,
  readProcessResults,
} from "../../src/client/answers.ts";
import { compareText, splitWords } from "../../src/config/python_text.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { Fault, type Value } from "../../src/xmlrpc/value.ts";
import { makeNamespec, padEnd } from "./names.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

export async function avail(session: Session): Promise<void> {
  const answer = await callUnless(
    session,
    "getAllConfigInfo",
    [],
    (fault) => fault.code === FAULT_CODES.SHUTDOWN_STATE ? "ERROR: supervisor shutting down" : null,
  );
  if (answer === null) return;
  const lines = readConfigInfos(answer).map(formatConfigInfo);
  if (lines.length > 0) session.output.line(lines.join("\n"));
}

function formatConfigInfo(info: ConfigInfo): string {
  return [
    padEnd(makeNamespec(info.group, info.name), 32),
    padEnd(info.inUse ? "in use" : "avail", 9),
    padEnd(info.autostart ? "auto" : "manual", 9),
    `${info.groupPriority}:${info.processPriority}`,
  ].join(" ");
}

export async function reread(session: Session): Promise<void> {
  const answer = await callUnless(session, "reloadConfig", [], (fault) => {
    if (fault.code === FAULT_CODES.SHUTDOWN_STATE) return "ERROR: supervisor shutting down";
    return fault.code === FAULT_CODES.CANT_REREAD ? `ERROR: ${fault.message}` : null;
  });
  if (answer === null) return;
  const { added, changed, removed } = readConfigChanges(answer);
  const news = new Map<string, string>([
    ...added.map((group) => [group, "available"] as const),
    ...changed.map((group) => [group, "changed"] as const),
    ...removed.map((group) => [group, "disappeared"] as const),
  ]);
  const groups = [...news.keys()].sort(compareText);
  session.output.line(
    groups.map((group) => `${group}: ${news.get(group)}`).join("\n") ||
      "No config updates to processes",
  );
}

export async function add(session: Session, rest: string): Promise<void> {
  for (const name of splitWords(rest)) {
    try {
      await session.call("addProcessGroup", name);
    } catch (error) {
      // Being active already is what was wanted.
      if (error instanceof Fault && error.code === FAULT_CODES.ALREADY_ADDED) {
        session.output.line("ERROR: process group already active");
        continue;
      }
      session.exitStatus = EXIT.GENERIC;
      session.output.line(messageOr(error, (fault) => {
        if (fault.code === FAULT_CODES.SHUTDOWN_STATE) return "ERROR: shutting down";
        return fault.code === FAULT_CODES.BAD_NAME ? `ERROR: no such process/group: ${name}` : null;
      }));
      continue;
    }
    session.output.line(`${name}: added process group`);
  }
}

export async function remove(session: Session, rest: string): Promise<void> {
  for (const name of splitWords(rest)) {
    const answer = await callUnless(session, "removeProcessGroup", [name], (fault) => {
      if (fault.code === FAULT_CODES.STILL_RUNNING) {
        return `ERROR: process/group still running: ${name}`;
      }
      return fault.code === FAULT_CODES.BAD_NAME ? `ERROR: no such process/group: ${name}` : null;
    });
    if (answer !== null) session.output.line(`${name}: removed process group`);
  }
}

/** Rereads, then removes, restarts and adds groups as needed; all of them or those named. */
export async function update(session: Session, rest: string): Promise<void> {
  if (/(?:^|\s)--(?:plan|dry-run|minimal)(?:\s|$)/.test(rest)) {
    return await (await import("./update_commands.ts")).updateWithOptions(session, rest);
  }
  const answer = await callUnless(
    session,
    "reloadConfig",
    [],
    (fault) => fault.code === FAULT_CODES.SHUTDOWN_STATE ? "ERROR: already shutting down" : null,
  );
  if (answer === null) return;
  const { added, changed: unordered, removed } = readConfigChanges(answer);

  const words = splitWords(rest);
  const named = new Set(words.includes("all") ? [] : words);
  if (named.size > 0) await reportUnknown(session, named, added);
  const isWanted = (group: string) => named.size === 0 || named.has(group);
  const say = (group: string, what: string) => session.output.line(`${group}: ${what}`);

  const changed = await inOrder(session, unordered.filter(isWanted), removed.filter(isWanted));

  for (const group of removed.filter(isWanted)) {
    const results = readProcessResults(await session.call("stopProcessGroup", group));
    say(group, "stopped");
    if (results.some((result) => result.status === FAULT_CODES.FAILED)) {
      say(group, "has problems; not removing");
      session.exitStatus = EXIT.GENERIC;
      continue;
    }
    await session.call("removeProcessGroup", group);
    say(group, "removed process group");
  }
  for (const group of changed.filter(isWanted)) {
    await session.call("stopProcessGroup", group);
    say(group, "stopped");
    await session.call("removeProcessGroup", group);
    await session.call("addProcessGroup", group);
    say(group, "updated process group");
  }
  for (const group of added.filter(isWanted)) {
    await session.call("addProcessGroup", group);
    say(group, "added process group");
  }
}

/**
 * Where groups depend on each other, one after the other would not do: all of them are stopped
 * first, and those that others depend on come back first.
 *
 * @returns the changed ones in the order they are to come back in
 */
async function inOrder(
  session: Session,
  changed: readonly string[],
  removed: readonly string[],
): Promise<readonly string[]> {
  if (changed.length + removed.length < 2) return changed;
  const { ApiError } = await import("./api.ts");
  const { fetchPlan } = await import("./update_commands.ts");
  let order: readonly string[];
  try {
    const groups = [...changed, ...removed];
    ({ stopOrder: order } = await fetchPlan(session, { minimal: false, groups }));
  } catch (error) {
    // Supervisor's own daemon, which knows no dependencies.
    if (error instanceof ApiError) return changed;
    throw error;
  }
  for (const group of order) await session.call("stopProcessGroup", group);
  const place = (group: string) => order.indexOf(group);
  return order.length === 0 ? changed : changed.toSorted((a, b) => place(b) - place(a));
}

async function reportUnknown(
  session: Session,
  named: ReadonlySet<string>,
  added: readonly string[],
): Promise<void> {
  const infos = readProcessInfos(await session.call("getAllProcessInfo"));
  const known = new Set([...infos.map((info) => info.group), ...added]);
  for (const group of named) {
    if (known.has(group)) continue;
    session.output.line(`ERROR: no such group: ${group}`);
    session.exitStatus = EXIT.GENERIC;
  }
}

/**
 * Calls, and prints the sentence there is for a fault.
 *
 * @returns null when a fault was answered and printed
 * @throws the fault, if there is no sentence for it
 */
async function callUnless(
  session: Session,
  method: string,
  params: readonly Value[],
  sentence: (fault: Fault) => string | null,
): Promise<Value | null> {
  try {
    return await session.call(method, ...params);
  } catch (error) {
    session.exitStatus = EXIT.GENERIC;
    session.output.line(messageOr(error, sentence));
    return null;
  }
}

/** The sentence for a fault. @throws whatever has none */
function messageOr(error: unknown, sentence: (fault: Fault) => string | null): string {
  const text = error instanceof Fault ? sentence(error) : null;
  if (text === null) throw error;
  return text;
}
