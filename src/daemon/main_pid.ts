/**
 * Which process a command has left in the background, by its pid file.
 *
 * The file is often written after the command has ended (nginx does so), in a directory that may
 * not be there yet, and is empty for a moment: so it is looked at again and again, less and less
 * often, for a limited time and only then. Old files are common, too; so a pid only counts when
 * that process descends from this daemon, which adopts the orphans of its children, and is not
 * another program's.
 */
import { readFileSync } from "node:fs";
import type { Clock } from "../runtime/types.ts";

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
/** How long the file may take to appear. */
const PID_FILE_SECONDS = 15;

export interface MainPidOptions {
  readonly path: string;
  readonly clock: Clock;
  /** pid of this daemon. */
  readonly self: number;
  readonly isManaged: (pid: number) => boolean;
  /** Default: that of the system. */
  readonly parentOf?: (pid: number) => number | null;
  readonly readText?: (path: string) => string;
}

/** @returns the pid, or a sentence why there is none */
export async function findMainPid(o: MainPidOptions): Promise<number | string> {
  const giveUpAt = o.clock.monotonic() + PID_FILE_SECONDS * 1000;
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const found = lookUp(o);
    if (typeof found === "number") return found;
    if (o.clock.monotonic() >= giveUpAt) {
      return `the command went into the background, but after ${PID_FILE_SECONDS} seconds ${found}`;
    }
    await new Promise<void>((resolve) => o.clock.after(pause, resolve));
  }
}

function lookUp({ path, self, isManaged, parentOf, readText }: MainPidOptions): number | string {
  let text: string;
  try {
    text = (readText ?? readSmall)(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return `pid_file ${path} could not be read: ${code}`;
  }
  const pid = pidIn(text);
  if (pid === null) return `pid_file ${path} holds no pid`;
  if (isManaged(pid)) return `pid_file ${path} holds pid ${pid}, which is another program's`;
  const ask = parentOf ?? parentOfPid;
  if (!descendsFrom(pid, self, ask)) {
    return ask(pid) === null
      ? `pid_file ${path} holds pid ${pid}, which does not exist`
      : `pid_file ${path} holds pid ${pid}, which this daemon did not start`;
  }
  return pid;
}

/** The first line of a pid file; some programs (postgres) write more lines after it. */
export function pidIn(text: string): number | null {
  const digits = /^\s*(\d{1,10})\s*(?:\n|$)/.exec(text)?.[1];
  const pid = digits === undefined ? 0 : Number(digits);
  return pid > 1 && pid <= 0x7fff_ffff ? pid : null;
}

/** Deep enough for anything real; a table that changes under us must not make a circle. */
const MAX_DEPTH = 64;

/** @param parentOf null for a process that does not exist */
export function descendsFrom(
  pid: number,
  ancestor: number,
  parentOf: (pid: number) => number | null,
): boolean {
  let at: number | null = pid;
  for (let depth = 0; depth < MAX_DEPTH && at !== null && at > 1; depth++) {
    at = parentOf(at);
    if (at === ancestor) return true;
  }
  return false;
}

/** null: no such process, or one that has ended and was not collected yet. */
export function parentOfPid(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name may hold anything, spaces and brackets included.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" || parent === undefined ? null : Number(parent);
  } catch {
    return null;
  }
}

function readSmall(path: string): string {
  return readFileSync(path, "latin1").slice(0, 256);
}
