/** One managed process: configuration, record, logs, and the child while there is one. */
import type { FcgiSpec, ProcessSpec } from "../config/types.ts";
import type { FailureReport, ResourceUse } from "../process/failure.ts";
import type { HealthView } from "../process/health.ts";
import type { ScheduleView } from "../process/schedule.ts";
import { NEW_RECORD } from "../process/machine.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import { canOpenLogs } from "../logs/special.ts";
import type { ChildSnapshot } from "./child.ts";
import { ChildDescriptors } from "./child_descriptors.ts";
import { Children } from "./children.ts";
import type { BirthGift, Companion, CompanionSnapshot } from "./companion.ts";
import type { FcgiSocket } from "./fcgi_socket.ts";
import type { HelperRequest } from "./helpers.ts";
import { canLaunch, launcher } from "./limits/loader.ts";
import type { MemberHandle } from "./listeners.ts";
import type { Orphan, OrphanFollower } from "./orphans/watch.ts";
import { ProcessLogs, type ProcessLogsSnapshot } from "./process_logs.ts";
import { type HelperWishes, RunContext } from "./run_context.ts";
import { collectSecrets } from "./secrets.ts";
import {
  explainPreparation,
  PreparationError,
  spawnChild,
  type SpawnOutcome,
} from "./spawn_child.ts";
import { lookUpCommand } from "./spawn_plan.ts";
import type { Surroundings } from "./surroundings.ts";
import type { LeftBehind } from "./tree_keeper.ts";
import type { Channel, CommandProblem, ManagedProcess, OutputCounts } from "./types.ts";

/** A process as the next program finds it. */
export interface ProcessSnapshot {
  readonly name: string;
  readonly record: ProcessRecord;
  readonly logs: ProcessLogsSnapshot;
  readonly child: ChildSnapshot | null;
  /** Exited, with pipes that are still read. */
  readonly lingering: readonly ChildSnapshot[];
  /** The shared socket of a fcgi-program, while this process has a child. */
  readonly socket: number | null;
  /** Of its checks. */
  readonly companion: CompanionSnapshot | null;
  /** Of its schedule. An older program has left none. */
  readonly schedule?: ScheduleView | null;
  /** Facts for people, which nothing depends on. */
  readonly facts: Partial<
    Pick<
      Process,
      "failures" | "lastUsage" | "standInReason" | "leftBehind" | "controlGroup" | "orphan"
    >
  >;
}

export interface ProcessOptions {
  readonly spec: ProcessSpec;
  readonly surroundings: Surroundings;
  readonly logPaths: Readonly<Record<Channel, string | null>>;
  readonly isListener: boolean;
  /** The shared socket of a fcgi-program; null for all others. */
  readonly fcgiSocket: FcgiSocket | null;
}

export class Process implements ManagedProcess {
  spec: ProcessSpec;
  isDisabled = false;
  /** Written by the supervisor alone, after each step of the machine. */
  record: ProcessRecord = NEW_RECORD;
  /** Written by the dependency gate: it must not start by itself. */
  isHeld = false;
  waitingFor: string | null = null;
  /** Written by whoever carries out its checks. */
  health: HealthView | null = null;
  /** Written by the Scheduler. */
  schedule: ScheduleView | null = null;
  /** Written by the FailureLog. */
  failures: readonly FailureReport[] = [];
  /** Of the child that was reaped last. */
  lastUsage: ResourceUse | null = null;
  /** What was said in the place of the latest child, because that could not be started. */
  standInReason: string | null = null;
  /** What secret_command has printed, until the start that it is for. */
  secrets: Readonly<Record<string, string>> | null = null;
  /** Set for the members of a listener pool. */
  member: MemberHandle | null = null;
  /** Set for those with a check. */
  companion: Companion | null = null;
  /** Who was still there when the process had last ended; null: nobody, or nobody was looked for. */
  leftBehind: LeftBehind | null = null;
  /** Directory of its control group, while there is one. */
  controlGroup: string | null = null;
  /** The settings as they were read. */
  #configured: ProcessSpec;
  /** Set while the process is one that a killed daemon had started: nobody reports its end. */
  orphan: Orphan | null = null;
  /** Finds that out. */
  follower: OrphanFollower | null = null;
  readonly #o: ProcessOptions;
  readonly #logs: ProcessLogs;
  readonly #children: Children;
  readonly #context: RunContext;

