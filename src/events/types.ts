/** What happened in the daemon, as data, and the name each event is sent under. */
import type { EventName } from "../process/event_names.ts";
import type { FailureReport } from "../process/failure.ts";
import type { StateChange } from "../process/machine_types.ts";

/** The output that a PROCESS_LOG event is of. */
export type OutputChannelName = "stdout" | "stderr";

/** TICK periods in seconds. */
export type TickPeriod = 5 | 60 | 3600;

/**
 * Events are facts: they are complete when they are published and do not change afterwards, with
 * one exception: the `data` of process-log.
 */
export type DaemonEvent =
  | {
    readonly kind: "process-state";
    readonly process: string;
    readonly group: string;
    readonly change: StateChange;
  }
  | {
    readonly kind: "process-log";
    readonly channel: OutputChannelName;
    readonly process: string;
    readonly group: string;
    readonly pid: number;
    /**
     * One read chunk, cut anywhere, after ANSI stripping. A view of the reader's buffer, which is
     * only valid while the event is published: who keeps the event keeps a copy of this.
     */
    readonly data: Uint8Array;
  }
  | {
    readonly kind: "process-communication";
    readonly channel: OutputChannelName;
    readonly process: string;
    readonly group: string;
    readonly pid: number;
    readonly data: Uint8Array;
  }
  | { readonly kind: "remote-communication"; readonly type: string; readonly data: string }
  | { readonly kind: "daemon-state"; readonly state: "RUNNING" | "STOPPING" }
  /** `when`: epoch seconds, floored to the period. */
  | { readonly kind: "tick"; readonly period: TickPeriod; readonly when: number }
  | {
    readonly kind: "process-group";
    readonly change: "ADDED" | "REMOVED";
    readonly group: string;
  }
  | {
    readonly kind: "process-health";
    readonly what: "READY" | "HEALTHY" | "UNHEALTHY";
    readonly process: string;
    readonly group: string;
    readonly pid: number;
    /** What was found, in words. */
    readonly detail: string;
  }
  /** Some milliseconds after the failure itself: something was found out about it. */
  | {
    readonly kind: "process-failure";
    readonly process: string;
    readonly group: string;
    readonly report: FailureReport;
  };

const CHANNEL_SUFFIX = { stdout: "STDOUT", stderr: "STDERR" } as const;

/** The concrete name in the `eventname:` token, e.g. `PROCESS_STATE_RUNNING`. */
export function eventName(event: DaemonEvent): EventName {
  switch (event.kind) {
    case "process-state":
      return `PROCESS_STATE_${event.change.to}`;
    case "process-log":
      return `PROCESS_LOG_${CHANNEL_SUFFIX[event.channel]}`;
    case "process-communication":
      return `PROCESS_COMMUNICATION_${CHANNEL_SUFFIX[event.channel]}`;
    case "remote-communication":
      return "REMOTE_COMMUNICATION";
    case "daemon-state":
      return `SUPERVISOR_STATE_CHANGE_${event.state}`;
    case "tick":
      return `TICK_${event.period}`;
    case "process-group":
      return `PROCESS_GROUP_${event.change}`;
    case "process-health":
      return `PROCESS_HEALTH_${event.what}`;
    case "process-failure":
      return "PROCESS_FAILURE";
  }
}
