/** watch: acts when files have changed. The system tells (inotify); nobody looks again and again. */
import { type FSWatcher, statSync, watch } from "node:fs";
import { join } from "node:path";
import type { ProcessRecord } from "../../process/machine_types.ts";
import { placeOf, watchFilter, type WatchPlace, type WatchPolicy } from "../../process/watch.ts";
import type { Attendant, AttendantOptions } from "../attendants.ts";
import type { Process } from "../process.ts";

interface Entry {
  readonly watchers: readonly FSWatcher[];
  cancel: (() => void) | null;
}

export type FileWatcherOptions = Pick<
  AttendantOptions,
  "clock" | "submit" | "start" | "log" | "reloadProgram" | "onDefect"
>;

export class FileWatcher implements Attendant {
  readonly #o: FileWatcherOptions;
  readonly #entries = new Map<Process, Entry>();

  constructor(options: FileWatcherOptions) {
    this.#o = options;
  }

  rebuild(processes: readonly Process[]): void {
    const present = new Set(processes);
    for (const process of [...this.#entries.keys()]) {
      if (!present.has(process)) this.#forget(process);
    }
    for (const process of processes) {
      const { watch: policy } = process.spec;
      if (policy !== undefined && !this.#entries.has(process)) this.#follow(process, policy);
    }
  }

  changed(_process: Process, _before: ProcessRecord): void {
    // Files matter, not states: those are looked at when a file has changed.
  }

  dispose(): void {
    for (const process of [...this.#entries.keys()]) this.#forget(process);
  }

  #forget(process: Process): void {
    const entry = this.#entries.get(process);
    entry?.cancel?.();
    for (const watcher of entry?.watchers ?? []) watcher.close();
    this.#entries.delete(process);
  }

  #follow(process: Process, policy: WatchPolicy): void {
    const isWanted = watchFilter(policy);
    const watchers: FSWatcher[] = [];
    const entry: Entry = { watchers, cancel: null };
    this.#entries.set(process, entry);
    const places = policy.globs.map((glob) => placeOf(glob, isDirectory));
    for (const place of withoutRepeats(places)) {
      const { directory, isRecursive } = place;
      const failed = (error: unknown) => this.#warn(process, directory, error);
      try {
        const watcher = watch(directory, { recursive: isRecursive }, (_, name) => {
          // Without a name anything may have changed.
          const path = name === null ? null : join(directory, name);
          if (path === null || isWanted(path)) this.#noted(process, entry, policy, path);
        });
        watcher.on("error", failed);
        watchers.push(watcher);
      } catch (error) {
        failed(error);
      }
    }
  }

  #warn(process: Process, directory: string, error: unknown): void {
    const code = (error as NodeJS.ErrnoException | null)?.code;
    const reason = code === "ENOSPC"
      ? "the system's limit of watches is reached (sysctl fs.inotify.max_user_watches)"
      : code === "EMFILE"
      ? "the system's limit of watchers is reached (sysctl fs.inotify.max_user_instances)"
      : error instanceof Error
      ? error.message
      : String(error);
    this.#o.log("warn", `cannot watch ${directory} for '${process.name}': ${reason}`);
  }

  #noted(process: Process, entry: Entry, policy: WatchPolicy, path: string | null): void {
    entry.cancel?.();
    entry.cancel = this.#o.clock.after(policy.debounceMs, () => {
      entry.cancel = null;
      this.#act(process, policy, path).catch((error: unknown) => this.#o.onDefect(error));
    });
  }

  async #act(process: Process, { action }: WatchPolicy, path: string | null): Promise<void> {
    const { state, pid } = process.record;
    const what = `${path ?? "a watched file"} has changed`;
    const failed = state === "FATAL" || state === "BACKOFF" || state === "EXITED";
    if (action.kind === "restart" && failed) {
      this.#o.log("info", `starting '${process.name}': ${what}`);
      return this.#o.start(process);
    }
    if (pid === 0 || state === "STOPPING") return;
    this.#o.log("info", `${WORDS[action.kind]} '${process.name}': ${what}`);
    if (action.kind === "restart") {
      this.#o.submit(process, { type: "restart", reason: what });
    } else if (action.kind === "signal") {
      this.#o.submit(process, { type: "signal", signal: action.signal });
    } else {
      const problem = await this.#o.reloadProgram(process);
      if (problem !== null) this.#o.log("warn", `'${process.name}' was not reloaded: ${problem}`);
    }
  }
}

const WORDS = {
  restart: "restarting",
  signal: "signalling",
  "reload-program": "reloading",
} as const;

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function withoutRepeats(places: readonly WatchPlace[]): WatchPlace[] {
  const byDirectory = new Map<string, WatchPlace>();
  for (const place of places) {
    if (byDirectory.get(place.directory)?.isRecursive !== true) {
      byDirectory.set(place.directory, place);
    }
  }
  return [...byDirectory.values()];
}
