/**
 * Those who look after programs with a schedule, a memory limit, or files to watch. Each is loaded
 * when the first such program is active; a daemon without any has none of this but the question.
 */
import type { ProcessSpec } from "../config/types.ts";
import type { Input, LogLevel, ProcessRecord } from "../process/machine_types.ts";
import type { Clock } from "../runtime/types.ts";
import type { Process } from "./process.ts";

export interface Attendant {
  /** Groups have come or gone: these are all processes that it is to look after. */
  rebuild(processes: readonly Process[]): void;
  /** A record was replaced. What follows is submitted. */
  changed(process: Process, before: ProcessRecord): void;
  dispose(): void;
}

export interface AttendantOptions {
  readonly clock: Clock;
  readonly submit: (process: Process, input: Input) => void;
  /** As somebody's request would: behind what the process depends on. */
  readonly start: (process: Process) => void;
  /** @returns null, or why it did not work */
  readonly reloadProgram: (process: Process) => Promise<string | null>;
  readonly log: (level: LogLevel, text: string) => void;
  /** What is told of the process has changed, beside its record. */
  readonly onView: (process: Process) => void;
  readonly onDefect: (error: unknown) => void;
}

interface Kind {
  readonly isFor: (spec: ProcessSpec) => boolean;
  readonly load: (options: AttendantOptions) => Promise<Attendant>;
}

const KINDS: readonly Kind[] = [
  {
    isFor: ({ schedule }) => schedule !== undefined,
    load: async (options) => new (await import("./schedule/scheduler.ts")).Scheduler(options),
  },
  {
    isFor: ({ watch }) => watch !== undefined,
    load: async (options) => new (await import("./watch/file_watcher.ts")).FileWatcher(options),
  },
  {
    isFor: ({ memoryLimit }) => memoryLimit !== undefined,
    load: async (options) => new (await import("./limits/memory_keeper.ts")).MemoryKeeper(options),
  },
];

export class Attendants {
  readonly #options: AttendantOptions;
  readonly #loading = new Set<Kind>();
  readonly #loaded = new Map<Kind, Attendant>();
  #processes: readonly Process[] = [];
  #isDisposed = false;

  constructor(options: AttendantOptions) {
    this.#options = options;
  }

  /** @param processes all that are active */
  rebuild(processes: readonly Process[]): void {
    this.#processes = processes;
    for (const kind of KINDS) {
      const theirs = this.#of(kind);
      const attendant = this.#loaded.get(kind);
      if (attendant !== undefined) attendant.rebuild(theirs);
      else if (theirs.length > 0 && !this.#loading.has(kind)) this.#load(kind);
    }
  }

  changed(process: Process, before: ProcessRecord): void {
    for (const [kind, attendant] of this.#loaded) {
      if (kind.isFor(process.spec)) attendant.changed(process, before);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const attendant of this.#loaded.values()) attendant.dispose();
    this.#loaded.clear();
  }

  #of(kind: Kind): Process[] {
    return this.#processes.filter(({ spec }) => kind.isFor(spec));
  }

  #load(kind: Kind): void {
    this.#loading.add(kind);
    kind.load(this.#options).then((attendant) => {
      if (this.#isDisposed) return attendant.dispose();
      this.#loaded.set(kind, attendant);
      attendant.rebuild(this.#of(kind));
    }).catch((error: unknown) => this.#options.onDefect(error));
  }
}
