/**
 * Whether a standard descriptor is a terminal, without the stream that knows: making one is a
 * quarter of a `supervisorctl status`, and on Linux a name tells nearly always.
 */
import { fstatSync, readlinkSync } from "node:fs";
import process from "node:process";

/** @param fd 0, 1 or 2. A closed one is no terminal. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  const name = nameOf(fd);
  if (name === "/dev/null") return false;
  if (name.startsWith("/dev/pts/")) return true;
  try {
    return fstatSync(fd).isCharacterDevice() && streamOf(fd).isTTY === true;
  } catch {
    return false;
  }
}

/** "" on systems that have no /proc. */
function nameOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

function streamOf(fd: 0 | 1 | 2): { readonly isTTY?: boolean } {
  if (fd === 0) return process.stdin;
  return fd === 1 ? process.stdout : process.stderr;
}
