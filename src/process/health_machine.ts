/**
 * When to check a process, and what the answers mean: one pure function of policy, record, input
 * and time, like the machine of its life next door.
 *
 * From the spawn on a process with a readiness check is "starting": it is asked in quick
 * succession, or listened to, until it is ready. Then, or at once where there is no readiness
 * check, the health check goes on for as long as it lives ("up"). Failures count only after the
 * start period or the first success; so many in a row make it unhealthy, one success healthy again.
 * A process that leaves (it was asked to stop, or said so) is not checked any more.
 *
 * Checks that ask end by themselves: whoever carries out a `probe` reports within the timeout.
 * Those that listen (notify, log) have failed when nothing was heard for one interval.
 */
import {
  type Check,
  type CheckRole,
  describeCheck,
  type HealthPolicy,
  type HealthStatus,
  type HealthView,
  isAsked,
} from "./health.ts";
import type { Millis, Moment } from "./machine_types.ts";

const NEVER = Infinity;

/** What is known of one process' health. */
export interface HealthRecord {
  readonly phase: "down" | "starting" | "up" | "leaving";
  readonly ready: boolean;
  readonly status: HealthStatus;
  /** Wall time of the last change of `ready` or `status`. */
  readonly since: number;
  /** The latest finding of a check. */
  readonly finding: string;
  /** What the process says of itself (STATUS=). */
  readonly said: string;
  /** The probe that is under way. */
  readonly probing: CheckRole | null;
  /** When to probe next, or when the watchdog's patience ends. */
  readonly checkAt: Millis;
  /** Probes since the phase began. */
  readonly looks: number;
  /** Failures in a row that count. */
  readonly failures: number;
  /** It must be ready by then. */
  readonly readyBy: Millis;
  /** Failures before this do not count. */
  readonly graceUntil: Millis;
  /** Between RELOADING=1 and READY=1. */
  readonly reloading: boolean;
  /** When a sign of life was last heard, and how long that is good for. */
  readonly heardAt: Millis;
  readonly windowMs: number;
}

export const NO_PROCESS: HealthRecord = {
  phase: "down",
  ready: false,
  status: "starting",
  since: 0,
  finding: "not running",
  said: "",
  probing: null,
  checkAt: NEVER,
  looks: 0,
  failures: 0,
  readyBy: NEVER,
  graceUntil: 0,
  reloading: false,
  heardAt: 0,
  windowMs: 0,
};

export type HealthInput =
  | { readonly type: "spawned" }
  | { readonly type: "gone" }
  /** The daemon has changed its program, the process lives on: this was found before. */
  | { readonly type: "resumed"; readonly view: HealthView }
  /** It was asked to stop, or said that it is stopping. */
  | { readonly type: "leaving" }
  /** It said so: READY=1, a line on its descriptor, a line in its log. */
  | { readonly type: "ready"; readonly detail: string }
  | { readonly type: "reloading" }
  /** STATUS=, for people. */
  | { readonly type: "said"; readonly text: string }
  /** A sign of life: WATCHDOG=1, a line in its log. */
  | { readonly type: "alive"; readonly detail: string }
  /** WATCHDOG=trigger: it gives itself up. */
  | { readonly type: "givenUp" }
  /** WATCHDOG_USEC=: signs of life will come in other intervals. */
  | { readonly type: "window"; readonly ms: number }
  /** EXTEND_TIMEOUT_USEC=: it needs at least so long from now. */
  | { readonly type: "extend"; readonly ms: number }
  | {
    readonly type: "probed";
    readonly role: CheckRole;
    readonly ok: boolean;
    readonly detail: string;
  }
  | { readonly type: "look" };

export type HealthEffect =
  | { readonly type: "probe"; readonly role: CheckRole }
  /** The answer of the probe under way is no longer wanted. */
  | { readonly type: "cancelProbe" }
  | { readonly type: "announce"; readonly what: "READY" | "HEALTHY" | "UNHEALTHY" }
  /** It has become unhealthy: do what the policy says. */
  | { readonly type: "act" };

export interface HealthStep {
  readonly record: HealthRecord;
  readonly effects: readonly HealthEffect[];
}

/** What the rest of the program sees of a record. */
export function viewOf({ ready, status, since, said, finding }: HealthRecord): HealthView {
  return { ready, status, since, detail: said === "" || status === "unhealthy" ? finding : said };
}

