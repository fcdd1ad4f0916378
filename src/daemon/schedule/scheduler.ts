/** Starts programs when their schedules say so, with one timer for whoever is due first. */
import type { ProcessRecord } from "../../process/machine_types.ts";
import {
  isBusy,
  judge,
  plan,
  type PlannedRun,
  type SchedulePolicy,
  type ScheduleView,
} from "../../process/schedule.ts";
import type { Attendant, AttendantOptions } from "../attendants.ts";
import type { Process } from "../process.ts";
import { cronTimes } from "./times.ts";

/**
 * Nobody tells when the wall clock is set. A timer runs on the other clock, so a long one would
 * find out hours late.
 */
const LONGEST_SLEEP_MS = 60_000;

/** Two readings of two clocks are never taken in the same moment. */
const JUMP_MS = 1000;

interface Entry {
  readonly process: Process;
  readonly policy: SchedulePolicy;
  readonly nextAfter: (wall: number) => number | null;
  planned: PlannedRun | null;
  /** On the monotonic clock; Infinity: no run, or no limit. */
  deadline: number;
  isQueued: boolean;
  skipped: number;
  timedOut: number;
}

export interface SchedulerOptions extends
  Pick<
    AttendantOptions,
    "clock" | "submit" | "start" | "log" | "onView" | "onDefect"
  > {
  /** Default: Math.random. */
  readonly random?: () => number;
}

export class Scheduler implements Attendant {
  readonly #o: SchedulerOptions;
  readonly #random: () => number;
  readonly #entries = new Map<Process, Entry>();
  #cancelTimer: (() => void) | null = null;
  #lastLook: { readonly wall: number; readonly mono: number };

  constructor(options: SchedulerOptions) {
    this.#o = options;
    this.#random = options.random ?? Math.random;
    this.#lastLook = this.#now();
  }

  rebuild(processes: readonly Process[]): void {
    const present = new Set(processes);
    for (const process of this.#entries.keys()) {
      if (!present.has(process)) this.#entries.delete(process);
    }
    for (const process of processes) {
      const { schedule: policy } = process.spec;
      if (policy === undefined || this.#entries.has(process)) continue;
      const entry = this.#entryOf(process, policy);
      this.#entries.set(process, entry);
      // One that lives already, from before the daemon's program was replaced.
      this.#watchRun(entry);
      this.#show(entry);
      // What it waited for may have ended before this was loaded.
      this.#startQueued(entry);
    }
    this.#arm();
  }

  /** As the daemon's program before has left it, so that no run is lost or comes twice. */
  #entryOf(process: Process, policy: SchedulePolicy): Entry {
    const left = process.schedule;
    const entry: Entry = {
      process,
      policy,
      nextAfter: cronTimes(policy.expression, policy.timezone),
      planned: null,
      deadline: Infinity,
      isQueued: left?.isQueued ?? false,
      skipped: left?.skipped ?? 0,
      timedOut: left?.timedOut ?? 0,
    };
    if (left === null || left.nominal === null || left.next === null) {
      this.#plan(entry, this.#o.clock.wall());
    } else entry.planned = { nominal: left.nominal, due: left.next };
    return entry;
  }

  changed(process: Process, before: ProcessRecord): void {
    const entry = this.#entries.get(process);
    if (entry === undefined) return;
    const { record } = process;
    if (record.pid !== before.pid) {
      this.#watchRun(entry);
      this.#arm();
    }
    this.#startQueued(entry);
  }

  #startQueued(entry: Entry): void {
    if (!entry.isQueued || isBusy(entry.process.record)) return;
    entry.isQueued = false;
    this.#show(entry);
    this.#o.start(entry.process);
  }

  dispose(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#entries.clear();
  }

  #now() {
    return { wall: this.#o.clock.wall(), mono: this.#o.clock.monotonic() };
  }

  #plan(entry: Entry, after: number): void {
    const { nextAfter, policy } = entry;
    entry.planned = plan(nextAfter, after, policy.jitterMs, this.#random());
  }

  #watchRun(entry: Entry): void {
    const { timeoutMs } = entry.policy;
    const { pid, startedAt, stopping } = entry.process.record;
    const runs = pid !== 0 && timeoutMs !== null && !stopping;
    entry.deadline = runs ? (startedAt?.mono ?? this.#o.clock.monotonic()) + timeoutMs : Infinity;
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const { wall, mono } = this.#now();
    let wait = Infinity;
    for (const { planned, deadline } of this.#entries.values()) {
      if (planned !== null) wait = Math.min(wait, planned.due - wall, LONGEST_SLEEP_MS);
      wait = Math.min(wait, deadline - mono);
    }
    if (wait === Infinity) return;
    this.#cancelTimer = this.#o.clock.after(Math.max(0, Math.ceil(wait)), () => this.#look());
  }

  #look(): void {
    this.#cancelTimer = null;
    const { wall, mono } = this.#now();
    const drift = wall - this.#lastLook.wall - (mono - this.#lastLook.mono);
    const jumpedBy = Math.abs(drift) < JUMP_MS ? 0 : drift;
    this.#lastLook = { wall, mono };
    for (const entry of [...this.#entries.values()]) {
      try {
        if (entry.deadline <= mono) this.#timeOut(entry);
        this.#judge(entry, wall, jumpedBy);
      } catch (error) {
        this.#o.onDefect(error);
      }
    }
    this.#arm();
  }

  #judge(entry: Entry, wall: number, jumpedBy: number): void {
    const { planned, process } = entry;
    if (planned === null) return;
    const verdict = judge(planned, wall, jumpedBy);
    if (verdict.kind === "wait") return;
    this.#plan(entry, verdict.kind === "replan" ? wall : Math.max(wall, planned.nominal));
    if (verdict.kind === "run") this.#run(entry);
    if (verdict.kind === "missed") {
      entry.skipped++;
      const minutes = Math.round(verdict.byMs / 60_000);
      const text = `a run of '${process.name}' was due ${minutes} minutes ago: left out`;
      this.#o.log("warn", text);
    }
    this.#show(entry);
  }

  #run(entry: Entry): void {
    const { process, policy } = entry;
    if (!isBusy(process.record)) return this.#o.start(process);
    switch (policy.concurrency) {
      case "skip":
        return this.#skip(entry);
      case "queue":
        if (entry.isQueued) return this.#skip(entry);
        entry.isQueued = true;
        return;
      case "replace":
        this.#replace(process);
    }
  }

  #skip(entry: Entry): void {
    entry.skipped++;
    const { name } = entry.process;
    this.#o.log("info", `a run of '${name}' is due, but the one before goes on: left out`);
  }

  #replace(process: Process): void {
    const reason = "its next run is due";
    if (process.record.pid === 0) this.#o.start(process);
    else this.#o.submit(process, { type: "restart", reason });
  }

  #timeOut(entry: Entry): void {
    const { process, policy } = entry;
    entry.deadline = Infinity;
    entry.timedOut++;
    const limit = `${(policy.timeoutMs ?? 0) / 1000} s`;
    const reason = `the run took longer than ${limit} (schedule_timeout)`;
    this.#o.log("warn", `stopping '${process.name}': ${reason}`);
    this.#o.submit(process, { type: "stop", reason });
    this.#show(entry);
  }

  #show({ process, planned, isQueued, skipped, timedOut }: Entry): void {
    const view: ScheduleView = {
      nominal: planned?.nominal ?? null,
      next: planned?.due ?? null,
      isQueued,
      skipped,
      timedOut,
    };
    process.schedule = view;
    this.#o.onView(process);
  }
}
