/** What the layers above (rpc, http, web) see of the running daemon. */
import type { IniDocument } from "../config/ini.ts";
import type { GroupPlan } from "../config/plan.ts";
import type { Config, GroupSpec, ProcessSpec } from "../config/types.ts";
import type { EventBus } from "../events/bus.ts";
import type { Finding } from "../process/dependencies.ts";
import type { HealthView } from "../process/health.ts";
import type { ScheduleView } from "../process/schedule.ts";
import type { FailureReport } from "../process/failure.ts";
import type { Input, ProcessRecord } from "../process/machine_types.ts";
import type { DaemonState, ProcessState } from "../process/states.ts";
import type { Clock } from "../runtime/types.ts";
import type { Statistics } from "./statistics.ts";
import type { LeftBehind } from "./tree_keeper.ts";

/** One of the two outputs of a process. */
export type Channel = "stdout" | "stderr";

/** Why a command cannot be run, found before any spawn. */
export interface CommandProblem {
  /** "missing": NO_FILE; "unusable": NOT_EXECUTABLE (also unparsable, empty, a directory). */
  readonly kind: "missing" | "unusable";
  /** The same as a sentence. */
  readonly text: string;
}

/** One process, live view: the record changes under it. */
export interface ManagedProcess {
  /** Its own name, without its group. */
  readonly name: string;
  /** Name of its group. */
  readonly groupName: string;
  /** With `autostart` off while it is disabled. */
  readonly spec: ProcessSpec;
  /** Somebody has decided that it is not to start with the daemon. */
  readonly isDisabled: boolean;
  /** What is known of it now. */
  readonly record: ProcessRecord;
  /** `waiting for db:healthy`: it would start but for its dependencies; null: it does not wait. */
  readonly waitingFor: string | null;
  /** Why it failed, the latest last; a few are kept. */
  readonly failures: readonly FailureReport[];
  /** What its checks say; null when none is configured. */
  readonly health: HealthView | null;
  /** When it runs next; absent: it has no schedule. */
  readonly schedule?: ScheduleView | null;
  /** Path of the channel's log; null when there is none. AUTO paths are resolved. */
  logPath(channel: Channel): string | null;
  /** Clears both logs, by path when the process is not running. @throws Error */
  clearLogs(): void;
  /** Begins new log files, keeping the old ones as backups. @throws Error with `code` */
  rotateLogs(): void;
  /** Consults PATH and the file system; null when a spawn may be tried. */
  checkCommand(): CommandProblem | null;
  /**
   * Queues bytes for the child's standard input.
   * @returns false when there is no stdin channel or its other end is closed
   */
  writeStdin(bytes: Uint8Array): boolean;
  /** Who was still there when the process had last ended; null: nobody, or nobody was looked for. */
  readonly leftBehind: LeftBehind | null;
  /** A killed daemon has started it: its output and its end are seen, its exit status cannot be. */
  readonly isAdopted: boolean;
  /** Bytes queued that the child has not taken yet. */
  readonly stdinPending: number;
  /** What went to the sinks of the channel since the group was added. */
  outputCounts(channel: Channel): OutputCounts;
}

/** What a channel has put out. */
export interface OutputCounts {
  /** All that was written. */
  readonly bytes: number;
  /** Bytes that a sink could not take in time. */
  readonly dropped: number;
  /** Only where the process waits for its log. */
  readonly blocked?: { readonly ms: number; readonly isNow: boolean };
}

/** The buffer of a listener pool. */
export interface EventQueueCounts {
  /** Events that wait. */
  readonly size: number;
  /** Events that may wait. */
  readonly capacity: number;
  /** Events that were thrown away because too many waited. */
  readonly dropped: number;
}

/** One active group, live view. */
export interface ManagedGroup {
  /** Its name. */
  readonly name: string;
  /** What it was made of. */
  readonly spec: GroupSpec;
  /** In start order. */
  readonly processes: readonly ManagedProcess[];
  /** The process of this name, without the group's; undefined: there is none. */
  process(name: string): ManagedProcess | undefined;
  /** null unless the group is a pool of event listeners. */
  readonly eventQueue: EventQueueCounts | null;
}

/** What a reread has found to differ from the active groups, by group. */
export interface ConfigDifference {
  /** New ones. */
  readonly added: readonly GroupSpec[];
  /** As they are in the files now. */
  readonly changed: readonly GroupSpec[];
  /** As they are active. */
  readonly removed: readonly GroupSpec[];
}

/** "blocked": a dependency has failed; the process waits on, or is FATAL, as its policy says. */
export type StartOutcome = "started" | "cancelled" | "blocked";

/** Who depends on whom; processes that no `depends_on` names are of no interest here. */
export interface Dependencies {
  /**
   * Starts the process, and before it what it depends on, as soon as that is possible.
   *
   * @returns null when nothing keeps it from starting: then it is the caller who starts it
   */
  request(process: ManagedProcess): Promise<StartOutcome> | null;
  /** The process need not start any more. @returns false when it was not waiting */
  cancel(process: ManagedProcess): boolean;
  /** Whether it would start but for its dependencies. */
  isWaiting(process: ManagedProcess): boolean;
  /** Milliseconds since the epoch; null when it does not wait. */
  waitingSince(process: ManagedProcess): number | null;
  /** Those that name this process. */
  dependantsOf(process: ManagedProcess): readonly ManagedProcess[];
  /** Each of its requirements, and what has become of it. */
  findingsOf(process: ManagedProcess): readonly Finding[];
}

