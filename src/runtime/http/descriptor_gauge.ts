/** How many more connections there may be before the process runs out of descriptors. */
import { readdirSync } from "node:fs";
import type { Scarcity } from "./stream_socket.ts";

/** So many descriptors from the end, idle connections begin to be given up … */
const NEAR = 64;
/** … of a small limit, when this part of it is left. */
const NEAR_PART = 4;
/** The last ones no connection gets. */
const LAST = 12;
/** How many must be free again before the look at the numbers alone will do. */
const RELIEF = 8;

/**
 * Bun does not say when it cannot accept for want of descriptors; it tries again and again, with a
 * whole CPU. And children and log files want descriptors, too. So it must not come to that.
 *
 * The kernel gives each connection the lowest number that is
 * free: a low one says that all is well, until once a high one has come up. From then on the open
 * ones are counted, which takes longer.
 */
export class DescriptorGauge {
  readonly #near: number;
  readonly #exhausted: number;
  #isCounting = false;

  constructor(maxDescriptors: number) {
    this.#near = maxDescriptors - Math.min(NEAR, maxDescriptors / NEAR_PART);
    this.#exhausted = maxDescriptors - LAST;
  }

  /** @param fd the newest descriptor; Infinity when its number is not known */
  read(fd: number): Scarcity {
    if (fd < this.#near && !this.#isCounting) return "none";
    const open = countDescriptors();
    this.#isCounting = open >= this.#near - RELIEF;
    if (open < this.#near) return "none";
    return open < this.#exhausted ? "near" : "exhausted";
  }
}

function countDescriptors(): number {
  try {
    return readdirSync("/dev/fd").length;
  } catch {
    // Most likely because there is no descriptor left to read the directory by.
    return Infinity;
  }
}
