/**
 * A directory that is watched whether or not it is there: until it is, the nearest directory above
 * it tells when to look again, and its parent tells when it goes away or is made anew.
 */
import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { standIn, type WatchPlace } from "../../process/watch.ts";
import type { Clock } from "../../runtime/types.ts";

/** Somebody may make and remove the same directories all the time; the next event looks again. */
const MOST_LOOKS = 10;

/** Deno begins to watch some milliseconds after it was told to. */
const SETTLED_AFTER_MS = 50;

export interface PlaceWatcherOptions {
  readonly clock: Clock;
  readonly place: WatchPlace;
  /** Something has happened to this path; null: to anything. */
  readonly onEvent: (path: string | null) => void;
  /** The directory is there, or another one is, with whatever is in it already. */
  readonly onAppeared: () => void;
  /** It is not there any more. */
  readonly onGone: () => void;
  /** It cannot be watched. */
  readonly onProblem: (directory: string, error: unknown) => void;
}

export class PlaceWatcher {
  readonly #o: PlaceWatcherOptions;
  #watchers: FSWatcher[] = [];
  /** Which directory it is that is watched; null: it is not there. */
  #identity: string | null;
  #cancelTimer: (() => void) | null = null;

  constructor(options: PlaceWatcherOptions) {
    this.#o = options;
    this.#watch();
    this.#identity = identityOf(options.place.directory);
  }

  /** Whether there is such a directory; if not, it will be watched when there is. */
  get isThere(): boolean {
    return this.#identity !== null;
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  /** @returns whether it is the directory that it was */
  #look(): boolean {
    const before = this.#identity;
    this.#watch();
    const now = identityOf(this.#o.place.directory);
    this.#identity = now;
    if (now === before) return now !== null;
    if (now === null) this.#o.onGone();
    else this.#o.onAppeared();
    return false;
  }

  #watch(): void {
    const { clock, place, onEvent, onProblem } = this.#o;
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      this.close();
      const { directory, awaited } = standIn(place.directory, isDirectory);
      const identity = identityOf(directory);
      try {
        if (awaited === null) this.#open(directory, place.isRecursive, onEvent);
        else this.#open(directory, false, (path) => this.#onWay(path, awaited));
        if (directory !== "/") {
          this.#open(dirname(directory), false, (path) => this.#onWay(path, directory));
        }
      } catch (error) {
        // What was removed under our hands has a parent that can be watched.
        if (codeOf(error) === "ENOENT") continue;
        return onProblem(directory, error);
      }
      // Nobody tells of what was done before it was watched.
      const hasChanged = () =>
        standIn(place.directory, isDirectory).directory !== directory ||
        identityOf(directory) !== identity;
      if (hasChanged()) continue;
      this.#cancelTimer = clock.after(SETTLED_AFTER_MS, () => {
        if (hasChanged()) this.#look();
      });
      return;
    }
  }

  /** @param step leads nearer to the directory, or is it */
  #onWay(path: string | null, step: string): void {
    if (path !== step) return;
    this.#look();
    // A file in place of the directory, which may be what is meant.
    if (this.#identity === null) this.#o.onEvent(path);
  }

  /** @throws Error with a code */
  #open(directory: string, recursive: boolean, told: (path: string | null) => void): void {
    const watcher = watch(directory, { recursive }, (_, name) => {
      if (!this.#watchers.includes(watcher)) return;
      // When the directory itself is removed, Bun gives no name, and Deno an empty one or its own.
      if ((!name || name === basename(directory)) && !this.#look()) return;
      told(name ? join(directory, name) : null);
    });
    watcher.on("error", (error) => {
      // On Deno; there is another look after a moment.
      if (codeOf(error) !== "ENOENT") this.#o.onProblem(directory, error);
    });
    this.#watchers.push(watcher);
  }
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException | null)?.code;
}

export function isDirectory(path: string): boolean {
  return identityOf(path) !== null;
}

/** The number of a directory that was removed may be given to the next one. */
function identityOf(path: string): string | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() !== true) return null;
    return `${found.dev}:${found.ino}:${found.birthtimeMs}`;
  } catch {
    // Not for us to see, or below a file: it is not there.
    return null;
  }
}
