/** Everything that goes into and comes out of the process machine: plain data, no behaviour. */
import type { BlockingHook, HookName, HookSpec } from "./hooks.ts";
import type { RestartHistory, RestartPolicy } from "./restart_policy.ts";
import type { ExitStatus } from "./signals.ts";
import type { ProcessState } from "./states.ts";
import type { StopStep } from "./stop_steps.ts";

/** Milliseconds on a monotonic clock. Never compared with wall time. */
export type Millis = number;

/** One reading of both clocks: rules use `mono`, records keep `wall` for people to read. */
export interface Moment {
  /** On the monotonic clock. */
  readonly mono: Millis;
  /** Milliseconds since the epoch. */
  readonly wall: number;
}

/** After which ends a process is started again by itself. */
export type Autorestart = "never" | "unexpected" | "always";

/** The settings of a program that its life depends on. */
export interface Policy {
  /** The process' own name, without its group. */
  readonly name: string;
  /** It starts with the daemon, or with its group. */
  readonly autostart: boolean;
  /** After which ends it is started again. */
  readonly autorestart: Autorestart;
  /** Seconds a process must stay up to count as started; 0 or less: at once. */
  readonly startSecs: number;
  /** Infinity: it never gives up. */
  readonly startRetries: number;
  /** Delays and limits of restarts; absent: Supervisor's own rules. */
  readonly restart?: RestartPolicy;
  /** Exit codes that are expected. */
  readonly exitCodes: readonly number[];
  /** Signal number. */
  readonly stopSignal: number;
  /** Seconds between the stop signal and SIGKILL. */
  readonly stopWaitSecs: number;
  /** The stop signal goes to the whole process group. */
  readonly stopAsGroup: boolean;
  /** SIGKILL goes to the whole process group. */
  readonly killAsGroup: boolean;
  /** Several signals instead of `stopSignal`, which is the first of them; absent: that one alone. */
  readonly stopSteps?: readonly StopStep[];
  /** Whoever the process has started ends with it; absent: as the two settings above say. */
  readonly killTree?: "tree" | "cgroup";
  /** Absent: none. */
  readonly hooks?: HookSpec;
  /** The command puts itself into the background and writes the pid of what stays here. */
  readonly pidFile?: string;
}

/** What is known of one process. Serialisable: it outlives the program text in a handover. */
export interface ProcessRecord {
  /** Where it is in its life. */
  readonly state: ProcessState;
  /** 0 when there is no live process. */
  readonly pid: number;
  /** Failed start tries since the last success (the reference's `backoff`). */
  readonly tries: number;
  /** When the latest spawn was attempted; null if never since the group was added. */
  readonly startedAt: Moment | null;
  /** When the latest process was reaped; null if none was. */
  readonly stoppedAt: Moment | null;
  /** When the machine wants to be looked at next because of time; Infinity: never. */
  readonly deadline: Millis;
  /** True between a stop request and the exit report. */
  readonly stopping: boolean;
  /** It was asked to stop only to be started again. */
  readonly comesBack: boolean;
  /** Why the latest try to spawn it failed, in words; null: it did not. */
  readonly spawnError: string | null;
  /** Exit code of the last process; -1 after death by signal; null if none is to be shown. */
  readonly exitCode: number | null;
  /** How many times a process was spawned here, and how many of those the machine did by itself. */
  readonly starts: number;
  /** See `starts`. */
  readonly restarts: number;
  /** How the last process ended, in full; null before the first end. */
  readonly lastExit: ExitStatus | null;
  /** What must end, or be known, before the machine goes on with this process. */
  readonly waitsFor: BlockingHook | "main_pid" | "tree" | null;
  /** Which of the stop signals was sent last, from 0; -1: none yet, though the end was asked for. */
  readonly stopStep: number;
  /** `pid` is not the process that was spawned but one that was announced since. */
  readonly hasMainPid: boolean;
  /** Of the ends since somebody last asked for a start; null unless a restart policy needs it. */
  readonly restartHistory: RestartHistory | null;
  /** Why the last stop was asked for, in words; null when it was simply asked for, or was not. */
  readonly stopReason: string | null;
}

/** What can happen to a process. */
export type Input =
  | { readonly type: "start" }
  /** `reason` says in words why, where it was not simply asked for. */
  | { readonly type: "stop"; readonly reason?: string }
  /** It must not start, for a reason outside itself: FATAL from any state without a process. */
  | { readonly type: "refuse"; readonly reason: string }
  /** Shutdown reached the group: like stop, but BACKOFF becomes FATAL. */
  | { readonly type: "giveUp" }
  /** Stop it, and start it again when it is gone: without its health, for example. */
  | { readonly type: "restart"; readonly reason?: string }
  /** It says that it needs so long from now to stop. */
  | { readonly type: "extend"; readonly ms: Millis }
  | { readonly type: "signal"; readonly signal: number }
  /** Time is due, or the process was just added. `mayStart` is false once the daemon is stopping. */
  | { readonly type: "look"; readonly mayStart: boolean }
  | { readonly type: "spawned"; readonly pid: number }
  | { readonly type: "spawnFailed"; readonly reason: string }
  | { readonly type: "exited"; readonly exit: ExitStatus }
  | { readonly type: "killFailed"; readonly reason: string }
  /** A hook has ended; `failure` says in words what went wrong with it. */
  | { readonly type: "hookDone"; readonly hook: HookName; readonly failure: string | null }
  /** Whoever the process had left behind has ended. */
  | { readonly type: "swept" }
  /** The process that does the work is another one than was spawned. */
  | { readonly type: "mainPid"; readonly pid: number }
  /** The command has put itself into the background, but nobody knows where it went. */
  | { readonly type: "mainPidMissing"; readonly reason: string };

/** How important a line of the main log is, from the most to the least. */
export type LogLevel = "critical" | "error" | "warn" | "info" | "debug" | "trace" | "blather";

/** The finished facts of one state change; the record may have moved on when this is read. */
export interface StateChange {
  /** The state before. */
  readonly from: ProcessState;
  /** The state now. */
  readonly to: ProcessState;
  /** Of the process it is about; 0: there is none. */
  readonly pid: number;
  /** Failed start tries in a row. */
  readonly tries: number;
  /** Only meaningful for EXITED. */
  readonly expected: boolean;
}

export type Effect =
  | { readonly type: "spawn" }
  | {
    readonly type: "kill";
    readonly signal: number;
    readonly group: boolean;
    readonly pid: number;
    /** Everybody who belongs to the process is to get it, too. */
    readonly tree?: true;
    /** "stop" when the machine asked for the end; "signal" when somebody just sent a signal. */
    readonly purpose: "stop" | "signal";
  }
  /** Run a command; `pid` is the one it is about, 0 before there is one. */
  | { readonly type: "hook"; readonly hook: HookName; readonly pid: number }
  /** The hook that the process waits for is wanted no more. */
  | { readonly type: "cancelHook" }
  /** The process has ended: end those it has left behind, and say `swept`. */
  | {
    readonly type: "sweep";
    readonly pid: number;
    /** null: they were sent it already. */
    readonly signal: number | null;
    readonly graceMs: Millis;
  }
  /** Find out who the spawned process, which has ended, left behind: `mainPid` or its opposite. */
  | { readonly type: "findMainPid" }
  | { readonly type: "announce"; readonly change: StateChange }
  | { readonly type: "log"; readonly level: LogLevel; readonly text: string };

export interface Step {
  readonly record: ProcessRecord;
  readonly effects: readonly Effect[];
}
