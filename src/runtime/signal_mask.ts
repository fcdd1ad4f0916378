/**
 * Signals that wait while one program text replaces another.
 *
 * Handlers end with the old text, and what arrives before the new one has installed its own would
 * end the process (SIGHUP, SIGIO). A mask outlives execve(2), so they are blocked before it and each
 * is let through when its handler is there. Not all signals: the runtimes use some for themselves
 * from their first moment on (JavaScriptCore stops threads with one).
 *
 * The mask holds until the first turn of the new event loop: Bun 1.4.5 waits with epoll_pwait2 and an
 * empty mask. For a program that has no handlers by then the signals are also set to be ignored,
 * which execve keeps too: lost then, but harmless. (A blocked signal is kept even if it is ignored,
 * see sig_ignored() in kernel/signal.c.) SIGCHLD must not be: children of a parent that ignores it
 * leave no exit status. Its default is to do nothing anyway.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import { buffer, type Libc } from "./libc.ts";

const WAITING_SIGNALS = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR2",
  "SIGCHLD",
  "SIGIO",
] as const;

/** sigset_t: 128 bytes in glibc and musl, 4 on macOS; bit n-1 stands for signal n everywhere. */
export const SIGSET_SIZE = 128;

/** struct sigaction: 152 bytes in glibc and musl, 16 on macOS. It begins with the handler. */
const SIGACTION_ROOM = 256;
const SIG_IGN = 1;

export function signalSet(names: readonly string[]): Uint8Array<ArrayBuffer> {
  const set = buffer(SIGSET_SIZE);
  const numbers = constants.signals as Readonly<Record<string, number>>;
  for (const name of names) {
    const bit = (numbers[name] ?? 0) - 1;
    if (bit >= 0) set[bit >> 3] = (set[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return set;
}

/** Makes them wait; returns what puts everything back as it was. */
export function holdSignals(libc: Libc): () => void {
  const { functions, platform } = libc;
  const mask = buffer(SIGSET_SIZE);
  functions.pthread_sigmask(platform.SIG_BLOCK, signalSet(WAITING_SIGNALS), mask);
  const actions: [number: number, before: Uint8Array<ArrayBuffer>][] = [];
  for (const name of WAITING_SIGNALS) {
    if (name === "SIGCHLD") continue;
    const ignore = buffer(SIGACTION_ROOM);
    ignore[0] = SIG_IGN;
    const before = buffer(SIGACTION_ROOM);
    functions.sigaction(constants.signals[name], ignore, before);
    actions.push([constants.signals[name], before]);
  }
  return () => {
    for (const [number, before] of actions) functions.sigaction(number, before, null);
    functions.pthread_sigmask(platform.SIG_SETMASK, mask, null);
  };
}

const POLLIN = 1;

/**
 * Whether the runtime has caught something that it has not told us of yet: its handlers wake the
 * event loop by a counter (eventfd), which is read when what it stands for is delivered.
 */
export function hasUndelivered({ functions }: Libc): boolean {
  const counters = eventCounters();
  if (counters.length === 0) return false;
  const set = buffer(counters.length * 8);
  const view = new DataView(set.buffer);
  counters.forEach((fd, i) => {
    view.setInt32(i * 8, fd, true);
    view.setInt16(i * 8 + 4, POLLIN, true);
  });
  return functions.poll(set, counters.length, 0) > 0;
}

function eventCounters(): number[] {
  try {
    return readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventfd]";
      } catch {
        return false; // the descriptor of the listing itself
      }
    }).map(Number);
  } catch {
    return []; // no /proc here
  }
}

/** A handler for these is installed: what has waited arrives now. */
export function letThrough(libc: Libc, names: readonly string[]): void {
  const { functions, platform } = libc;
  functions.pthread_sigmask(platform.SIG_UNBLOCK, signalSet(names), null);
}
