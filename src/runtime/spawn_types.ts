/** Children: what they are to be, what has become of them, what they have used. */

/** The user a child runs as: everything setgroups/setgid/setuid need. */
export interface Credentials {
  /** User. */
  readonly uid: number;
  /** Primary group. */
  readonly gid: number;
  /** Supplementary groups, the primary first. */
  readonly groups: readonly number[];
}

/** A child to be. */
export interface SpawnRequest {
  /** Absolute or relative path of the file to execute; never searched on PATH. */
  readonly file: string;
  /** argv, argv[0] included. */
  readonly argv: readonly string[];
  /** The environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Variables that come before those of `env`, which hides what has the same name: what many
   * children have in common. Not changed once it was given; the same object again costs nothing.
   */
  readonly commonEnv?: Readonly<Record<string, string>>;
  /** null: the daemon's own. */
  readonly cwd: string | null;
  /** null: the daemon's own. */
  readonly umask: number | null;
  /** null: the daemon's own user, groups untouched. */
  readonly credentials: Credentials | null;
  /** The descriptors that become 0, 1 and 2 of the child; everything else stays closed there. */
  readonly stdio: readonly [number, number, number];
  /** More of them, by the number they have in the child: 3 or above. */
  readonly descriptors?: ReadonlyMap<number, number>;
}

/** What can be limited with setrlimit(2). */
export type ResourceName =
  | "cpu"
  | "fsize"
  | "data"
  | "stack"
  | "core"
  | "nproc"
  | "nofile"
  | "memlock"
  | "as";

/** What a child is put under between its birth and its command. Plain data, for JSON as well. */
export interface Confinement {
  /** null: unlimited. */
  readonly rlimits?: Readonly<
    Partial<Record<ResourceName, { readonly soft: number | null; readonly hard: number | null }>>
  >;
  /** As of nice(1). */
  readonly nice?: number;
  /** Classes of ioprio_set(2): 1 realtime, 2 best-effort, 3 idle. */
  readonly ionice?: { readonly class: 1 | 2 | 3; readonly level: number };
  /** What is written to /proc/PID/oom_score_adj. */
  readonly oomScoreAdj?: number;
  /** Numbers of processors. */
  readonly cpus?: readonly number[];
  /** Neither it nor its descendants can gain rights by exec. */
  readonly noNewPrivs?: boolean;
  /** Numbers of those that stay, all others go; absent: as the system has it. */
  readonly capabilities?: readonly number[];
  /** Absolute path. */
  readonly chroot?: string;
  /** An empty /tmp and /var/tmp of its own. */
  readonly privateTmp?: boolean;
}

/** Where a spawn failed: before any process existed, or in what the child must do before exec. */
export type SpawnFailureStep = "fork" | "credentials" | "chdir" | "exec";

/** What has come of a spawn. */
export type SpawnResult =
  | { readonly ok: true; readonly pid: number }
  | {
    readonly ok: false;
    readonly step: SpawnFailureStep;
    /** Symbol, e.g. `EAGAIN`. */
    readonly code: string;
    /** For "credentials": which part was refused. */
    readonly part?: "setgroups" | "setgid" | "setuid";
  };

/** What a process, and those of its descendants that it waited for, have used. */
export interface ResourceUse {
  /** Seconds of processor time outside the kernel. */
  readonly userSeconds: number;
  /** Seconds of processor time in the kernel. */
  readonly systemSeconds: number;
  /** The most memory that it had at one time. */
  readonly maxResidentBytes: number;
}

/** One child collected by wait4(-1): its raw wait status. */
export interface Reaped {
  /** The child. */
  readonly pid: number;
  /** As wait4(2) gives it. */
  readonly status: number;
  /** Absent: the system did not tell. */
  readonly usage?: ResourceUse;
}
