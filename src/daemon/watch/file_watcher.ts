/** watch: acts when files have changed. The system tells (inotify); nobody looks again and again. */
import type { ProcessRecord } from "../../process/machine_types.ts";
import { placesOf, watchFilter, type WatchPlace, type WatchPolicy } from "../../process/watch.ts";
import type { Attendant, AttendantOptions } from "../attendants.ts";
import type { Process } from "../process.ts";
import { isDirectory, PlaceWatcher } from "./place_watcher.ts";
import { findWantedFile } from "./wanted_files.ts";

interface Entry {
  readonly policy: WatchPolicy;
  readonly isWanted: (path: string) => boolean;
  /** By directory. */
  readonly watchers: Map<string, PlaceWatcher>;
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
    for (const watcher of entry?.watchers.values() ?? []) watcher.close();
    this.#entries.delete(process);
  }

  #follow(process: Process, policy: WatchPolicy): void {
    const entry: Entry = {
      policy,
      isWanted: watchFilter(policy),
      watchers: new Map(),
      cancel: null,
    };
    this.#entries.set(process, entry);
    for (const place of placesOf(policy.globs, isDirectory)) this.#watch(process, entry, place);
  }

  #watch(process: Process, entry: Entry, place: WatchPlace): void {
    const { directory } = place;
    const watcher = new PlaceWatcher({
      clock: this.#o.clock,
      place,
      onEvent: (path) => this.#happened(process, entry, path),
      onAppeared: () => {
        this.#appeared(process, entry, place).catch((error: unknown) => this.#o.onDefect(error));
      },
      // What was in it has changed, whether or not anybody has told of that.
      onGone: () => this.#noted(process, entry, directory),
      onProblem: (at, error) => this.#warn(process, at, error),
    });
    entry.watchers.set(directory, watcher);
    if (watcher.isThere) return;
    this.#o.log("info", `${directory} is not there: '${process.name}' watches it once it is`);
  }

  #happened(process: Process, entry: Entry, path: string | null): void {
    // Without a name anything may have changed.
    if (path !== null && !entry.isWanted(path)) return;
    const isNew = path !== null && entry.policy.globs.includes(path) &&
      !entry.watchers.has(path) && isDirectory(path);
    if (isNew) this.#watch(process, entry, { directory: path, isRecursive: true });
    this.#noted(process, entry, path);
  }

  async #appeared(process: Process, entry: Entry, place: WatchPlace): Promise<void> {
    const { directory } = place;
    const found = entry.isWanted(directory)
      ? directory
      : await findWantedFile(place, entry.isWanted);
    if (found !== null && this.#entries.get(process) === entry) this.#noted(process, entry, found);
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

  #noted(process: Process, entry: Entry, path: string | null): void {
    const { policy } = entry;
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