  constructor(options: ProcessOptions) {
    this.#o = options;
    this.spec = options.spec;
    this.#configured = options.spec;
    this.#context = new RunContext(this, options.surroundings);
    this.#logs = new ProcessLogs({
      spec: options.spec,
      surroundings: options.surroundings,
      paths: options.logPaths,
      isListener: options.isListener,
      pid: () => this.record.pid,
      onHold: (channel, isHeld) => this.#children.current?.hold(channel, isHeld),
    });
    this.#children = new Children({
      surroundings: options.surroundings,
      isListener: options.isListener,
      logs: this.#logs,
      onHangUp: () => this.follower?.hurry(),
    });
  }

  /** Takes on settings that the daemon alone goes by: see canAdopt(). */
  adopt(spec: ProcessSpec): void {
    this.spec = this.isDisabled ? { ...spec, autostart: false } : spec;
    this.#configured = spec;
  }

  /** @returns whether that is news */
  setDisabled(isDisabled: boolean): boolean {
    if (this.isDisabled === isDisabled) return false;
    this.isDisabled = isDisabled;
    this.adopt(this.#configured);
    return true;
  }

  get name(): string {
    return this.spec.name;
  }

  get isAdopted(): boolean {
    return this.orphan !== null;
  }

  get groupName(): string {
    return this.spec.group;
  }

  get fcgiSpec(): FcgiSpec | null {
    return this.#o.fcgiSocket?.spec ?? null;
  }

  logPath(channel: Channel): string | null {
    return this.#logs.path(channel);
  }

  clearLogs(): void {
    this.#logs.clear();
  }

  rotateLogs(): void {
    this.#logs.rollOver();
  }

  outputCounts(channel: Channel): OutputCounts {
    return this.#logs.counts(channel);
  }

  /** How much the latest child has written to the log of a channel. */
  bytesOfRun(channel: Channel): number {
    return this.#children.bytesOfLatest(channel);
  }

  reopenLogs(): void {
    this.#logs.reopen();
  }

  checkCommand(): CommandProblem | null {
    const lookup = lookUpCommand(this.spec, this.#o.surroundings.environment["PATH"]);
    return lookup.ok ? null : lookup.problem;
  }

  writeStdin(bytes: Uint8Array): boolean {
    return this.#children.current?.write(bytes) ?? false;
  }

  /**
   * A command on behalf of this process: as its user, in its directory, with its environment.
   *
   * @returns a sentence when that user cannot be had
   */
  helperRequest(wishes: HelperWishes): HelperRequest | string {
    return this.#context.helperRequest(wishes);
  }

  /** What tells its orphans from those of others. */
  get treeMark(): string {
    return this.#context.treeMark;
  }

  get stdinPending(): number {
    return this.#children.current?.stdinPending ?? 0;
  }

  /** Starts a child. Never throws: what goes wrong is a sentence for the log and the status. */
  spawn(): SpawnOutcome {
    const { surroundings } = this.#o;
    const { name, spec } = this;
    const missing = this.#notLoaded();
    if (missing !== null) return { ok: false, reason: `${missing} is not loaded yet` };
    const lookup = lookUpCommand(spec, surroundings.environment["PATH"]);
    if (!lookup.ok) return { ok: false, reason: lookup.problem.text };
    const secrets = collectSecrets(spec.secretFiles, this.secrets);
    // For one start; then they are forgotten.
    this.secrets = null;
    if (!secrets.ok) return secrets;
    // What it leaves in the background becomes our child, and its exit report comes to us.
    if (spec.pidFile !== undefined || spec.killTree !== undefined) {
      surroundings.runtime.system.becomeSubreaper();
    }
    try {
      this.#logs.acquire();
    } catch (error) {
      return { ok: false, reason: explainPreparation(name, error) };
    }
    const descriptors = new ChildDescriptors(surroundings);
    try {
      const gift = this.#openDescriptors(descriptors);
      const { command } = lookup;
      const { stdio } = descriptors;
      this.standInReason = null;
      const outcome = spawnChild(
        { surroundings, spec, command, stdio },
        this.#context.spawnRequest(command, secrets.values, descriptors, gift),
      );
      if (!outcome.ok) {
        this.#undo(descriptors);
        return outcome;
      }
      this.standInReason = outcome.standInReason ?? null;
      surroundings.births?.born(spec, outcome.pid);
      descriptors.closeChildEnds();
      this.#children.adopt(outcome.pid, descriptors, this);
      this.companion?.born();
      return outcome;
    } catch (error) {
      this.#undo(descriptors);
      return { ok: false, reason: explainPreparation(name, error) };
    }
  }

  /** Somebody may be faster than the loading of it, which takes milliseconds: the next try works. */
  #notLoaded(): string | null {
    if (this.spec.health !== undefined && this.companion === null) return "what checks it";
    if (!canOpenLogs(this.spec)) return "what writes its logs";
    return canLaunch(this.spec) ? null : "what sets its limits";
  }

  #undo(descriptors: ChildDescriptors): void {
    this.companion?.unborn();
    this.#o.surroundings.births?.ended(this.spec);
    descriptors.closeAll();
    this.#logs.release();
  }

  /** @returns what its companion gives it, whose descriptors are among those opened */
  #openDescriptors(descriptors: ChildDescriptors): BirthGift | null {
    const { fcgiSocket: socket, isListener, surroundings: { births } } = this.#o;
    const { companion, spec: { redirectStderr } } = this;
    const readsAll = companion?.wantsOutput === true;
    // What a listener is in the middle of, and a shared socket, nobody else can go on with.
    const isLasting = births?.keepsPipes === true && !isListener && socket === null;
    descriptors.openStreams({
      socket,
      readsStdout: readsAll || this.#logs.isWanted("stdout"),
      readsStderr: readsAll || this.#logs.isWanted("stderr"),
      redirectStderr,
      births: isLasting ? births : null,
    });
    const gift = companion?.prepare() ?? null;
    if (typeof gift === "string") throw new PreparationError(gift);
    if (gift !== null) descriptors.give(gift.descriptors.values());
    descriptors.keepReserve();
    return gift;
  }

  /** The child was reaped: its last words are written before anybody hears of its end. */
  childExited(): void {
    if (!this.#children.exited()) return;
    this.companion?.childExited();
    this.orphan = null;
    this.follower = null;
    this.#o.surroundings.births?.ended(this.spec);
    this.#logs.endOfChild();
    this.#o.fcgiSocket?.release();
    this.member?.exited();
  }

  /** Whose exit reports are about it: the one that was spawned, and its main process. */
  get pids(): Set<number> {
    const pids = new Set([this.record.pid, this.#children.current?.pid ?? 0]);
    pids.delete(0);
    return pids;
  }

  /** Everything that lives, as plain data and descriptors. Nothing is changed. */
  snapshot(): ProcessSnapshot {
    const { failures, lastUsage, standInReason, leftBehind, controlGroup, orphan } = this;
    return {
      name: this.name,
      record: this.record,
      logs: this.#logs.snapshot(),
      child: this.#children.current?.snapshot() ?? null,
      lingering: [...this.#children.lingering].map((child) => child.snapshot()),
      socket: this.#children.current === null ? null : this.#o.fcgiSocket?.fd ?? null,
      companion: this.companion?.snapshot() ?? null,
      schedule: this.schedule,
      facts: { failures, lastUsage, standInReason, leftBehind, controlGroup, orphan },
    };
  }

  /**
   * Goes on with what the program before has left, in a process that has done nothing yet.
   * Children that cannot be logged any more go on without; that is logged.
   */
  restore(snapshot: ProcessSnapshot): void {
    const { record, logs, child, lingering, socket, companion } = snapshot;
    // What a record of the program before does not have is as in a new one.
    this.record = { ...NEW_RECORD, ...record };
    Object.assign(this, snapshot.facts);
    const children = [...lingering, ...(child === null ? [] : [child])];
    for (const _ of children) this.#acquireLogs();
    this.#logs.restore(logs);
    if (socket !== null) this.#o.fcgiSocket?.adopt(socket);
    for (const one of children) this.#children.restore(one, one === child, this);
    if (companion !== null) this.companion?.resume(companion);
    this.schedule = snapshot.schedule ?? null;
  }

  #acquireLogs(): void {
    try {
      this.#logs.acquire();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `output of '${this.name}' is not logged until it is started again: ${reason}`;
      this.#o.surroundings.log("critical", text);
    }
  }

  /** Lets go of everything open; children are not touched. */
  dispose(): void {
    this.companion?.dispose();
    // Made for its limits; before, whoever asks why it has ended finds the counts in it.
    if (this.spec.cgroupLimits !== undefined && this.controlGroup !== null) {
      launcher()?.removeControlGroup(this.controlGroup);
    }
    this.#children.close();
    this.#logs.close();
  }
}
