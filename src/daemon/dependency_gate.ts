/**
 * Holds back what waits for its dependencies. It knows who depends on whom among the active
 * processes, judges again whenever one of them changes, and tells the machine what follows:
 * process/dependencies.ts decides, this acts. There is none while no program has `depends_on`.
 *
 * A process that is held back stays in the state it is in (STOPPED at first): it does not count as
 * started, and whatever knows Supervisor's states knows what to make of it.
 */
import {
  type DependencyPolicy,
  describeFindings,
  type Finding,
  findings,
  openFindings,
  type Requirement,
  resolveName,
  type TargetFacts,
} from "../process/dependencies.ts";
import { dueAt } from "../process/machine.ts";
import type { Input, LogLevel, ProcessRecord } from "../process/machine_types.ts";
import { type ProcessState, RUNNING_STATES } from "../process/states.ts";
import type { Process } from "./process.ts";
import type { Dependencies, StartOutcome } from "./types.ts";

export interface DependencyGateOptions {
  readonly submit: (process: Process, input: Input) => void;
  /** Its being held back has changed: when it is due must be reckoned again. */
  readonly consider: (process: Process) => void;
  /** What it waits for has changed. */
  readonly onWaiting: (process: Process) => void;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  readonly log: (level: LogLevel, text: string) => void;
}

/** What is known of one process that depends on others. */
interface Gate {
  readonly policy: DependencyPolicy;
  readonly targets: ReadonlyMap<Requirement, readonly Process[]>;
  /** Somebody asked for a start that is still to come. */
  requested: boolean;
  /** Somebody asked for a stop while it waited: it must not start by itself any more. */
  cancelled: boolean;
  /** Since when it waits, in milliseconds since the epoch; null: it does not. */
  since: number | null;
  waiters: ((outcome: StartOutcome) => void)[];
}

/** A process that depends on others, as the next program finds it. */
export interface WaitSnapshot {
  /** `group:name`. */
  readonly process: string;
  readonly requested: boolean;
  readonly cancelled: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number | null;
}

const ALIVE: ReadonlySet<ProcessState> = new Set(["STARTING", "RUNNING", "STOPPING"]);
const STARTABLE: ReadonlySet<ProcessState> = new Set(["STOPPED", "EXITED", "FATAL", "BACKOFF"]);

export class DependencyGate implements Dependencies {
  readonly #o: DependencyGateOptions;
  #gates = new Map<Process, Gate>();
  #dependants = new Map<Process, Set<Process>>();
  #isClosed = false;

  constructor(options: DependencyGateOptions) {
    this.#o = options;
  }

  /** The active processes are these from now on. */
  rebuild(processes: readonly Process[]): void {
    const known = this.#gates;
    this.#gates = new Map();
    this.#dependants = new Map();
    const all = processes.map((process) => ({
      group: process.groupName,
      name: process.name,
      program: process.spec.program,
      process,
    }));
    for (const process of processes) {
      const policy = process.spec.dependencies;
      if (policy === undefined) continue;
      const targets = new Map(
        policy.requirements.map((requirement) =>
          [requirement, resolveName(requirement.name, all).map((one) => one.process)] as const
        ),
      );
      const { requested = false, cancelled = false, since = null, waiters = [] } =
        known.get(process) ?? {};
      this.#gates.set(process, { policy, targets, requested, cancelled, since, waiters });
      for (const target of [...targets.values()].flat()) this.#addDependant(target, process);
    }
    for (const [process, gate] of known) {
      if (!this.#gates.has(process)) settle(gate, "cancelled");
    }
    for (const process of this.#gates.keys()) this.#judge(process);
  }

  /** For the next program of this daemon: plain data. Nothing is changed. */
  snapshot(): WaitSnapshot[] {
    return [...this.#gates].map(([process, { requested, cancelled, since }]) => ({
      process: namespecOf(process),
      requested,
      cancelled,
      since,
    }));
  }

  /** Goes on from a snapshot, after rebuild(). Whoever waited for an answer has none to get. */
  restore(waiting: readonly WaitSnapshot[]): void {
    const left = new Map(waiting.map((one) => [one.process, one]));
    for (const [process, gate] of this.#gates) {
      const { requested = false, cancelled = false, since = null } =
        left.get(namespecOf(process)) ?? {};
      Object.assign(gate, { requested, cancelled, since });
      this.#judge(process);
    }
  }

