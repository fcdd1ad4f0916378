/**
 * Keeps account of the living where `on_orphans` is set: who was born, with which pipes. Between a
 * birth and its line in the file the daemon may be killed, too; so the start is written down before,
 * with a token that is found again in the environment of the process.
 */
import { randomBytes } from "node:crypto";
import { constants, openSync } from "node:fs";
import type { ProcessSpec } from "../../config/types.ts";
import type { OrphanPolicy } from "../../process/orphans.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Births, PipeEnds } from "./births.ts";
import { bootId, isSameProcess, programIdentity, startTimeOf } from "./identity.ts";
import { pipeInode } from "./inherit.ts";
import { type Birth, Journal, JournalError, type JournalState, readJournal } from "./journal.ts";

/** In the environment of a child, one value for each start. */
export const BIRTH_VARIABLE = "SUPERVISOR_BIRTH";

/** Longer waits than this mean "for ever" alike; JSON has no Infinity. */
const LONGEST_WAIT_SECS = 1e9;

export interface LedgerOptions {
  readonly path: string;
  readonly policy: OrphanPolicy;
  /** Path of the configuration. */
  readonly config: string;
  readonly surroundings: Pick<Surroundings, "runtime" | "log">;
  /** Default: /proc. */
  readonly root?: string;
}

export class Ledger implements Births {
  readonly policy: OrphanPolicy;
  /** What the daemon before this one has left; null: nothing, or it was this one. */
  readonly left: JournalState | null;
  readonly #o: LedgerOptions;
  readonly #root: string;
  readonly #identities = new WeakMap<ProcessSpec, string>();
  readonly #run = randomBytes(8).toString("hex");
  #starts = 0;
  #journal: Journal | null = null;
  readonly #own: readonly Birth[];

  /** Nothing is written yet. @throws JournalError */
  constructor(options: LedgerOptions) {
    this.#o = options;
    this.#root = options.root ?? "/proc";
    this.policy = options.policy;
    const state = readJournal(options.path);
    const self = options.surroundings.runtime.pid;
    const boot = bootId(this.#root);
    // Another boot: all of its processes are gone.
    const isCurrent = state !== null && state.writer.boot === boot && boot !== "";
    const isWriterAlive = isCurrent &&
      isSameProcess(state.writer.pid, state.writer.start, this.#root);
    if (isWriterAlive && state.writer.pid !== self) {
      throw new JournalError(
        `${options.path} is in use by another supervisord, pid ${state.writer.pid}`,
      );
    }
    this.left = isCurrent && !isWriterAlive ? state : null;
    this.#own = isWriterAlive ? state.births : [];
  }

  /** From here on the file is this daemon's. Those of `left` that still count are to be told of. */
  open(kept: readonly Birth[] = []): void {
    const { path, config, surroundings: { runtime, log } } = this.#o;
    this.#journal ??= new Journal({
      path,
      writer: {
        boot: bootId(this.#root),
        pid: runtime.pid,
        start: startTimeOf(runtime.pid, this.#root) ?? 0,
        config,
      },
      births: [...this.#own, ...kept],
      onError: (text) => log("critical", text),
    });
  }

  /** A process that lives already; unless it is known. */
  note(spec: ProcessSpec, pid: number): void {
    const known = this.#journal?.birthOf(keyOf(spec));
    if (known?.pid !== pid) this.#write(this.#describe(spec, null), pid);
  }

  get keepsPipes(): boolean {
    return this.policy === "adopt";
  }

  openBothWays(end: number): number {
    return openSync(`${this.#root}/self/fd/${end}`, constants.O_RDWR);
  }

  begin(spec: ProcessSpec, lasting: PipeEnds | null): Readonly<Record<string, string>> {
    const token = `${this.#run}:${this.#starts++}`;
    const birth = this.#describe(spec, lasting);
    this.#journal?.attempted({ key: birth.key, token, birth });
    return { [BIRTH_VARIABLE]: token };
  }

  born(spec: ProcessSpec, pid: number): void {
    const attempt = this.#journal?.attemptOf(keyOf(spec));
    if (attempt !== undefined) this.#write(attempt.birth, pid);
  }

  movedTo(spec: ProcessSpec, pid: number): void {
    const known = this.#journal?.birthOf(keyOf(spec)) ?? this.#describe(spec, null);
    this.#write({ ...known, hasMainPid: true }, pid);
  }

  ended(spec: ProcessSpec): void {
    this.#journal?.ended(keyOf(spec));
  }

  /** One that no program stands for. */
  strayEnded(key: string): void {
    this.#journal?.ended(key);
  }

  close(): void {
    this.#journal?.close();
    this.#journal = null;
  }

  isSame(spec: ProcessSpec, birth: Pick<Birth, "program">): boolean {
    return this.#identityOf(spec) === birth.program;
  }

  #write(birth: Omit<Birth, "pid" | "start">, pid: number): void {
    const start = startTimeOf(pid, this.#root);
    // It has ended already: its exit report is on its way, and nobody can be left.
    if (start === null) this.#journal?.ended(birth.key);
    else this.#journal?.born({ ...birth, pid, start });
  }

  #describe(spec: ProcessSpec, lasting: PipeEnds | null): Omit<Birth, "pid" | "start"> {
    const { clock } = this.#o.surroundings.runtime;
    return {
      key: keyOf(spec),
      at: { mono: clock.monotonic(), wall: clock.wall() },
      program: this.#identityOf(spec),
      pipes: lasting === null ? null : {
        stdin: this.#inodeOf(lasting.stdin),
        stdout: this.#inodeOf(lasting.stdout),
        stderr: this.#inodeOf(lasting.stderr),
      },
      hasMainPid: false,
      stop: {
        signal: spec.stopSignal,
        wait: Math.min(spec.stopWaitSecs, LONGEST_WAIT_SECS),
        asGroup: spec.stopAsGroup,
        killAsGroup: spec.killAsGroup,
      },
    };
  }

  #inodeOf(fd: number): number {
    return fd < 0 ? 0 : pipeInode(`${this.#root}/self/fd/${fd}`);
  }

  #identityOf(spec: ProcessSpec): string {
    let identity = this.#identities.get(spec);
    if (identity === undefined) this.#identities.set(spec, identity = programIdentity(spec));
    return identity;
  }
}

export function keyOf({ group, name }: Pick<ProcessSpec, "group" | "name">): string {
  return `${group}:${name}`;
}
