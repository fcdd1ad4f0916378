/** What becomes of a process that a daemon left behind when it was killed: the rules, without I/O. */

/** `on_orphans`. */
export type OrphanPolicy = "adopt" | "stop" | "ignore";

export interface OrphanFacts {
  /** The same process as then: pid, start time and boot are. */
  readonly isAlive: boolean;
  /** Its program, as it is configured now; null: there is none of that name. */
  readonly program: {
    readonly autostart: boolean;
    /** It would be started as it was then. */
    readonly isSame: boolean;
    /** Why nobody but the daemon that has started it can go on with it, in words; null: one can. */
    readonly obstacle: string | null;
  } | null;
  /** The daemon before had the same configuration file. */
  readonly isOurs: boolean;
}

export type OrphanVerdict =
  /** It goes on as if nothing had happened. */
  | { readonly action: "adopt" }
  /** It is ended, and then started again where `isWanted`. */
  | { readonly action: "end"; readonly isWanted: boolean; readonly reason: string }
  | { readonly action: "leave"; readonly reason: string }
  | { readonly action: "forget" };

export function judgeOrphan(policy: OrphanPolicy, facts: OrphanFacts): OrphanVerdict {
  const { isAlive, program, isOurs } = facts;
  if (!isAlive) return { action: "forget" };
  if (policy === "ignore") return { action: "leave", reason: "on_orphans = ignore" };
  if (program === null) {
    const reason = "no program of that name is configured";
    // Somebody else's children are not ours to end.
    return isOurs ? { action: "end", isWanted: false, reason } : {
      action: "leave",
      reason: `${reason}, and it was started with another configuration file`,
    };
  }
  if (policy === "stop") {
    return { action: "end", isWanted: program.autostart, reason: "on_orphans = stop" };
  }
  if (!program.isSame) {
    return { action: "end", isWanted: true, reason: "its configuration has changed" };
  }
  if (program.obstacle !== null) {
    return { action: "end", isWanted: true, reason: program.obstacle };
  }
  return { action: "adopt" };
}