  #addDependant(target: Process, dependant: Process): void {
    const dependants = this.#dependants.get(target);
    if (dependants === undefined) this.#dependants.set(target, new Set([dependant]));
    else dependants.add(dependant);
  }

  /** The daemon is stopping: nothing waits any more, and nothing follows from an end. */
  close(): void {
    this.#isClosed = true;
    for (const [process, gate] of this.#gates) {
      gate.requested = false;
      gate.since = null;
      process.waitingFor = null;
      settle(gate, "cancelled");
    }
  }

  /** The machine has made a step with this process. */
  changed(process: Process, before: ProcessRecord): void {
    if (this.#isClosed) return;
    const { state } = process.record;
    const gate = this.#gates.get(process);
    if (gate !== undefined) {
      if (state === "STARTING" && before.state !== "STARTING") {
        gate.requested = false;
        gate.cancelled = false;
        settle(gate, "started");
      }
      this.#judge(process);
    }
    const dependants = this.#dependants.get(process);
    if (dependants === undefined) return;
    const hasEnded = ALIVE.has(before.state) && !ALIVE.has(state);
    for (const dependant of dependants) {
      if (hasEnded) this.#followEnd(process, dependant);
      this.#judge(dependant);
    }
  }

  /** The checks of this process have found something else. */
  healthChanged(process: Process): void {
    if (this.#isClosed) return;
    for (const dependant of this.#dependants.get(process) ?? []) this.#judge(dependant);
  }

  #followEnd(target: Process, dependant: Process): void {
    const gate = this.#gates.get(dependant);
    const state = dependant.record.state;
    if (gate === undefined || !RUNNING_STATES.has(state)) return;
    const { onRestart } = gate.policy;
    if (onRestart === "ignore" || !dependsOnLife(gate, target)) return;
    const reason = `${namespecOf(target)}, which it depends on, has ended`;
    if (onRestart === "stop") this.#o.submit(dependant, { type: "stop", reason });
    // In BACKOFF it is about to start again anyway, and is held back until the other is there.
    else if (state !== "BACKOFF") this.#o.submit(dependant, { type: "restart", reason });
  }

  request(process: Process): Promise<StartOutcome> | null {
    const gate = this.#gates.get(process);
    if (gate === undefined || this.#isClosed) return null;
    gate.cancelled = false;
    const open = this.#open(gate);
    if (open.length === 0) {
      this.#judge(process);
      return null;
    }
    // Noted first: a circle of old and new configurations must come to an end here.
    gate.requested = true;
    for (const { requirement } of open) {
      for (const target of gate.targets.get(requirement) ?? []) this.#pullIn(target);
    }
    if (!gate.requested) return Promise.resolve("started");
    return new Promise((resolve) => {
      gate.waiters.push(resolve);
      this.#judge(process);
    });
  }

  /** Whoever is asked for brings along what it needs. */
  #pullIn(target: Process): void {
    if (!STARTABLE.has(target.record.state) || target.record.state === "BACKOFF") return;
    if (this.#gates.get(target)?.requested === true) return;
    if (this.request(target) === null) this.#o.submit(target, { type: "start" });
  }

  cancel(process: Process): boolean {
    const gate = this.#gates.get(process);
    if (gate === undefined || gate.since === null) return false;
    gate.requested = false;
    gate.cancelled = true;
    settle(gate, "cancelled");
    this.#judge(process);
    return true;
  }

  isWaiting(process: Process): boolean {
    return (this.#gates.get(process)?.since ?? null) !== null;
  }

  waitingSince(process: Process): number | null {
    return this.#gates.get(process)?.since ?? null;
  }

  dependantsOf(process: Process): readonly Process[] {
    return [...this.#dependants.get(process) ?? []];
  }

  findingsOf(process: Process): readonly Finding[] {
    const gate = this.#gates.get(process);
    return gate === undefined ? [] : findings(gate.policy, (one) => this.#facts(gate, one));
  }

  #open(gate: Gate): Finding[] {
    return openFindings(gate.policy, (requirement) => this.#facts(gate, requirement));
  }

  #facts(gate: Gate, requirement: Requirement): TargetFacts[] {
    return (gate.targets.get(requirement) ?? []).map((target) => ({
      namespec: namespecOf(target),
      policy: target.spec,
      record: target.record,
      health: target.health,
    }));
  }

  /** Whether it is held back, what it waits for, and what follows from that. */
  #judge(process: Process): void {
    const gate = this.#gates.get(process);
    if (gate === undefined) return;
    const open = this.#open(gate);
    const isHeld = gate.cancelled || open.length > 0;
    if (process.isHeld !== isHeld) {
      process.isHeld = isHeld;
      this.#o.consider(process);
    }
    const isWaiting = open.length > 0 && wantsToStart(process, gate);
    const waitingFor = isWaiting ? `waiting for ${describeFindings(open)}` : null;
    if (process.waitingFor !== waitingFor) {
      process.waitingFor = waitingFor;
      this.#o.onWaiting(process);
    }
    if (isWaiting) this.#wait(process, gate, open);
    else this.#go(process, gate, open.length === 0);
  }

  #wait(process: Process, gate: Gate, open: readonly Finding[]): void {
    if (gate.since === null) {
      gate.since = this.#o.wall();
      this.#o.log("info", `${process.name}: ${process.waitingFor}`);
    }
    const failed = open.find(({ state }) => state === "failed");
    if (failed === undefined) return;
    if (gate.policy.onFailure === "fail") {
      gate.requested = false;
      gate.since = null;
      process.waitingFor = null;
      const reason = `${failed.namespec}, which it depends on, is ${failed.now}`;
      this.#o.submit(process, { type: "refuse", reason });
    }
    // Who waits for an answer need not wait until somebody mends the other one.
    settle(gate, "blocked");
  }

  #go(process: Process, gate: Gate, isOpen: boolean): void {
    gate.since = null;
    if (!gate.requested || !isOpen || !STARTABLE.has(process.record.state)) return;
    gate.requested = false;
    this.#o.submit(process, { type: "start" });
    settle(gate, "started");
  }
}

/** It would start now, by itself or because somebody asked, were it not held back. */
function wantsToStart({ record, spec }: Process, gate: Gate): boolean {
  if (gate.cancelled || !STARTABLE.has(record.state)) return false;
  return gate.requested || (record.state !== "FATAL" && dueAt(spec, record, true) !== Infinity);
}

/** Whether it matters to the dependant that the target lives on. */
function dependsOnLife(gate: Gate, target: Process): boolean {
  for (const [{ condition }, targets] of gate.targets) {
    if (condition !== "completed" && targets.includes(target)) return true;
  }
  return false;
}

function settle(gate: Gate, outcome: StartOutcome): void {
  for (const resolve of gate.waiters.splice(0)) resolve(outcome);
}

function namespecOf({ groupName, name }: Process): string {
  return groupName === name ? name : `${groupName}:${name}`;
}
