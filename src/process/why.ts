/** Why a process is in its state, and what comes next by itself: a sentence for each fact. */
import type { HealthView } from "./health.ts";
import { type Finding, formatRequirement } from "./dependencies.ts";
import { wantsRestart } from "./machine_retry.ts";
import type { Moment, Policy, ProcessRecord } from "./machine_types.ts";
import type { ScheduleView } from "./schedule.ts";
import { describeExit } from "./signals.ts";

export interface WhySubject {
  readonly policy: Policy;
  readonly record: ProcessRecord;
  readonly health: HealthView | null;
  /** Every requirement, met or not. */
  readonly findings: readonly Finding[];
  /** Milliseconds since the epoch; null: it does not wait for dependencies. */
  readonly waitingSince: number | null;
  /** Absent: it has none. */
  readonly schedule?: ScheduleView | null;
}

export function explain(subject: WhySubject, now: Moment): string[] {
  const waiting = explainWaiting(subject, now);
  const reasons = waiting.length > 0
    ? [...waiting, ...explainPast(subject)]
    : explainState(subject, now);
  return [...reasons, ...explainSchedule(subject)];
}

function explainSchedule({ schedule }: WhySubject): string[] {
  if (!schedule) return [];
  return [
    ...(schedule.isQueued ? ["its next run is due, and waits for the end of this one"] : []),
    ...(schedule.next === null ? [] : [`its schedule runs it next at ${iso(schedule.next)}`]),
  ];
}

function explainWaiting({ findings, waitingSince }: WhySubject, now: Moment): string[] {
  if (waitingSince === null) return [];
  return findings.filter(({ state }) => state !== "met").map((finding) => {
    const since = `${iso(waitingSince)} (${seconds(now.wall - waitingSince)} ago)`;
    return `waiting for ${formatRequirement(finding.requirement)} since ${since}: ` +
      describeFinding(finding);
  });
}

/** `db is STARTING`, `db has failed (FATAL)` */
function describeFinding({ namespec, state, now }: Finding): string {
  if (state === "failed") return `${namespec} has failed (${now})`;
  return `${namespec} is ${now}`;
}

/** Where somebody has started it before, how that ended is part of the answer. */
function explainPast({ record }: WhySubject): string[] {
  const stopped = record.stopReason === null ? [] : [`stopped because ${record.stopReason}`];
  return record.lastExit === null
    ? stopped
    : [...stopped, `its last process ended with ${describeExit(record.lastExit)}`];
}

function explainState(subject: WhySubject, now: Moment): string[] {
  const { policy, record } = subject;
  const inTime = seconds(record.deadline - now.mono);
  switch (record.state) {
    case "STOPPED":
      if (record.startedAt === null) {
        if (subject.schedule) return ["not started: no run of its schedule has come yet"];
        return [
          policy.autostart
            ? "not started: somebody asked for a stop before it could start"
            : "not started: autostart=false, and nobody has asked for it",
        ];
      }
      return [...stopCause(record), ...explainPast({ ...subject, record: unexplained(record) })];
    case "STARTING":
      return [`started ${age(record, now)} ago; RUNNING after ${policy.startSecs} s (startsecs)`];
    case "RUNNING":
      return [
        `runs since ${iso(record.startedAt?.wall ?? now.wall)}`,
        ...explainHealth(subject.health),
      ];
    case "BACKOFF":
      return [
        ...(record.spawnError === null ? [] : [record.spawnError]),
        ...explainPast(subject),
        `next try in ${inTime} (failed tries: ${record.tries}, startretries=${
          policy.startRetries === Infinity ? "unlimited" : policy.startRetries
        })`,
      ];
    case "STOPPING":
      return [...stopCause(record), `the next signal follows in ${inTime} if it is still there`];
    case "EXITED":
      return explainExited(policy, record);
    case "FATAL":
      return [
        record.spawnError ?? "it could not be started",
        ...explainPast(subject),
        "it is not tried again until somebody starts it",
      ];
    case "UNKNOWN":
      return ["the system refused a signal to it: nothing is done with it any more"];
  }
}

function explainExited(policy: Policy, record: ProcessRecord): string[] {
  const how = record.lastExit === null
    ? "it has ended"
    : `ended with ${describeExit(record.lastExit)}`;
  const at = record.stoppedAt === null ? "" : ` at ${iso(record.stoppedAt.wall)}`;
  if (wantsRestart(policy, record)) return [`${how}${at}`, "it is about to start again"];
  const rule = policy.autorestart === "never"
    ? "autorestart=false"
    : "autorestart=unexpected, and this end was expected (exitcodes)";
  return [`${how}${at}`, `not started again: ${rule}`];
}

function stopCause(record: ProcessRecord): string[] {
  const at = record.stoppedAt === null || record.state === "STOPPING"
    ? ""
    : ` at ${iso(record.stoppedAt.wall)}`;
  return [`stopped${at}: ${record.stopReason ?? "somebody asked for it"}`];
}

/** The reason has been told. */
function unexplained(record: ProcessRecord): ProcessRecord {
  return { ...record, stopReason: null };
}

function explainHealth(health: HealthView | null): string[] {
  if (health === null) return [];
  const ready = health.ready ? "ready" : "not ready";
  return [`${ready}, ${health.status} since ${iso(health.since)}: ${health.detail}`];
}

function age(record: ProcessRecord, now: Moment): string {
  return seconds(now.mono - (record.startedAt?.mono ?? now.mono));
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 100) / 10)} s`;
}

function iso(wall: number): string {
  return new Date(wall).toISOString();
}
