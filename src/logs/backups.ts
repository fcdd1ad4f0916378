/**
 * What becomes of rotated files: they are compressed in the background, and deleted when they are
 * old. A backup is `x.log.3`, or `x.log.3.gz` once it is compressed; never half of either: what is
 * being compressed has a hidden name until all of it is on disk.
 */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  futimesSync,
  openSync,
  readdirSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
// Whole: a host whose library has no zstd can still load this, for gzip and for what needs neither.
import * as zlib from "node:zlib";
import type { Compression } from "../process/log_settings.ts";
import { backupPath, planRollover, type Rename } from "./rotation.ts";
import { reasonOf } from "./sink_error.ts";

const SUFFIX_OF = { gzip: ".gz", zstd: ".zst" } as const;
const SUFFIXES = ["", ".gz", ".zst"] as const;

/** Logs whose backups are being compressed, by path: a log may be closed and opened meanwhile. */
const busy = new Map<string, Promise<void>>();

export interface BackupsOptions {
  /** Of the log. */
  readonly path: string;
  readonly backups: number;
  readonly compress: Compression | null;
  /** Milliseconds after which a backup is deleted; null: never. */
  readonly maxAgeMs: number | null;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  readonly warn: (text: string) => void;
}

/** The renames of one rollover where backups may be compressed. */
export function planWithSuffixes(
  path: string,
  backups: number,
  exists: (path: string) => boolean,
): Rename[] {
  return planRollover(path, backups, exists, SUFFIXES);
}

export class Backups {
  readonly #o: BackupsOptions;
  readonly #temporary: string;

  constructor(options: BackupsOptions) {
    this.#o = options;
    const { path } = options;
    this.#temporary = join(dirname(path), `.${basename(path)}.compressing`);
  }

  /** After a rollover, and when the log is opened: a daemon may have been killed at work. */
  tend(): void {
    this.#deleteOld();
    if (busy.has(this.#o.path)) return;
    removeIfThere(this.#temporary);
    const next = this.#nextToCompress();
    if (next === null || this.#o.compress === null) return;
    const work = this.#compress(next, this.#o.compress).then(
      () => true,
      (error: unknown) => {
        removeIfThere(this.#temporary);
        this.#o.warn(`cannot compress ${next}: ${reasonOf(error)}; it stays as it is`);
        return false;
      },
    );
    const whole = work.then((isDone) => {
      busy.delete(this.#o.path);
      // One after the other; one that fails is tried again after the next rollover.
      if (isDone) this.tend();
    });
    busy.set(this.#o.path, whole);
  }

  /** Resolves when nothing is being compressed. */
  async settled(): Promise<void> {
    for (let work = busy.get(this.#o.path); work !== undefined; work = busy.get(this.#o.path)) {
      await work;
    }
  }

  #deleteOld(): void {
    const { path, maxAgeMs, wall } = this.#o;
    for (const { name, number, suffix } of this.#all()) {
      // The same backup twice: killed between two steps, or one that the last place was taken from.
      const isStale = suffix !== "" && existsSync(backupPath(path, number));
      const age = maxAgeMs === null ? 0 : wall() - (statOf(name)?.mtimeMs ?? Infinity);
      if (isStale || (maxAgeMs !== null && age > maxAgeMs)) removeIfThere(name);
    }
  }

  /** Backups that are there, whatever their number: fewer may be kept now than before. */
  #all(): { name: string; number: number; suffix: string }[] {
    const directory = dirname(this.#o.path);
    const prefix = `${basename(this.#o.path)}.`;
    let names: string[];
    try {
      names = readdirSync(directory);
    } catch {
      return [];
    }
    return names.flatMap((name) => {
      const match = name.startsWith(prefix)
        ? /^(\d+)(\.gz|\.zst)?$/.exec(name.slice(prefix.length))
        : null;
      if (match === null) return [];
      return [{ name: join(directory, name), number: Number(match[1]), suffix: match[2] ?? "" }];
    });
  }

  #nextToCompress(): string | null {
    for (let i = 1; i <= this.#o.backups; i++) {
      const name = backupPath(this.#o.path, i);
      if ((statOf(name)?.size ?? 0) > 0) return name;
    }
    return null;
  }

  async #compress(name: string, method: Compression): Promise<void> {
    const source = openSync(name, "r");
    let original: Stats;
    try {
      original = fstatSync(source);
      // Nobody else may read it before it has the mode of the original.
      const target = openSync(this.#temporary, "wx", 0o600);
      try {
        await pipeline(
          createReadStream("", { fd: source, autoClose: false }),
          method === "gzip" ? zlib.createGzip() : zlib.createZstdCompress(),
          createWriteStream("", { fd: target, autoClose: false }),
        );
        makeAlike(target, original);
        await promisify(fsync)(target);
      } finally {
        closeSync(target);
      }
    } finally {
      closeSync(source);
    }
    this.#replace(original, SUFFIX_OF[method]);
  }

  /** It may have moved up meanwhile, or been deleted. Nothing else happens between the steps here. */
  #replace(original: Stats, suffix: string): void {
    const place = this.#all().find(({ name, suffix: present }) => {
      const stats = present === "" ? statOf(name) : undefined;
      return stats !== undefined && stats.ino === original.ino && stats.dev === original.dev;
    });
    if (place === undefined) return removeIfThere(this.#temporary);
    renameSync(this.#temporary, place.name + suffix);
    removeIfThere(place.name);
  }
}

function makeAlike(fd: number, { mode, uid, gid, atime, mtime }: Stats): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Not root: whoever could read the original by its group cannot read this one.
  }
  fchmodSync(fd, mode & 0o777);
  futimesSync(fd, atime, mtime);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Not there, or not ours to remove.
  }
}
