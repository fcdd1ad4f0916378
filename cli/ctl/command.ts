/** What an action of supervisorctl is: how it is explained, what its words mean, what runs it. */
import type { Session } from "./session.ts";

/** What the words behind an action complete to. */
export type Completion = "none" | "actions" | "groups" | "processes";

export interface Command {
  readonly name: string;
  /** The lines of `help NAME`. */
  readonly help: readonly string[];
  readonly completion: Completion;
  /** false: anything behind the action is a usage error. */
  readonly acceptsArguments: boolean;
  /** The server is asked who it is first, and answers badly in a sentence of its own. */
  readonly needsServer: boolean;
  /** The exit status when that fails; without it, the one that belongs to the problem. */
  readonly exitWhenUnreachable?: number;
  /** The words behind the action are names, for which patterns and filters may stand. */
  readonly selects?: {
    /** Words before the first name. Default: 0. */
    readonly skip?: number;
    /** false: groups cannot be asked for. */
    readonly groups?: false;
    /** The action's own options that a value follows. */
    readonly options?: Readonly<Record<string, true>>;
  };
  /** "end" ends the shell. */
  readonly run: (session: Session, rest: string) => Promise<"end" | void>;
}

/** As the tables have it, under its name; what is most common is left out. */
export type CommandRow = Pick<Command, "help" | "run"> & Partial<Omit<Command, "name">>;
