/**
 * Who goes with a process through its lives because a check is configured for it. A process without
 * one (nearly all) has none and pays nothing.
 */
import type { HealthView } from "../process/health.ts";
import type { ProcessState } from "../process/states.ts";
import type { Channel } from "./types.ts";

/** What a child is given at its birth, beside what all are given. */
export interface BirthGift {
  readonly env: Readonly<Record<string, string>>;
  /** The child's ends of descriptors, by their number there. */
  readonly descriptors: ReadonlyMap<number, number>;
}

/** What goes on when the daemon's program is replaced while its children live on. */
export interface CompanionSnapshot {
  readonly view: HealthView;
  /** The descriptors stay open; both are the next program's. */
  readonly socket: { readonly path: string; readonly fd: number } | null;
  readonly pipe: number | null;
}

export interface Companion {
  /** It reads what the process prints, also where no log does. */
  readonly wantsOutput: boolean;
  /**
   * A child is about to be spawned. The descriptors are the caller's from now on.
   *
   * @returns a sentence when that cannot be
   */
  prepare(): BirthGift | string;
  born(): void;
  /** Nothing came of it. */
  unborn(): void;
  /** @param chunk only valid during the call */
  output(channel: Channel, chunk: Uint8Array): void;
  /** A child was reaped: what it said last has arrived. */
  childExited(): void;
  stateChanged(state: ProcessState): void;
  /** Nothing is changed. */
  snapshot(): CompanionSnapshot;
  /** In place of `prepare` and `born`, for a child that lives already. */
  resume(snapshot: CompanionSnapshot): void;
  dispose(): void;
}
