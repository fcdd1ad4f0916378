/**
 * Keeps why processes failed. At the failure itself only what would be lost is noted, which takes
 * some microseconds: the restart comes first. A moment later the rest is found out, together for
 * all that failed meanwhile.
 */
import { statSync } from "node:fs";
import type { ResourceUse } from "../process/failure.ts";
import { withReport } from "../process/failure.ts";
import type { StateChange } from "../process/machine_types.ts";
import type { ExitStatus } from "../process/signals.ts";
import { OomCounter } from "./oom.ts";
import type { Process } from "./process.ts";
import type { Statistics } from "./statistics.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Channel } from "./types.ts";

/** Long enough for the restart that follows at once, short enough for who looks right away. */
const DELAY_MS = 50;
/** Of the end of each log. */
const TAIL_BYTES = 2048;

/** A part of a log file. */
export interface LogPart {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** `from` may be in the middle of a line. */
  readonly isCut: boolean;
}

/** What is noted at the failure. */
export interface FailureNote {
  readonly process: Process;
  readonly at: number;
  readonly pid: number;
  readonly exit: ExitStatus | null;
  readonly spawnError: string | null;
  /** What the daemon said in the place of a child that could not be started. */
  readonly standIn: string | null;
  readonly upForMs: number | null;
  readonly isQuick: boolean;
  readonly tries: number;
  readonly usage: ResourceUse | null;
  readonly parts: Readonly<Record<Channel, LogPart | null>>;
}

export interface FailureLogOptions {
  readonly surroundings: Surroundings;
  readonly statistics: Pick<Statistics, "countOomKill">;
  readonly isManaged: (pid: number) => boolean;
  readonly onDefect: (error: unknown) => void;
}

export class FailureLog {
  readonly #o: FailureLogOptions;
  readonly #oom: OomCounter;
  #notes: FailureNote[] = [];
  #cancel: (() => void) | null = null;

  constructor(options: FailureLogOptions, oom = new OomCounter()) {
    this.#o = options;
    this.#oom = oom;
    // Deno compiles a module when it is loaded, and ends the whole process when that needs a
    // descriptor and there is none: not at the moment when something has failed for want of one.
    if (options.surroundings.runtime.name === "deno") void import("./failure_inspector.ts");
  }

  /** `process` has just failed: the record is the one after the change. */
  note(process: Process, change: StateChange): void {
    const { record } = process;
    const { clock } = this.#o.surroundings.runtime;
    const hadProcess = change.pid !== 0;
    const began = record.startedAt;
    const isQuick = change.to === "BACKOFF";
    const note: FailureNote = {
      process,
      at: clock.wall(),
      pid: change.pid,
      exit: hadProcess ? record.lastExit : null,
      spawnError: record.spawnError,
      standIn: hadProcess ? process.standInReason : null,
      upForMs: hadProcess && began !== null ? clock.monotonic() - began.mono : null,
      isQuick,
      tries: record.tries,
      usage: hadProcess ? process.lastUsage : null,
      parts: {
        stdout: hadProcess ? partOf(process, "stdout") : null,
        stderr: hadProcess ? partOf(process, "stderr") : null,
      },
    };
    this.#notes.push(note);
    this.#cancel ??= clock.after(DELAY_MS, () => this.#explain());
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#notes = [];
  }

  #explain(): void {
    this.#cancel = null;
    const notes = this.#notes;
    this.#notes = [];
    import("./failure_inspector.ts").then(({ inspect, killedBySystem }) => {
      const oomKilled = killedBySystem(notes, this.#oom);
      const { bus, config, runtime } = this.#o.surroundings;
      for (const note of notes) {
        const { process } = note;
        const report = inspect(note, {
          oomKilled: oomKilled.get(note) ?? false,
          self: runtime.pid,
          isManaged: this.#o.isManaged,
          serverUrl: config().serverUrl,
        });
        if (report.oomKilled === true) this.#o.statistics.countOomKill(process);
        process.failures = withReport(process.failures, report);
        const { name, groupName: group } = process;
        bus.publish({ kind: "process-failure", process: name, group, report });
      }
    }).catch(this.#o.onDefect);
  }
}

/** Where the last words of the run that has just ended are; null: it said nothing to a file. */
function partOf(process: Process, channel: Channel): LogPart | null {
  const path = process.logPath(channel);
  const said = process.bytesOfRun(channel);
  if (path === null || said === 0) return null;
  const size = sizeOf(path);
  if (size === null) return null;
  const from = Math.max(0, size - Math.min(said, TAIL_BYTES));
  return { path, from, to: size, isCut: said > TAIL_BYTES };
}

/** null: no regular file, or none that can be seen. */
function sizeOf(path: string): number | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null; // removed, or its directory was closed to us
  }
}