/** When the machine wants a `look` because of time; Infinity: never. */
export function healthDueAt(record: HealthRecord): Millis {
  switch (record.phase) {
    case "down":
    case "leaving":
      return NEVER;
    case "starting":
    case "up":
      return Math.min(record.probing === null ? record.checkAt : NEVER, record.readyBy);
  }
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * Pause between two looks at a process that is starting: short at first, so that who is ready soon
 * is known to be soon, then up to a second.
 *
 * @param looks how many there were, at least 1
 */
export function startingPause(looks: number, intervalMs: number): Millis {
  const pause = FIRST_PAUSE_MS * 2 ** Math.min(looks - 1, 10);
  return Math.min(pause, LONGEST_PAUSE_MS, intervalMs);
}

/** One step. The record given is never changed; the same one comes back if nothing happens. */
export function stepHealth(
  policy: HealthPolicy,
  record: HealthRecord,
  input: HealthInput,
  now: Moment,
): HealthStep {
  const isUp = record.phase === "starting" || record.phase === "up";
  switch (input.type) {
    case "spawned":
      return spawned(policy, now);
    case "resumed":
      return only(resumed(policy, input.view, now));
    case "gone":
      return end(record, { ...NO_PROCESS, since: now.wall });
    case "leaving":
      if (!isUp) return unchanged(record);
      return end(
        record,
        turn({ ...record, phase: "leaving", finding: "stopping", said: "" }, now, { ready: false }),
      );
    case "ready":
      return isUp ? becameReady(policy, record, input.detail, now) : unchanged(record);
    case "reloading":
      if (!isUp) return unchanged(record);
      return only(
        turn({ ...record, reloading: true, finding: "reloading" }, now, { ready: false }),
      );
    case "said":
      return isUp && record.said !== input.text
        ? only({ ...record, said: input.text })
        : unchanged(record);
    case "alive":
      return record.phase === "up" ? alive(policy, record, input.detail, now) : unchanged(record);
    case "givenUp":
      if (!isUp) return unchanged(record);
      return failed({ ...policy, retries: 1 }, record, "it has given itself up", now);
    case "window":
      if (!isUp) return unchanged(record);
      return only({
        ...record,
        windowMs: input.ms,
        checkAt: record.checkAt === NEVER ? NEVER : now.mono + input.ms,
      });
    case "extend":
      return isUp ? only(extend(record, now.mono + input.ms)) : unchanged(record);
    case "probed":
      if (!isUp || record.probing !== input.role) return unchanged(record);
      return probed(policy, { ...record, probing: null }, input, now);
    case "look":
      return look(policy, record, now);
  }
}

function unchanged(record: HealthRecord): HealthStep {
  return { record, effects: [] };
}

function only(record: HealthRecord): HealthStep {
  return { record, effects: [] };
}

/** Changes what is seen, and with it the time of the change. */
function turn(
  record: HealthRecord,
  now: Moment,
  { ready = record.ready, status = record.status }: { ready?: boolean; status?: HealthStatus },
): HealthRecord {
  if (ready === record.ready && status === record.status) return record;
  return { ...record, ready, status, since: now.wall };
}

function end(before: HealthRecord, after: HealthRecord): HealthStep {
  return {
    record: { ...after, probing: null },
    effects: before.probing === null ? [] : [{ type: "cancelProbe" }],
  };
}

function spawned(policy: HealthPolicy, now: Moment): HealthStep {
  const { readiness, readinessTimeoutMs } = policy;
  const born: HealthRecord = { ...NO_PROCESS, since: now.wall };
  if (readiness === null) return only(beginChecks(policy, born, now));
  return only({
    ...born,
    phase: "starting",
    finding: `not ready yet (${describeCheck(readiness)})`,
    checkAt: isAsked(readiness) ? now.mono : NEVER,
    readyBy: readinessTimeoutMs === null ? NEVER : now.mono + readinessTimeoutMs,
  });
}

/** What was found goes on; the counts, and the times that run, begin anew. */
function resumed(policy: HealthPolicy, view: HealthView, now: Moment): HealthRecord {
  const { ready, status, since, detail } = view;
  const born = spawned(policy, now).record;
  const record = ready && born.phase === "starting"
    ? beginChecks(policy, { ...born, phase: "up" }, now)
    : born;
  return { ...record, ready, status, since, finding: detail };
}

/** starting -> up, or the beginning for who has no readiness check */
function beginChecks(policy: HealthPolicy, record: HealthRecord, now: Moment): HealthRecord {
  const { healthcheck, startPeriodMs, intervalMs } = policy;
  const up: HealthRecord = { ...record, phase: "up", looks: 0, checkAt: NEVER, readyBy: NEVER };
  if (healthcheck === null) return up;
  const graceUntil = now.mono + startPeriodMs;
  return {
    ...up,
    finding: record.phase === "down" ? "not checked yet" : record.finding,
    graceUntil,
    windowMs: intervalMs,
    heardAt: -Infinity,
    checkAt: isAsked(healthcheck) ? now.mono : graceUntil + intervalMs,
  };
}

function becameReady(
  policy: HealthPolicy,
  record: HealthRecord,
  detail: string,
  now: Moment,
): HealthStep {
  const up = record.phase === "starting"
    ? beginChecks(policy, { ...record, finding: detail }, now)
    : { ...record, finding: detail };
  const isAll = policy.healthcheck === null;
  const next = turn({ ...up, reloading: false }, now, {
    ready: true,
    ...(isAll ? { status: "healthy" } : {}),
  });
  return { record: next, effects: record.ready ? [] : [{ type: "announce", what: "READY" }] };
}

function alive(policy: HealthPolicy, record: HealthRecord, detail: string, now: Moment) {
  // The end of the window is moved when it comes: a program may tell us thousands of times.
  const heard = { ...record, heardAt: now.mono };
  return record.status === "healthy" && record.failures === 0
    ? only(heard)
    : passed(policy, { ...heard, checkAt: now.mono + record.windowMs }, detail, now);
}

function extend(record: HealthRecord, until: Millis): HealthRecord {
  return {
    ...record,
    readyBy: record.readyBy === NEVER ? NEVER : Math.max(record.readyBy, until),
    graceUntil: Math.max(record.graceUntil, until),
  };
}

function probed(
  policy: HealthPolicy,
  record: HealthRecord,
  { role, ok, detail }: HealthInput & { type: "probed" },
  now: Moment,
): HealthStep {
  const looks = record.looks + 1;
  if (role === "readiness") {
    if (ok) return becameReady(policy, record, detail, now);
    const pause = startingPause(looks, policy.intervalMs);
    return only({ ...record, looks, finding: detail, checkAt: now.mono + pause });
  }
  const checked = { ...record, looks, checkAt: now.mono + policy.intervalMs };
  if (ok) return passed(policy, checked, detail, now);
  const isStarting = record.status === "starting" && now.mono < record.graceUntil;
  return isStarting
    ? only({
      ...checked,
      finding: detail,
      checkAt: now.mono + startingPause(looks, policy.intervalMs),
    })
    : failed(policy, checked, detail, now);
}

function passed(
  policy: HealthPolicy,
  record: HealthRecord,
  detail: string,
  now: Moment,
): HealthStep {
  const ready = record.ready || (policy.readiness === null && !record.reloading);
  const next = turn(
    { ...record, failures: 0, finding: record.reloading ? record.finding : detail },
    now,
    { ready, status: "healthy" },
  );
  const effects: HealthEffect[] = [];
  if (ready && !record.ready) effects.push({ type: "announce", what: "READY" });
  if (record.status !== "healthy") effects.push({ type: "announce", what: "HEALTHY" });
  return { record: next, effects };
}

function failed(
  policy: HealthPolicy,
  record: HealthRecord,
  detail: string,
  now: Moment,
): HealthStep {
  const failures = record.failures + 1;
  const noted = { ...record, failures, finding: detail };
  if (failures < policy.retries || record.status === "unhealthy") return only(noted);
  // Where nothing else says when it is ready, who cannot work is not.
  const ready = record.ready && policy.readiness !== null;
  return {
    record: turn(noted, now, { ready, status: "unhealthy" }),
    effects: [{ type: "announce", what: "UNHEALTHY" }, { type: "act" }],
  };
}

function look(policy: HealthPolicy, record: HealthRecord, now: Moment): HealthStep {
  if (now.mono < healthDueAt(record)) return unchanged(record);
  if (now.mono >= record.readyBy) return notReadyInTime(policy, record, now);
  const role: CheckRole = record.phase === "starting" ? "readiness" : "healthcheck";
  const check: Check | null = policy[role];
  if (check === null) return only({ ...record, checkAt: NEVER });
  if (isAsked(check)) {
    return { record: { ...record, probing: role }, effects: [{ type: "probe", role }] };
  }
  // Somebody was heard since the window was set: it ends later.
  const end = record.heardAt + record.windowMs;
  if (now.mono < end) return only({ ...record, checkAt: end });
  const next = { ...record, checkAt: now.mono + record.windowMs };
  if (now.mono < record.graceUntil) return only({ ...next, checkAt: record.graceUntil });
  const seconds = record.windowMs / 1000;
  return failed(policy, next, `${describeCheck(check)}: nothing heard for ${seconds} s`, now);
}

/** Said once; whether it goes on is for the policy to say. */
function notReadyInTime(policy: HealthPolicy, record: HealthRecord, now: Moment): HealthStep {
  const seconds = (policy.readinessTimeoutMs ?? 0) / 1000;
  const finding = `not ready after ${seconds} s: ${record.finding}`;
  return {
    record: turn({ ...record, finding, readyBy: NEVER }, now, { status: "unhealthy" }),
    effects: [{ type: "announce", what: "UNHEALTHY" }, { type: "act" }],
  };
}