/** How the daemon becomes another program, under its children. */
export interface Successor {
  /** What this program is. */
  readonly build: { readonly version: string; readonly commit: string };
  /** How many programs this daemon has been, this one included. */
  readonly generation: number;
  /** Why the latest try came to nothing after its caller had been answered; null if it did not. */
  readonly lastFailure: string | null;
  /**
   * Looks for a program that can go on with everything there is, and has it take over as soon as
   * the answers on their way are out.
   *
   * @param path an executable; null for this one, as it is on disk now
   * @returns what it will be
   * @throws Error as a rejection, with a sentence: nothing has changed then
   */
  begin(path: string | null): Promise<{ readonly version: string; readonly commit: string }>;
}

/** What is to be planned. */
export interface PlanRequest {
  /** Whether only processes that have changed are replaced, and not their whole groups. */
  readonly minimal: boolean;
  /** Only these; null: all. */
  readonly groups: readonly string[] | null;
}

/** What has come of an update. */
export interface UpdateOutcome {
  /** What was planned for each group, and why it was not done. */
  readonly results: readonly { readonly plan: GroupPlan; readonly problem: string | null }[];
}

/** What has come of a change of the number of processes. */
export type ScaleOutcome =
  | { readonly kind: "unknown" }
  /** The file says something else of this group than what runs; that is to be settled first. */
  | { readonly kind: "pending"; readonly group: string }
  | ({ readonly kind: "scaled" } & UpdateOutcome);

/** Updates process by process, and decisions that outlive the daemon. */
export interface Updates {
  /**
   * What an update would do now. Reads the files, and changes nothing.
   *
   * @param document filled with what the files say
   * @throws ConfigError
   */
  plan(request: PlanRequest, document?: IniDocument): readonly GroupPlan[];
  /** Reads the files and does what plan() says. @throws ConfigError as a rejection */
  update(request: PlanRequest): Promise<UpdateOutcome>;
  /** Stops all that the plan stops, what depends on others before those. */
  stopFirst(plan: readonly GroupPlan[]): Promise<void>;
  /**
   * Gives a program another number of processes.
   *
   * @param numprocs null: as many as the file says
   * @throws ConfigError, or Error with a sentence, as a rejection
   */
  scale(program: string, numprocs: number | null): Promise<ScaleOutcome>;
  /**
   * Decides whether processes start with the daemon.
   *
   * @param process null: all of the group, also those to come
   * @throws Error with a sentence, when the decision cannot be kept
   */
  setEnabled(group: string, process: string | null, enabled: boolean): void;
}

/** A running daemon. */
export interface Daemon {
  /** Loaded when first asked for. */
  updates(): Promise<Updates>;
  /** null while no active program has `depends_on`. */
  readonly dependencies: Dependencies | null;
  /** Of the daemon's own process. */
  readonly pid: number;
  /** What it is called in events and in the XML-RPC interface. */
  readonly identifier: string;
  /** Whether it runs, or is on its way down. */
  readonly state: DaemonState;
  /** The clock that it goes by. */
  readonly clock: Clock;
  /** The configuration of the last successful (re)read. */
  readonly config: Config;
  /** What happens is published here. */
  readonly events: EventBus;
  /** What it counts about itself. */
  readonly statistics: Statistics;
  /** Active groups in start order: priority, then order of addition. */
  groups(): readonly ManagedGroup[];
  /** The active group of this name; undefined: there is none. */
  group(name: string): ManagedGroup | undefined;

  /** Hands an input to the machine of one process and returns once the queue is empty. */
  submit(process: ManagedProcess, input: Input): void;
  /** Resolves as soon as the predicate holds for the record, checked after every change. */
  until(process: ManagedProcess, holds: (record: ProcessRecord) => boolean): Promise<ProcessRecord>;
  /**
   * Makes a running process read its configuration again, as its program says.
   *
   * @returns null when that was done, else why it was not
   */
  reloadProcess(process: ManagedProcess): Promise<string | null>;
  /** Runs its drain_command, if it has one. @returns null, or why it did not work */
  drainProcess(process: ManagedProcess): Promise<string | null>;
  /** Logs "waiting for x to stop" now and every 2 s until the process has left STOPPING. */
  reportWaitingForStop(process: ManagedProcess): void;

  /**
   * Calls back each time the health view of a process has changed, or what it waits for, with the
   * process.
   *
   * @returns what ends it
   */
  onHealthChange(listener: (process: ManagedProcess) => void): () => void;

  /** Begins the shutdown or restart on the next turn. */
  requestShutdown(): void;
  /**
   * Stops all processes, reads the configuration again and starts over; begins on the next turn.
   */
  requestRestart(): void;
  /** null for a daemon that is part of another program. */
  readonly successor: Successor | null;

  /** Re-reads the files; active groups stay as they are. @throws ConfigError */
  reread(): ConfigDifference;
  /** Activates a group of the last read configuration; "unknown" or "active" if it cannot. */
  addGroup(name: string): "added" | "active" | "unknown";
  /** Removes an active group whose processes have all ended; otherwise says why not. */
  removeGroup(name: string): "removed" | "running" | "unknown";

  /** Path of the main log; null when it goes to syslog. */
  readonly mainLogPath: string | null;
  /** The configured value, for messages ("syslog"). */
  readonly mainLogName: string;
  /** Deletes and reopens the main log. @throws Error with `code` */
  clearMainLog(): void;
  /** Writes a line to the main log. */
  log(
    level: "critical" | "error" | "warn" | "info" | "debug" | "trace" | "blather",
    text: string,
  ): void;
}

export type { ProcessState };
