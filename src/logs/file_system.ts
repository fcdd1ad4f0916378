/** The file operations a log needs, so that tests can make each of them fail and count calls. */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import process from "node:process";

/** Every operation throws an Error with `code` when it fails. */
export interface LogFileSystem {
  /** Opens for appending, creating the file if need be. */
  openAppend(path: string): number;
  /** Removes the content. */
  truncate(fd: number): void;
  /** May write less than asked for. */
  write(fd: number, bytes: Uint8Array): number;
  /** Whether write() goes on until all is out or an error comes, which hides what was out by then. */
  readonly hidesPartialWrites: boolean;
  size(fd: number): number;
  close(fd: number): void;
  exists(path: string): boolean;
  /** Whether both names are there and name one file. */
  isSameFile(one: string, other: string): boolean;
  rename(from: string, to: string): void;
  /** A second name for the file; throws EEXIST when the name is taken. */
  link(existing: string, name: string): void;
  remove(path: string): void;
}

/** Less the umask: what a program that logs by itself would create. */
const CREATION_MODE = 0o666;

/**
 * Both runtimes open descriptors close-on-exec. Append mode always: after an external
 * truncation (logrotate's copytruncate) the next write must not leave a hole.
 */
export const nodeFileSystem: LogFileSystem = {
  openAppend: (path) => openSync(path, "a", CREATION_MODE),
  truncate: (fd) => ftruncateSync(fd, 0),
  write: (fd, bytes) => writeSync(fd, bytes, 0, bytes.length),
  // Deno 2.9.6; on a disk that fills up, lines would come twice.
  hidesPartialWrites: process.versions["deno"] !== undefined,
  size: (fd) => fstatSync(fd).size,
  close: (fd) => closeSync(fd),
  exists: (path) => existsSync(path),
  isSameFile: (one, other) => {
    const a = statSync(one, { throwIfNoEntry: false });
    const b = statSync(other, { throwIfNoEntry: false });
    return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
  },
  rename: (from, to) => renameSync(from, to),
  link: (existing, name) => linkSync(existing, name),
  remove: (path) => unlinkSync(path),
};

/** `ENOSPC` and the like; the empty string for an error that is not the system's. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}
