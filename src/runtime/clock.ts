/** The system's clocks. */
import { buffer, type Libc } from "./libc.ts";
import type { Clock } from "./types.ts";

/** What setTimeout can wait: above it, both runtimes fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createClock(libc: () => Libc): Clock {
  /** performance.now() counts from the start of the program text; add this to get the kernel's. */
  let offset: number | undefined;
  return {
    // The kernel's own count, so that a time noted before the program replaced itself (execve) still
    // means the same after it.
    monotonic() {
      offset ??= kernelMonotonic(libc()) - performance.now();
      return performance.now() + offset;
    },
    wall: Date.now,
    utcOffset: (wall) => utcOffset(libc(), wall),
    after,
  };
}

function after(ms: number, callback: () => void): () => void {
  if (ms <= 0) return onNextTurn(callback);
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number) => {
    const step = Math.min(Math.max(0, left), LONGEST_TIMER_MS);
    timer = setTimeout(() => step < left ? arm(left - step) : callback(), step);
  };
  if (ms !== Infinity) arm(ms);
  return () => clearTimeout(timer);
}

/**
 * A timer waits a millisecond at least, a third of the time in which a process is restarted, and
 * setImmediate() alone is not enough: on Bun, what is asked for in a signal's turn may sleep until
 * something else happens. Whichever comes first.
 */
function onNextTurn(callback: () => void): () => void {
  const cancel = () => {
    clearImmediate(immediate);
    clearTimeout(timer);
  };
  const run = () => {
    cancel();
    callback();
  };
  const immediate = setImmediate(run);
  const timer = setTimeout(run, 1);
  return cancel;
}

/** `struct tm` of glibc, musl and macOS alike: nine ints, four bytes of nothing, then tm_gmtoff. */
const TM_BYTES = 56;
const TM_GMTOFF = 40;

/** Milliseconds that local time is ahead of UTC at `wall`, milliseconds since the epoch. */
export function utcOffset({ functions }: Libc, wall: number): number {
  const time = buffer(8);
  const tm = buffer(TM_BYTES);
  new DataView(time.buffer).setBigInt64(0, BigInt(Math.floor(wall / 1000)), true);
  functions.localtime_r(time, tm);
  return new DataView(tm.buffer).getInt32(TM_GMTOFF, true) * 1000;
}

function kernelMonotonic({ functions, platform }: Libc): number {
  const time = buffer(16);
  functions.clock_gettime(platform.CLOCK_MONOTONIC, time);
  const view = new DataView(time.buffer);
  return Number(view.getBigInt64(0, true)) * 1000 + Number(view.getBigInt64(8, true)) / 1e6;
}
