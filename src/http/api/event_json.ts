/** Events of the daemon as JSON, and the names by which clients ask for them. */
import { type DaemonEvent, eventName } from "../../events/types.ts";
import { concreteNames, type EventName, isEventName } from "../../process/event_names.ts";
import { makeNamespec } from "../../rpc/namespec.ts";
import { failureView } from "./failure_view.ts";
import { isoTime } from "./process_view.ts";
import { ProblemError } from "./problem.ts";

/** Types of our own: a process changed, and here is its row; what every process uses. */
export type OwnType = "PROCESS" | "USAGE";
export type StreamType = EventName | OwnType;

const OWN_TYPES: readonly string[] = ["PROCESS", "USAGE"] satisfies OwnType[];

/** What costs nothing while nothing happens: no TICKs, no output, no looks into /proc. */
const DEFAULT_TYPES: readonly string[] = [
  "PROCESS",
  "PROCESS_STATE",
  "PROCESS_HEALTH",
  "PROCESS_FAILURE",
  "PROCESS_GROUP",
  "SUPERVISOR_STATE_CHANGE",
  "REMOTE_COMMUNICATION",
  "PROCESS_COMMUNICATION",
];

/**
 * Concrete names for those asked for, in either case. "EVENT" is every event; ours are asked for
 * by their own names.
 *
 * @throws ProblemError for a name that is none
 */
export function streamTypes(asked: readonly string[] | undefined): Set<StreamType> {
  const types = new Set<StreamType>();
  for (const written of asked ?? DEFAULT_TYPES) {
    const name = written.trim().toUpperCase();
    if (OWN_TYPES.includes(name)) types.add(name as OwnType);
    else if (isEventName(name)) { for (const concrete of concreteNames(name)) types.add(concrete); }
    else {
      const message = `no such event type: ${JSON.stringify(written)}`;
      throw new ProblemError("INVALID_REQUEST", message, [{ path: "query.types", message }]);
    }
  }
  return types;
}

/** Who an event is about; null: nobody in particular. */
export interface Subject {
  readonly group: string;
  /** null: the group itself. */
  readonly process: string | null;
}

export function subjectOf(event: DaemonEvent): Subject | null {
  switch (event.kind) {
    case "process-state":
    case "process-log":
    case "process-communication":
    case "process-health":
    case "process-failure":
      return { group: event.group, process: event.process };
    case "process-group":
      return { group: event.group, process: null };
    default:
      return null;
  }
}

/** @param wall when it happened, milliseconds since the epoch */
export function eventData(event: DaemonEvent, wall: number): Record<string, unknown> {
  const common = { type: eventName(event), at: isoTime(wall) };
  switch (event.kind) {
    case "process-state":
      return { ...common, ...whoIs(event), ...event.change };
    case "process-log":
    case "process-communication": {
      const { channel, pid, data } = event;
      return { ...common, ...whoIs(event), channel, pid, text: new TextDecoder().decode(data) };
    }
    case "remote-communication":
      return { ...common, remoteType: event.type, data: event.data };
    case "daemon-state":
      return { ...common, state: event.state };
    case "tick":
      return { ...common, period: event.period, when: event.when };
    case "process-group":
      return { ...common, change: event.change, group: event.group };
    case "process-health":
      return { ...common, ...whoIs(event), pid: event.pid, detail: event.detail };
    case "process-failure":
      return { ...common, ...whoIs(event), ...failureView(event.report) };
  }
}

function whoIs({ process, group }: { readonly process: string; readonly group: string }) {
  return { process, group, namespec: makeNamespec(group, process) };
}
