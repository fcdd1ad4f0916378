/** What /proc says of processes: who descends from whom, who is still there. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessSeen {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot: with the pid, the identity of a process. */
  readonly startTime: string;
  readonly state: string;
  readonly command: string;
}

/** One process; null when there is none (or it is gone by now). */
export function lookAt(pid: number): ProcessSeen | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  // The command may hold spaces and parentheses; the last ")" ends it.
  const end = stat.lastIndexOf(")");
  const command = stat.slice(stat.indexOf("(") + 1, end);
  const fields = stat.slice(end + 2).split(" ");
  const [state = "", parent = "", , session = ""] = fields;
  return {
    pid,
    parent: Number(parent),
    session: Number(session),
    startTime: fields[19] ?? "",
    state,
    command,
  };
}

export function allProcesses(): ProcessSeen[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => lookAt(Number(name)))
    .filter((seen) => seen !== null);
}

/** Everything below `pid`, and everything in the session it leads. */
export function familyOf(pid: number): ProcessSeen[] {
  const all = allProcesses();
  const family = new Set([pid]);
  let grown = true;
  while (grown) {
    grown = false;
    for (const seen of all) {
      if (!family.has(seen.pid) && (family.has(seen.parent) || seen.session === pid)) {
        family.add(seen.pid);
        grown = true;
      }
    }
  }
  family.delete(pid);
  return all.filter((seen) => family.has(seen.pid));
}

/** Whether that very process, and not a later one with its number, is there and not a zombie. */
export function isAlive(seen: ProcessSeen): boolean {
  const now = lookAt(seen.pid);
  return now !== null && now.startTime === seen.startTime && now.state !== "Z";
}

/** A line of /proc/PID/status, as in `statusField(pid, "Groups")`. */
export function statusField(pid: number, field: string): string {
  const line = readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .find((text) => text.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim() ?? "";
}

/** Memory of its own that a process has in use, in bytes: what a leak would make grow. */
export function anonymousMemory(pid: number): number {
  return Number.parseInt(statusField(pid, "RssAnon")) * 1024;
}

/** Seconds of processor time that a process has used. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user = "0", system = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / CLOCK_TICKS;
}

/** Per second, in /proc: the same on all architectures. */
const CLOCK_TICKS = 100;
