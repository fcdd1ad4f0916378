/**
 * The one queue of inputs and the one timer. An input is a step of the machine; the record is
 * stored, then the effects are carried out; what comes of an effect goes to the end of the
 * queue, never back into the step that caused it.
 */
import { dueAt, step } from "../process/machine.ts";
import type { Effect, Input, Moment, ProcessRecord } from "../process/machine_types.ts";
import type { RandomSource } from "../process/restart_policy.ts";
import type { Clock } from "../runtime/types.ts";
import { DueQueue } from "./due_queue.ts";
import type { Process } from "./process.ts";

/** Time given to due processes in one turn of the event loop, before others get theirs. */
const TURN_MS = 20;

interface Waiter {
  readonly holds: (record: ProcessRecord) => boolean;
  readonly resolve: (record: ProcessRecord) => void;
}

export interface ProcessQueueOptions {
  readonly clock: Clock;
  /** Carries out an effect; outcomes come back through submit(). */
  readonly perform: (process: Process, effect: Effect) => void;
  /** Whether the process may start by itself: none may once the daemon is stopping. */
  readonly mayStart: (process: Process) => boolean;
  /** For restart delays with jitter. */
  readonly random: RandomSource;
  /** After each change, its effects carried out: what follows for others is submitted. */
  readonly onChange: (process: Process, before: ProcessRecord) => void;
  /** Called when an effect or a step throws: a defect, and no reason to stop supervising. */
  readonly onDefect: (error: unknown) => void;
}

export class ProcessQueue {
  readonly #o: ProcessQueueOptions;
  readonly #inputs: { process: Process; input: Input }[] = [];
  readonly #due = new DueQueue<Process>();
  readonly #waiters = new Map<Process, Waiter[]>();
  #isDraining = false;
  #isFiring = false;
  #cancelTimer: (() => void) | null = null;
  #timerAt = Infinity;

  constructor(options: ProcessQueueOptions) {
    this.#o = options;
  }

  /** Returns when the queue is empty, unless called from within a step: then at once. */
  submit(process: Process, input: Input): void {
    this.#inputs.push({ process, input });
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      // An index instead of shift(): a burst of exits stays linear.
      for (let i = 0; i < this.#inputs.length; i++) {
        const next = this.#inputs[i];
        if (next !== undefined) this.#step(next.process, next.input);
      }
    } finally {
      this.#inputs.length = 0;
      this.#isDraining = false;
    }
    this.#arm();
  }

  /** Takes the process' due time into account for the first time, or again after a change of rules. */
  consider(process: Process): void {
    this.#due.set(process, dueAt(process.spec, process.record, this.#o.mayStart(process)));
    if (!this.#isDraining) this.#arm();
  }

  /** The process is no longer managed. */
  forget(process: Process): void {
    this.#due.set(process, Infinity);
    for (const waiter of this.#waiters.get(process) ?? []) waiter.resolve(process.record);
    this.#waiters.delete(process);
  }

  until(process: Process, holds: (record: ProcessRecord) => boolean): Promise<ProcessRecord> {
    if (holds(process.record)) return Promise.resolve(process.record);
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(process);
      if (waiters === undefined) this.#waiters.set(process, [{ holds, resolve }]);
      else waiters.push({ holds, resolve });
    });
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAt = Infinity;
  }

  now(): Moment {
    return { mono: this.#o.clock.monotonic(), wall: this.#o.clock.wall() };
  }

  #step(process: Process, input: Input): void {
    const before = process.record;
    try {
      const { record, effects } = step(process.spec, before, input, this.now(), this.#o.random);
      process.record = record;
      for (const effect of effects) this.#o.perform(process, effect);
      if (record !== before) this.#o.onChange(process, before);
    } catch (error) {
      this.#o.onDefect(error);
    }
    if (process.record === before) return;
    this.#due.set(process, dueAt(process.spec, process.record, this.#o.mayStart(process)));
    this.#wakeWaiters(process);
  }

  #wakeWaiters(process: Process): void {
    const waiters = this.#waiters.get(process);
    if (waiters === undefined) return;
    const rest = waiters.filter((waiter) => {
      if (!waiter.holds(process.record)) return true;
      waiter.resolve(process.record);
      return false;
    });
    if (rest.length === 0) this.#waiters.delete(process);
    else this.#waiters.set(process, rest);
  }

  #arm(): void {
    if (this.#isFiring) return;
    const at = this.#due.earliest();
    if (at === this.#timerAt) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAt = at;
    if (at === Infinity) return;
    const wait = Math.max(0, at - this.#o.clock.monotonic());
    this.#cancelTimer = this.#o.clock.after(wait, () => this.#fire());
  }

  #fire(): void {
    this.#cancelTimer = null;
    this.#timerAt = Infinity;
    this.#isFiring = true;
    const began = this.#o.clock.monotonic();
    for (let now = began; now - began < TURN_MS; now = this.#o.clock.monotonic()) {
      const process = this.#due.takeDue(now);
      if (process === undefined) break;
      const before = process.record;
      this.submit(process, { type: "look", mayStart: this.#o.mayStart(process) });
      // Nothing came of the look (a defect, or a clock that fired early): it stays due.
      if (process.record === before) {
        const at = dueAt(process.spec, before, this.#o.mayStart(process));
        this.#due.set(process, Number.isFinite(at) ? Math.max(at, now + 1) : at);
      }
    }
    this.#isFiring = false;
    this.#arm();
  }
}
