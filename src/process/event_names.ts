/**
 * The event types that listeners subscribe to, as data: name -> the name above it.
 * Subscribing to a name means that type and everything below it.
 * @see Supervisor docs, events.rst, "Event Types"
 */
export const EVENT_NAMES = {
  EVENT: null,
  PROCESS_STATE: "EVENT",
  PROCESS_STATE_STOPPED: "PROCESS_STATE",
  PROCESS_STATE_STARTING: "PROCESS_STATE",
  PROCESS_STATE_RUNNING: "PROCESS_STATE",
  PROCESS_STATE_BACKOFF: "PROCESS_STATE",
  PROCESS_STATE_STOPPING: "PROCESS_STATE",
  PROCESS_STATE_EXITED: "PROCESS_STATE",
  PROCESS_STATE_FATAL: "PROCESS_STATE",
  PROCESS_STATE_UNKNOWN: "PROCESS_STATE",
  PROCESS_COMMUNICATION: "EVENT",
  PROCESS_COMMUNICATION_STDOUT: "PROCESS_COMMUNICATION",
  PROCESS_COMMUNICATION_STDERR: "PROCESS_COMMUNICATION",
  PROCESS_LOG: "EVENT",
  PROCESS_LOG_STDOUT: "PROCESS_LOG",
  PROCESS_LOG_STDERR: "PROCESS_LOG",
  REMOTE_COMMUNICATION: "EVENT",
  SUPERVISOR_STATE_CHANGE: "EVENT",
  SUPERVISOR_STATE_CHANGE_RUNNING: "SUPERVISOR_STATE_CHANGE",
  SUPERVISOR_STATE_CHANGE_STOPPING: "SUPERVISOR_STATE_CHANGE",
  TICK: "EVENT",
  TICK_5: "TICK",
  TICK_60: "TICK",
  TICK_3600: "TICK",
  PROCESS_GROUP: "EVENT",
  PROCESS_GROUP_ADDED: "PROCESS_GROUP",
  PROCESS_GROUP_REMOVED: "PROCESS_GROUP",
  // Ours, and below nothing of the reference's: who subscribes to EVENT expects none of these.
  PROCESS_HEALTH: null,
  PROCESS_HEALTH_READY: "PROCESS_HEALTH",
  PROCESS_HEALTH_HEALTHY: "PROCESS_HEALTH",
  PROCESS_HEALTH_UNHEALTHY: "PROCESS_HEALTH",
  PROCESS_FAILURE: null,
} as const;

/** Every name a listener may subscribe to, abstract ones included. */
export type EventTypeName = keyof typeof EVENT_NAMES;

/** Names that only stand for those below them; no event is ever sent under one of them. */
export type AbstractEventName = Exclude<(typeof EVENT_NAMES)[EventTypeName], null>;

/** Names that appear in the `eventname:` token of an envelope. */
export type EventName = Exclude<EventTypeName, AbstractEventName>;

/** True for every name of the table; upper case only, callers fold what users write. */
export function isEventName(name: string): name is EventTypeName {
  return Object.hasOwn(EVENT_NAMES, name);
}

/**
 * The concrete names that a subscription to `name` covers, `name` itself if it is one.
 * In the order of the table.
 */
export function concreteNames(name: EventTypeName): readonly EventName[] {
  return CONCRETE_NAMES.filter((concrete) => isBelow(concrete, name));
}

function isBelow(name: EventTypeName, ancestor: EventTypeName): boolean {
  for (let at: EventTypeName | null = name; at !== null; at = EVENT_NAMES[at]) {
    if (at === ancestor) return true;
  }
  return false;
}

const CONCRETE_NAMES: readonly EventName[] = (() => {
  const parents = new Set<string | null>(Object.values(EVENT_NAMES));
  return (Object.keys(EVENT_NAMES) as EventTypeName[]).filter(
    (name): name is EventName => !parents.has(name),
  );
})();
