/** Descriptors that somebody else opened. */
import { readdirSync } from "node:fs";
import type { LoadedLibrary } from "./libc.ts";
import { F_DUPFD, SO_ACCEPTCONN, SOL_SOCKET_LINUX } from "./platform.ts";
import { buffer } from "./libc.ts";

/** The first that is not standard input, output or error. */
const FIRST = 3;

/** @returns a second descriptor of the same open file, not close-on-exec; -1: none to be had */
export function duplicateDescriptor(fd: number, { functions }: LoadedLibrary): number {
  return functions.fcntl(fd, F_DUPFD, FIRST);
}

/**
 * Which descriptor a call has opened to listen at, for a runtime that does not tell.
 *
 * @returns what the call gives, and undefined for a descriptor that cannot be found
 */
export function withListener<T>(libc: LoadedLibrary, open: () => T): [T, number | undefined] {
  // Only those that listen: the look at the list has a descriptor of its own for a moment.
  const listening = () => descriptors().filter((fd) => isListening(fd, libc));
  const before = new Set(listening());
  const result = open();
  const fresh = listening().filter((fd) => !before.has(fd));
  return [result, fresh.length === 1 ? fresh[0] : undefined];
}

function descriptors(): number[] {
  try {
    return readdirSync("/proc/self/fd").map(Number);
  } catch {
    // Another system, or a process that may not look at itself: it cannot be told then.
    return [];
  }
}

function isListening(fd: number, { functions }: LoadedLibrary): boolean {
  const answer = buffer(4);
  const size = new Uint8Array(new Uint32Array([answer.length]).buffer);
  const failed = functions.getsockopt(fd, SOL_SOCKET_LINUX, SO_ACCEPTCONN, answer, size);
  return failed === 0 && answer[0] === 1;
}
