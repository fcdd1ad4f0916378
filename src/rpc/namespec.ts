/** `group:process` and its short forms: how clients name what they mean. */
import type { Daemon, ManagedGroup, ManagedProcess } from "../daemon/types.ts";
import { fault } from "./faults.ts";

/** `web` when the group is named like its process, else `group:process`. */
export function makeNamespec(group: string, process: string): string {
  return group === process ? process : `${group}:${process}`;
}

/** `process: null` means the whole group, as in `group:*` and `group:`. */
export function splitNamespec(namespec: string): { group: string; process: string | null } {
  const colon = namespec.indexOf(":");
  if (colon === -1) return { group: namespec, process: namespec };
  const process = namespec.slice(colon + 1);
  return {
    group: namespec.slice(0, colon),
    process: process === "" || process === "*" ? null : process,
  };
}

/** What a name means at this moment. @throws Fault BAD_NAME */
export function resolve(
  daemon: Daemon,
  namespec: string,
): { group: ManagedGroup; process: ManagedProcess | null } {
  const names = splitNamespec(namespec);
  const group = daemon.group(names.group);
  if (group === undefined) throw fault("BAD_NAME", namespec);
  if (names.process === null) return { group, process: null };
  const process = group.process(names.process);
  if (process === undefined) throw fault("BAD_NAME", namespec);
  return { group, process };
}

/** Like `resolve`, where a whole group makes no sense. @throws Fault BAD_NAME */
export function resolveProcess(daemon: Daemon, namespec: string): ManagedProcess {
  const { process } = resolve(daemon, namespec);
  if (process === null) throw fault("BAD_NAME", namespec);
  return process;
}

export function namespecOf(process: ManagedProcess): string {
  return makeNamespec(process.groupName, process.name);
}

/** Every process in start order: group by group, and inside each as its group has them. */
export function allProcesses(daemon: Daemon): ManagedProcess[] {
  return daemon.groups().flatMap((group) => group.processes);
}

/** Every process by group name, then process name, as listings show them. */
export function allProcessesByName(daemon: Daemon): ManagedProcess[] {
  return allProcesses(daemon).sort((a, b) =>
    compareText(a.groupName, b.groupName) || compareText(a.name, b.name)
  );
}

/** Plain comparison: the order must not depend on anybody's locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
