/**
 * The way from the file that is open to the one that takes over. It can fail at any step: then the
 * old file stays in use, and the next try goes on from there.
 */
import type { LogFileSystem } from "./file_system.ts";
import { announce } from "./followed_paths.ts";
import { discardNext, dropSecondName, hiddenNames, moveUp, openNext } from "./rollover.ts";
import { backupPath, type planRollover, type Rename } from "./rotation.ts";

/** The file that is switched. */
export interface SwitchedFile {
  readonly path: string;
  /** The path as followers name it. */
  readonly key: string;
  readonly fileSystem: LogFileSystem;
}

export class FileSwitch {
  readonly #file: SwitchedFile;
  readonly #renames: readonly Rename[];
  /** The first one that is still to be done. */
  #next = 0;
  /** The file is emptied in place. */
  readonly #isEmptied: boolean;

  private constructor(file: SwitchedFile, renames: readonly Rename[], isEmptied: boolean) {
    this.#file = file;
    this.#renames = renames;
    this.#isEmptied = isEmptied;
  }

  /** Opens whatever has the log's name now: the renaming is somebody else's. */
  static reopening(file: SwitchedFile): FileSwitch {
    return new FileSwitch(file, [], false);
  }

  /** @param backups 0: the file is only emptied */
  static rollingOver(
    file: SwitchedFile,
    backups: number,
    plan: typeof planRollover,
  ): FileSwitch {
    const { path, fileSystem } = file;
    // What a daemon that was killed in the middle of a rollover leaves behind.
    if (backups > 0) dropSecondName(fileSystem, backupPath(path, 1), path);
    const renames = plan(path, backups, (other) => fileSystem.exists(other));
    return new FileSwitch(file, renames, renames.length === 0);
  }

  /** What was written so far is out of the way once this is done. */
  get isRollover(): boolean {
    return this.#isEmptied || this.keepsOld;
  }

  /** The old file goes on existing, as a backup. */
  get keepsOld(): boolean {
    return this.#renames.length > 0;
  }

  /**
   * Does what is left to do.
   *
   * @returns the descriptor of the file that takes over
   * @throws Error with `code`
   */
  carryOut(): number {
    try {
      if (this.keepsOld) return this.#replace();
      const { fileSystem, path } = this.#file;
      return this.#isEmptied ? this.#openEmptied() : fileSystem.openAppend(path);
    } catch (error) {
      const done = this.#renames[this.#next - 1];
      if (done !== undefined) dropSecondName(this.#file.fileSystem, done.from, done.to);
      throw error;
    }
  }

  /** Moves everything up and gives the log's name to a new file. */
  #replace(): number {
    const { fileSystem, path } = this.#file;
    const hidden = hiddenNames(path);
    const fd = openNext(fileSystem, hidden);
    try {
      for (; this.#next < this.#renames.length; this.#next++) {
        const rename = this.#renames[this.#next];
        if (rename !== undefined) moveUp(fileSystem, rename, hidden.moving);
      }
      fileSystem.rename(hidden.next, path);
      return fd;
    } catch (error) {
      discardNext(fileSystem, hidden, fd);
      throw error;
    }
  }

  /** As programs that have it open expect. */
  #openEmptied(): number {
    const { fileSystem, path, key } = this.#file;
    const fd = fileSystem.openAppend(path);
    try {
      announce(key, "truncating");
      fileSystem.truncate(fd);
      return fd;
    } catch (error) {
      fileSystem.close(fd);
      throw error;
    }
  }
}
