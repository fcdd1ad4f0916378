/**
 * Who may start, and on whose behalf: all in order of priority, with what they need to be started,
 * and behind what they depend on. When exactly, the queue and the machine say.
 */
import type { Input, LogLevel, ProcessRecord } from "../process/machine_types.ts";
import { inStartOrder } from "../process/order.ts";
import type { Clock } from "../runtime/types.ts";
import { Attendants } from "./attendants.ts";
import { DependencyGate, type WaitSnapshot } from "./dependency_gate.ts";
import type { Group } from "./group.ts";
import type { Process } from "./process.ts";

export interface StartControlOptions {
  readonly clock: Clock;
  readonly log: (level: LogLevel, text: string) => void;
  readonly submit: (process: Process, input: Input) => void;
  /** Takes the process' due time into account. */
  readonly consider: (process: Process) => void;
  /** In start order. */
  readonly groups: () => readonly Group[];
  /** Whether the process has all that it needs. */
  readonly isReady: (process: Process) => boolean;
  /** Whether the daemon is not on its way down. */
  readonly mayStart: () => boolean;
  /** @returns null, or why it did not work */
  readonly reloadProgram: (process: Process) => Promise<string | null>;
  /** What is told of the process has changed, beside its record. */
  readonly onView: (process: Process) => void;
  readonly onDefect: (error: unknown) => void;
}

export class StartControl {
  readonly #o: StartControlOptions;
  readonly #attendants: Attendants;
  /** Made for the first program with depends_on. */
  #gate: DependencyGate | null = null;
  #hasBegun = false;

  constructor(options: StartControlOptions) {
    this.#o = options;
    const { clock, submit, reloadProgram, log, onView, onDefect } = options;
    const start = (process: Process) => this.#startOnBehalf(process);
    const attending = { clock, submit, start, reloadProgram, log, onView, onDefect };
    this.#attendants = new Attendants(attending);
  }

  /** null while no active program depends on another. */
  get dependencies(): DependencyGate | null {
    return this.#gate;
  }

  /** From here on processes start by themselves. */
  begin(): void {
    this.#hasBegun = true;
    this.settle();
  }

  /** begin() for those that have waited in the program before this one. */
  resume(waiting: readonly WaitSnapshot[]): void {
    this.#hasBegun = true;
    this.groupsChanged();
    this.#gate?.restore(waiting);
    this.consider(this.#o.groups());
  }

  /** Groups have come, gone or changed: whoever may start now does. */
  settle(): void {
    this.groupsChanged();
    this.consider(this.#o.groups());
  }

  /** Who depends on whom, and who needs to be attended to, is looked at once more. */
  groupsChanged(): void {
    const processes = this.#o.groups().flatMap((group) => group.processes);
    if (this.#gate === null && processes.some(hasDependencies)) this.#gate = this.#makeGate();
    this.#gate?.rebuild(processes);
    this.#attendants.rebuild(processes);
  }

  /** Something that processes of the group have waited for is there. */
  considerAgain(group: Group): void {
    if (this.#hasBegun) this.consider([group]);
  }

  consider(groups: readonly Group[]): void {
    const { consider, isReady } = this.#o;
    for (const group of groups) {
      for (const process of inStartOrder(group.processes, ({ spec }) => spec.priority)) {
        if (isReady(process)) consider(process);
      }
    }
  }

  /** A record was replaced. */
  changed(process: Process, before: ProcessRecord): void {
    this.#gate?.changed(process, before);
    this.#attendants.changed(process, before);
  }

  /** `process.health` was replaced. */
  healthChanged(process: Process): void {
    this.#gate?.healthChanged(process);
  }

  snapshot(): WaitSnapshot[] {
    return this.#gate?.snapshot() ?? [];
  }

  /** Nobody is to start any more. */
  close(): void {
    this.#gate?.close();
    this.#attendants.dispose();
  }

  /** Nobody has asked, but it is to be as if somebody had. */
  #startOnBehalf(process: Process): void {
    if (!this.#o.mayStart()) return;
    const opening = this.#gate?.request(process) ?? null;
    if (opening === null) this.#o.submit(process, { type: "start" });
    else opening.catch(this.#o.onDefect);
  }

  #makeGate(): DependencyGate {
    const { clock, submit, consider, onView: onWaiting, log } = this.#o;
    return new DependencyGate({ submit, consider, onWaiting, wall: () => clock.wall(), log });
  }
}

function hasDependencies({ spec }: Process): boolean {
  return spec.dependencies !== undefined;
}
