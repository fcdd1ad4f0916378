/**
 * How often one address may be wrong. The first mistakes are free: a program with an old password
 * asks a few times in a row. After that each one doubles the time in which nothing that comes from
 * there is even looked at, so that guessing costs neither us a hash nor them a mere second.
 */

/** Mistakes that cost nothing. */
const FREE_FAILURES = 10;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Without a mistake for so long, all is forgotten. */
const FORGET_MS = 15 * 60_000;
/** Addresses remembered; beyond that the one whose last mistake is longest ago is forgotten. */
const MAX_ADDRESSES = 4096;

interface Record {
  failures: number;
  lastMs: number;
  blockedUntilMs: number;
}

export class LoginThrottle {
  /** In the order of the last mistakes. */
  readonly #records = new Map<string, Record>();

  get size(): number {
    return this.#records.size;
  }

  /** @returns how long nothing is looked at from there, in milliseconds; 0: it is */
  waitMs(address: string, nowMs: number): number {
    const record = this.#records.get(address);
    return record === undefined ? 0 : Math.max(0, record.blockedUntilMs - nowMs);
  }

  failed(address: string, nowMs: number): void {
    const before = this.#records.get(address);
    const isRecent = before !== undefined && nowMs - before.lastMs < FORGET_MS;
    const failures = isRecent ? before.failures + 1 : 1;
    const excess = failures - FREE_FAILURES;
    const waitMs = excess <= 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (excess - 1));
    this.#records.delete(address);
    this.#records.set(address, { failures, lastMs: nowMs, blockedUntilMs: nowMs + waitMs });
    if (this.#records.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#records.keys();
    this.#records.delete(oldest as string);
  }

  succeeded(address: string): void {
    this.#records.delete(address);
  }
}

/** What counts as one address: who has an IPv6 address has the 2^64 beside it, too. */
export function throttleKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array(Math.max(0, 8 - left.length - right.length));
  const groups = [...left, ...zeros.fill("0"), ...right];
  return groups.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, "")).join(":");
}
