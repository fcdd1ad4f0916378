/**
 * killmode = tree and cgroup: finds who belongs to a process, wherever it went, signals them with
 * it, and ends those who are still there when it has ended. Loaded with the first program that
 * asks for it.
 *
 * Who belongs to it is read from /proc: descendants, members of its process group, whoever was
 * seen among them before, and orphans, which come to this daemon and carry a variable of the
 * program in their environment. With cgroup, whoever is in its control group besides.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Input } from "../process/machine_types.ts";
import { signalName } from "../process/signals.ts";
import { membersOf, type TreeEntry } from "../process/tree.ts";
import { SystemError } from "../runtime/system_error.ts";
import {
  enterControlGroup,
  killControlGroup,
  makeControlGroup,
  ownControlGroup,
  pidsIn,
  removeControlGroup,
} from "./control_groups.ts";
import type { Process } from "./process.ts";
import { parseStat } from "./proc_stats.ts";
import type { Surroundings } from "./surroundings.ts";
import { TREE_VARIABLE } from "./tree_mark.ts";

const SIGKILL = 9;
/** Between two looks at the processes that were asked to end. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;
/** Who forks faster than this many rounds of SIGKILL can follow needs a control group. */
const KILL_ROUNDS = 30;

/** What was found when a process had ended. */
export interface LeftBehind {
  /** Milliseconds since the epoch. */
  readonly wall: number;
  /** Ended by the stop signal, in time. */
  readonly ended: number;
  /** Had to be killed. */
  readonly killed: number;
  /** Still there after SIGKILL, or not ours to signal. */
  readonly remaining: readonly number[];
}

export interface TreeKeeperOptions {
  readonly surroundings: Surroundings;
  /** Ignored for a process that is not managed any more. */
  readonly submit: (process: Process, input: Input) => void;
  /** Whether the pid is that of another managed process, or of a helper. */
  readonly isManaged: (pid: number) => boolean;
  /** Default: /proc. */
  readonly root?: string;
}

export class TreeKeeper {
  readonly #o: TreeKeeperOptions;
  readonly #root: string;
  readonly #hasWarned = new WeakSet<Process>();
  /** By process: pid to start time of those that were signalled with it. */
  readonly #known = new WeakMap<Process, Map<number, number>>();

  constructor(options: TreeKeeperOptions) {
    this.#o = options;
    this.#root = options.root ?? "/proc";
  }

