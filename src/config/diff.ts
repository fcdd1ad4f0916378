/** Groups that run against groups that were read: what a reread reports. */
import type { FcgiSpec, GroupKind, GroupSpec, ListenerSpec } from "./types.ts";

export interface GroupDifference {
  readonly added: readonly GroupSpec[];
  readonly changed: readonly GroupSpec[];
  readonly removed: readonly GroupSpec[];
}

/** Equality of plain data: numbers, strings, null, arrays, records. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) =>
    Object.hasOwn(b, key) &&
    isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
  );
}

/** A program that moves into a [group:x] of its own name stays the same kind of thing. */
function classOf(kind: GroupKind): string {
  return kind === "program" ? "group" : kind;
}

/** Which events, not in which order they are listed. */
function listenerFacts(listener: ListenerSpec | null): unknown {
  return listener === null ? null : { ...listener, events: [...listener.events].sort() };
}

/** Owner, mode and backlog of a socket are not compared; only its address is. */
function socketUrls(sockets: Readonly<Record<string, FcgiSpec>>): Record<string, string> {
  return Object.fromEntries(Object.entries(sockets).map(([name, { url }]) => [name, url]));
}

/** What its processes share, and cannot be given to them one by one. */
function sharedFacts(group: GroupSpec): unknown {
  return {
    class: classOf(group.kind),
    listener: listenerFacts(group.listener),
    fcgi: group.fcgi?.url ?? null,
    memberSockets: socketUrls(group.memberSockets),
  };
}

function facts(group: GroupSpec): unknown {
  return {
    shared: sharedFacts(group),
    priority: group.priority,
    // A program of its own and a group of just that program read the same.
    members: group.members !== undefined && group.members.length > 1 ? group.members : null,
    processes: group.processes,
  };
}

/**
 * Whether a running group can become the one that was read process by process. The events and the
 * buffer of a pool of listeners, and FastCGI sockets, belong to the group as a whole.
 */
export function canReshape(active: GroupSpec, read: GroupSpec): boolean {
  return isSame(sharedFacts(active), sharedFacts(read));
}

/**
 * Compares group by group, by name. Added and changed ones come in the order they were read
 * in (priority, then name), removed ones in the order they are active in.
 */
export function diffGroups(
  active: readonly GroupSpec[],
  read: readonly GroupSpec[],
): GroupDifference {
  const activeByName = new Map(active.map((group) => [group.name, group]));
  const readNames = new Set(read.map((group) => group.name));
  return {
    added: read.filter(({ name }) => !activeByName.has(name)),
    removed: active.filter(({ name }) => !readNames.has(name)),
    changed: read.filter((group) => {
      const running = activeByName.get(group.name);
      return running !== undefined && !isSame(facts(running), facts(group));
    }),
  };
}