  /** A new child of a program with killmode = cgroup. Who forks before this is found in /proc. */
  enterControlGroup(process: Process, pid: number): void {
    const { log, runtime } = this.#o.surroundings;
    try {
      const parent = ownControlGroup();
      if (parent === null) throw new Error("there is no cgroup2 file system");
      const own = makeControlGroup(parent, `supervisord-${runtime.pid}`);
      process.controlGroup = makeControlGroup(own, `${process.groupName}:${process.name}`);
      enterControlGroup(process.controlGroup, pid);
    } catch (error) {
      if (this.#hasWarned.has(process)) return;
      this.#hasWarned.add(process);
      const reason = error instanceof Error ? error.message : String(error);
      log(
        "warn",
        `no control group for '${process.name}' (${reason}): ` +
          "whoever belongs to it is found in /proc instead",
      );
    }
  }

  /** The process has been sent a signal; now those who belong to it. */
  signal(process: Process, pid: number, signal: number): void {
    this.#send(process, this.#members(process, pid), signal);
  }

  /**
   * The process has ended: so must the rest.
   *
   * @param signal sent first; null: they have had it already
   * @param graceMs before SIGKILL
   */
  async sweep(process: Process, pid: number, signal: number | null, graceMs: number) {
    const { clock } = this.#o.surroundings.runtime;
    const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
    let left = this.#members(process, pid);
    const found = new Set(left.map((entry) => entry.pid));
    const look = () => {
      left = this.#members(process, pid);
      for (const entry of left) found.add(entry.pid);
    };
    if (signal !== null) this.#send(process, left, signal);
    const killAt = clock.monotonic() + graceMs;
    for (let ms = FIRST_PAUSE_MS; left.length > 0 && clock.monotonic() < killAt; ms *= 2) {
      await pause(Math.min(ms, LONGEST_PAUSE_MS, killAt - clock.monotonic()));
      look();
    }
    const killed = new Set<number>();
    for (let round = 0; left.length > 0 && round < KILL_ROUNDS; round++) {
      for (const entry of left) killed.add(entry.pid);
      // One write ends all of a control group, whoever forks meanwhile included.
      if (process.controlGroup !== null) killControlGroup(process.controlGroup);
      this.#send(process, left, SIGKILL);
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** round, LONGEST_PAUSE_MS));
      look();
    }
    this.#known.delete(process);
    if (process.controlGroup !== null && left.length === 0) {
      removeControlGroup(process.controlGroup);
      process.controlGroup = null;
    }
    this.#report(process, found.size, killed.size, left);
    this.#o.submit(process, { type: "swept" });
  }

  #report(process: Process, found: number, killed: number, left: readonly TreeEntry[]): void {
    if (found === 0) return;
    const { log, runtime } = this.#o.surroundings;
    const remaining = left.map((entry) => entry.pid);
    process.leftBehind = {
      wall: runtime.clock.wall(),
      ended: found - killed,
      killed: killed - remaining.length,
      remaining,
    };
    const parts = [
      ...found > killed ? [`${found - killed} ended`] : [],
      ...killed > remaining.length
        ? [`${killed - remaining.length} had to be killed with SIGKILL`]
        : [],
      ...remaining.length > 0 ? [`still there: pid ${remaining.join(", ")}`] : [],
    ];
    const text = `'${process.name}' left ${found} process${found === 1 ? "" : "es"} behind: ` +
      parts.join(", ");
    log(remaining.length > 0 ? "critical" : killed > 0 ? "warn" : "info", text);
  }

  #members(process: Process, pid: number): TreeEntry[] {
    const table = this.#readTable();
    const { isManaged, surroundings } = this.#o;
    const known = new Map(this.#known.get(process));
    if (process.controlGroup !== null) {
      for (const member of pidsIn(process.controlGroup)) {
        known.set(member, table.get(member)?.startTime ?? -1);
      }
    }
    const mark = `${TREE_VARIABLE}=${process.treeMark}`;
    const members = membersOf(table, {
      pid,
      daemon: surroundings.runtime.pid,
      known,
      isForeign: isManaged,
      isMarked: (orphan) => this.#environmentOf(orphan).includes(mark),
    });
    const seen = this.#known.get(process) ?? new Map<number, number>();
    for (const entry of members) seen.set(entry.pid, entry.startTime);
    this.#known.set(process, seen);
    return members;
  }

  #readTable(): Map<number, TreeEntry> {
    const table = new Map<number, TreeEntry>();
    let names: string[];
    try {
      names = readdirSync(this.#root);
    } catch {
      // No /proc: only the process itself and its group can be reached.
      return table;
    }
    for (const name of names) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const entry = parseStat(readFileSync(`${this.#root}/${name}/stat`, "latin1"));
        if (entry !== null) table.set(entry.pid, entry);
      } catch {
        // gone since the listing
      }
    }
    return table;
  }

  #environmentOf(pid: number): string[] {
    try {
      return readFileSync(`${this.#root}/${pid}/environ`, "latin1").split("\0");
    } catch {
      return []; // gone, or another user's
    }
  }

  #send(process: Process, members: readonly TreeEntry[], signal: number): void {
    const { runtime, log } = this.#o.surroundings;
    for (const { pid } of members) {
      try {
        runtime.system.kill(pid, signal);
      } catch (error) {
        const code = error instanceof SystemError ? error.code : String(error);
        // It may have ended since it was seen.
        if (code === "ESRCH") continue;
        log(
          "warn",
          `cannot send ${signalName(signal)} to pid ${pid} of '${process.name}': ${code}`,
        );
      }
    }
  }
}
