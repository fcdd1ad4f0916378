/**
 * The running daemon: groups and processes by name, what may be asked of them, and the two ways
 * it ends. It decides nothing about a single process (process/machine.ts does) and does nothing
 * to one itself (perform.ts does).
 */
import { diffGroups } from "../config/diff.ts";
import type { ReadExtras } from "../config/load.ts";
import type { Config, GroupSpec } from "../config/types.ts";
import type { EventBus } from "../events/bus.ts";
import type { HealthView } from "../process/health.ts";
import { leavesMainPid } from "../process/machine.ts";
import type { Input, LogLevel, ProcessRecord, StateChange } from "../process/machine_types.ts";
import { canOpenLogs, loadSpecialLogs } from "../logs/special.ts";
import { inStartOrder } from "../process/order.ts";
import { decodeWaitStatus, describeExit, UNSEEN } from "../process/signals.ts";
import { type DaemonState, STOPPED_STATES } from "../process/states.ts";
import type { Clock } from "../runtime/types.ts";
import { FailureLog } from "./failure_log.ts";
import { Attendants } from "./attendants.ts";
import { DependencyGate, type WaitSnapshot } from "./dependency_gate.ts";
import { judgeEnd } from "./endings.ts";
import { Group, type GroupSnapshot } from "./group.ts";
import type { HealthKeeper } from "./health/keeper.ts";
import { HelperRunner } from "./helpers.ts";
import { canLaunch, loadLauncher } from "./limits/loader.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Orphan, OrphanFollower, OrphanWatch } from "./orphans/watch.ts";
import { performEffect } from "./perform.ts";
import type { Process, ProcessSnapshot } from "./process.ts";
import { ProcessQueue } from "./process_queue.ts";
import { stopAllGroups } from "./shutdown.ts";
import { type Choices, isDisabled, NO_CHOICES, stateFileOf } from "./state_file.ts";
import { type ProcessCounts, Statistics, type StatisticsSnapshot } from "./statistics.ts";
import type { Surroundings } from "./surroundings.ts";
import { Ticker } from "./ticker.ts";
import type { TreeKeeper } from "./tree_keeper.ts";
import type { ConfigDifference, Daemon, ManagedProcess, Successor, Updates } from "./types.ts";

/** Seconds between two lines about a stop request that waits. */
const STOP_REPORT_SECONDS = 2;

export interface SupervisorOptions {
  readonly surroundings: Surroundings;
  /**
   * Reads the configuration again with the options of this run; `previous` is the active one
   * for a reread, null for a new start.
   *
   * @throws ConfigError
   */
  readonly readConfig: (previous: Config | null, extras?: ReadExtras) => Config;
  /** What the state file says; default: nothing. */
  readonly choices?: Choices;
  /** A reread succeeded: this is the configuration in force from now on. */
  readonly adoptConfig: (config: Config) => void;
  /** Processes are being started, stopped, or change their state. */
  readonly onActivity?: () => void;
  readonly mainLog: { readonly name: string; readonly path: string | null; clear(): void };
}

/** All that lives in a daemon, for the next program. */
export interface SupervisorSnapshot {
  /** Wall milliseconds up to which TICK events have been sent. */
  readonly tickedUntil: number | null;
  readonly statistics: StatisticsSnapshot;
  /** Process by process, in the order of the groups. */
  readonly counts: readonly ProcessCounts[];
  readonly groups: readonly GroupSnapshot[];
  /** Who waits for whom to be started. */
  readonly waiting: readonly WaitSnapshot[];
}

export class Supervisor implements Daemon {
  readonly statistics = new Statistics();
  /** Set by whoever knows how: see handover/. */
  successor: Successor | null = null;
  readonly #o: SupervisorOptions;
  readonly #queue: ProcessQueue;
  /** In order of addition. */
  readonly #groups = new Map<string, Group>();
  readonly #processByPid = new Map<number, Process>();
  readonly #healthListeners = new Set<(process: ManagedProcess) => void>();
  /** Made when first needed: most daemons run no helper. */
  #helpers: HelperRunner | null = null;
  #failures: FailureLog | null = null;
  /** Loaded when a program has a check. */
  #healthKeepers: typeof HealthKeeper | null = null;
  #loading: Promise<void> | null = null;
  /** Set when a program asks for more of its logs than Supervisor has. */
  #loadingLogs: Promise<void> | null = null;
  #loadingLauncher: Promise<void> | null = null;
  /** Loaded when a program has hooks, or goes into the background. */
  #lifecycle: Promise<Lifecycle> | null = null;
  /** Loaded when a program has a killmode that needs it. */
  #treeKeeper: Promise<TreeKeeper> | null = null;
  /** Loaded when a process is not our child. */
  #orphanWatch: Promise<OrphanWatch> | null = null;
  readonly #finished: Promise<DaemonState>;
  #finish: (state: DaemonState) => void = () => {};
  #state: DaemonState = "RUNNING";
  #isStopping = false;
  #exitStatus = 0;
  #ticker: Ticker | null = null;
  /** Made for the first program with depends_on. */
  #gate: DependencyGate | null = null;
  readonly #attendants: Attendants;
  #choices: Choices;
  /** Loaded when first asked for. */
  #updates: Promise<Updates> | null = null;

  constructor(options: SupervisorOptions) {
    this.#o = options;
    this.#choices = options.choices ?? NO_CHOICES;
    const { surroundings } = options;
    this.#finished = new Promise((resolve) => this.#finish = resolve);
    const performOptions = {
      surroundings,
      statistics: this.statistics,
      submit: (process: Process, input: Input) => this.#queue.submit(process, input),
      onBirth: (pid: number, process: Process) => void this.#processByPid.set(pid, process),
      onFailure: (process: Process, change: StateChange) => {
        this.statistics.countFailure(process);
        this.#failures?.note(process, change);
      },
      lifecycle: (use: (lifecycle: Lifecycle) => void | Promise<void>) => this.#withLifecycle(use),
      tree: (use: (tree: TreeKeeper) => void) => {
        this.#loadTreeKeeper().then(use).catch((error: unknown) => this.#noteDefect(error));
      },
    };
    this.#queue = new ProcessQueue({
      clock: surroundings.runtime.clock,
      perform: (process, effect) => {
        options.onActivity?.();
        performEffect(performOptions, process, effect);
      },
      mayStart: (process) => this.#state === "RUNNING" && !process.isHeld,
      random: Math.random,
      onChange: (process, before) => this.#noteChange(process, before),
      onDefect: (error) => this.#noteDefect(error),
    });
    this.#attendants = new Attendants({
      clock: surroundings.runtime.clock,
      submit: (process, input) => this.#queue.submit(process, input),
      start: (process) => this.#startOnBehalf(process),
      reloadProgram: (process) => this.reloadProcess(process),
      log: (level, text) => this.log(level, text),
      onView: (process) => this.#tellOfView(process),
      onDefect: (error) => this.#noteDefect(error),
    });
  }

  /** Nobody has asked, but it is to be as if somebody had. */
  #startOnBehalf(process: Process): void {
    if (this.#state !== "RUNNING") return;
    const opening = this.#gate?.request(process) ?? null;
    if (opening === null) this.#queue.submit(process, { type: "start" });
    else opening.catch((error: unknown) => this.#noteDefect(error));
  }

  #noteChange(process: Process, before: ProcessRecord): void {
    const { state } = process.record;
    const mayBeTheEnd = state === "EXITED" || state === "FATAL";
    if (mayBeTheEnd && before.state !== state && this.#state === "RUNNING") this.#judgeEnd(process);
    this.#gate?.changed(process, before);
    this.#attendants.changed(process, before);
  }

  get dependencies(): DependencyGate | null {
    return this.#gate;
  }

  /** Groups have come or gone. */
  #rebuild(): void {
    const processes = this.groups().flatMap((group) => group.processes);
    this.#rebuildGate(processes);
    this.#attendants.rebuild(processes);
  }

  #rebuildGate(processes: readonly Process[]): void {
    if (this.#gate === null) {
      if (!processes.some(({ spec }) => spec.dependencies !== undefined)) return;
      this.#gate = new DependencyGate({
        submit: (process, input) => this.#queue.submit(process, input),
        consider: (process) => this.#queue.consider(process),
        onWaiting: (process) => this.#tellOfView(process),
        wall: () => this.clock.wall(),
        log: (level, text) => this.log(level, text),
      });
    }
    this.#gate.rebuild(processes);
  }

  /** Some programs take the daemon with them. */
  #judgeEnd(process: Process): void {
    const { exitWhen } = this.#o.surroundings.settings();
    const verdict = judgeEnd({ process, groups: this.#groups.values(), exitWhen });
    if (verdict === null) return;
    this.log("warn", verdict.text);
    this.#exitStatus = verdict.status;
    this.requestShutdown();
  }

  #noteDefect(error: unknown): void {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.log("critical", `uncaptured exception: ${text}`);
  }

  get pid(): number {
    return this.#o.surroundings.runtime.pid;
  }

  get identifier(): string {
    return this.#o.surroundings.settings().identifier;
  }

  get state(): DaemonState {
    return this.#state;
  }

  /** What the daemon is to end with: 0, unless it ends because a program did. */
  get exitStatus(): number {
    return this.#exitStatus;
  }

  get clock(): Clock {
    return this.#o.surroundings.runtime.clock;
  }

  get config(): Config {
    return this.#o.surroundings.config();
  }

  get events(): EventBus {
    return this.#o.surroundings.bus;
  }

  get mainLogPath(): string | null {
    return this.#o.mainLog.path;
  }

  get mainLogName(): string {
    return this.#o.mainLog.name;
  }

  clearMainLog(): void {
    this.#o.mainLog.clear();
  }

  log(level: LogLevel, text: string): void {
    this.#o.surroundings.log(level, text);
  }

  /** Runs hooks, checks and other short-lived commands. */
  get helpers(): HelperRunner {
    return this.#helpers ??= new HelperRunner({ surroundings: this.#o.surroundings });
  }

  /** Makes a process read its configuration again. @returns null, or why it did not work */
  async reloadProcess(process: ManagedProcess): Promise<string | null> {
    return await (await this.#loadLifecycle()).reload(process as Process);
  }

  async drainProcess(process: ManagedProcess): Promise<string | null> {
    if (process.spec.drain === undefined) return null;
    const { drain } = await import("./drain.ts");
    return await drain(process as Process, process.spec.drain, this.helpers);
  }

  /** A process says that its work is done by another one (sd_notify's MAINPID). */
  followMainPid(process: ManagedProcess, pid: number): void {
    this.#withLifecycle((lifecycle) => lifecycle.followAnnounced(process as Process, pid));
  }

  #withLifecycle(use: (lifecycle: Lifecycle) => void | Promise<void>): void {
    this.#loadLifecycle().then(use).catch((error: unknown) => this.#noteDefect(error));
  }

  #loadLifecycle(): Promise<Lifecycle> {
    return this.#lifecycle ??= import("./lifecycle.ts").then(({ Lifecycle }) =>
      new Lifecycle({
        surroundings: this.#o.surroundings,
        helpers: this.helpers,
        submit: (process, input) => {
          if (this.#isManaged(process)) this.#queue.submit(process, input);
        },
        isManaged: (pid) => this.#processByPid.has(pid),
        onMainPid: (pid, process) => {
          this.#processByPid.set(pid, process);
          this.#o.surroundings.births?.movedTo(process.spec, pid);
        },
      })
    );
  }

  /** Goes on with a process that another daemon has left. To be awaited before begin(). */
  async takeOrphan(process: Process, snapshot: ProcessSnapshot): Promise<void> {
    process.restore(snapshot);
    await this.#followOrphan(process);
  }

  async #followOrphan(process: Process): Promise<void> {
    const { orphan } = process;
    if (orphan === null) return;
    this.#processByPid.set(orphan.pid, process);
    const follower = (await this.#loadOrphanWatch()).follow(orphan, () => {
      // The system's own report was for somebody else.
      this.#processByPid.delete(orphan.pid);
      if (process.orphan !== orphan || !this.#isManaged(process)) return;
      this.statistics.countExit(process, UNSEEN);
      process.lastUsage = null;
      process.childExited();
      this.#queue.submit(process, { type: "exited", exit: UNSEEN });
    });
    process.follower = follower;
  }

  /** Of a process that no program stands for. @param use called at once */
  async followStray(
    orphan: Orphan,
    use: (follower: OrphanFollower) => void,
    onEnd: () => void,
  ): Promise<void> {
    use((await this.#loadOrphanWatch()).follow(orphan, onEnd));
  }

  #loadOrphanWatch(): Promise<OrphanWatch> {
    return this.#orphanWatch ??= import("./orphans/watch.ts").then(({ OrphanWatch }) =>
      new OrphanWatch(this.clock)
    );
  }

  #loadTreeKeeper(): Promise<TreeKeeper> {
    return this.#treeKeeper ??= import("./tree_keeper.ts").then(({ TreeKeeper }) =>
      new TreeKeeper({
        surroundings: this.#o.surroundings,
        submit: (process, input) => {
          if (this.#isManaged(process)) this.#queue.submit(process, input);
        },
        isManaged: (pid) => this.#processByPid.has(pid) || this.#helpers?.isRunning(pid) === true,
      })
    );
  }

  /** Its group may have been removed, or replaced by another of the same name. */
  #isManaged(process: Process): boolean {
    return this.#groups.get(process.groupName)?.process(process.name) === process;
  }

  onHealthChange(listener: (process: ManagedProcess) => void): () => void {
    this.#healthListeners.add(listener);
    return () => void this.#healthListeners.delete(listener);
  }

  /** Whoever carries out checks calls this when `process.health` has been replaced. */
  noteHealth(process: Process, health: HealthView): void {
    process.health = health;
    this.#gate?.healthChanged(process);
    this.#tellOfView(process);
  }

  #tellOfView(process: Process): void {
    for (const listener of [...this.#healthListeners]) {
      try {
        listener(process);
      } catch (error) {
        this.#noteDefect(error);
      }
    }
  }

  groups(): readonly Group[] {
    return inStartOrder(this.#groups.values(), (group) => group.priority);
  }

  group(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /**
   * Activates every configured group; nothing is started yet.
   *
   * @throws Error with a sentence, when a log or a socket of a group cannot be made
   */
  activateGroups(): void {
    for (const spec of this.config.groups) {
      if (!this.#groups.has(spec.name)) this.#activate(spec);
    }
  }

  /** To be awaited before begin(): what the active groups need is loaded. */
  async prepare(): Promise<void> {
    await this.#loading;
    await this.#loadingLogs;
    await this.#loadingLauncher;
  }

  /**
   * What this daemon has in hand, for the program that takes over: plain data and descriptors.
   * Nothing is changed.
   */
  snapshot(): SupervisorSnapshot {
    return {
      tickedUntil: this.#ticker?.seen ?? null,
      statistics: this.statistics.snapshot(this.clock.monotonic()),
      counts: this.#allProcesses().map((process) => this.statistics.countsOf(process)),
      groups: [...this.#groups.values()].map((group) => group.snapshot()),
      waiting: this.#gate?.snapshot() ?? [],
    };
  }

  /**
   * Goes on with what the program before this one has left, instead of activateGroups() and
   * begin(). Nobody is told that anything has started: nothing has. reap() must follow.
   */
  async restore(left: SupervisorSnapshot): Promise<void> {
    this.#watchFailures();
    for (const snapshot of left.groups) {
      this.#take(new Group(snapshot.spec, this.#o.surroundings, snapshot));
    }
    await this.prepare();
    for (const snapshot of left.groups) {
      try {
        this.#groups.get(snapshot.spec.name)?.restore(snapshot);
      } catch (error) {
        // The other groups are to go on all the same.
        this.#noteDefect(error);
      }
    }
    this.statistics.restore(left.statistics);
    for (const [index, process] of this.#allProcesses().entries()) {
      const counts = left.counts[index];
      if (counts !== undefined) this.statistics.restoreCounts(process, counts);
      for (const pid of process.pids) this.#processByPid.set(pid, process);
      await this.#followOrphan(process);
    }
    this.#ticker = new Ticker(this.events, this.clock, left.tickedUntil ?? this.clock.wall());
    this.#rebuild();
    this.#gate?.restore(left.waiting);
    for (const group of this.groups()) this.#considerAll(group);
  }

  #allProcesses(): Process[] {
    return [...this.#groups.values()].flatMap((group) => group.processes);
  }

  /** Why this daemon cannot be taken over just now; null when it can. */
  get obstacle(): string | null {
    if (this.#state !== "RUNNING") return "supervisord is shutting down";
    const waiting = this.#allProcesses().find(({ record }) => record.waitsFor !== null);
    if (waiting !== undefined) {
      return `'${waiting.name}' waits for its ${waiting.record.waitsFor?.replace("_", " ")}`;
    }
    const helpers = this.#helpers?.running ?? 0;
    return helpers === 0
      ? null
      : `${helpers} helper command${helpers === 1 ? "" : "s"} still running`;
  }

  /** From here on processes start by themselves, and TICKs are sent. */
  begin(): void {
    this.#watchFailures();
    this.events.publish({ kind: "daemon-state", state: "RUNNING" });
    this.#ticker = new Ticker(this.events, this.clock);
    this.#rebuild();
    for (const group of this.groups()) this.#considerAll(group);
  }

  #watchFailures(): void {
    this.#failures = new FailureLog({
      statistics: this.statistics,
      surroundings: this.#o.surroundings,
      isManaged: (pid) => this.#processByPid.has(pid),
      onDefect: (error) => this.#noteDefect(error),
    });
  }

  /** Resolves when all processes have stopped, with SHUTDOWN or RESTARTING. */
  finished(): Promise<DaemonState> {
    return this.#finished;
  }

  /** After finished(): closes what is still open. */
  dispose(): void {
    this.#queue.stop();
    this.#helpers?.dispose();
    this.#failures?.dispose();
    void this.#orphanWatch?.then((watch) => watch.stop());
    for (const group of this.#groups.values()) group.dispose();
  }

  submit(process: ManagedProcess, input: Input): void {
    this.#queue.submit(process as Process, input);
  }

  until(
    process: ManagedProcess,
    holds: (record: ProcessRecord) => boolean,
  ): Promise<ProcessRecord> {
    return this.#queue.until(process as Process, holds);
  }

  reportWaitingForStop(process: ManagedProcess): void {
    if (process.record.state !== "STOPPING") return;
    this.log("info", `waiting for ${process.name} to stop`);
    this.clock.after(STOP_REPORT_SECONDS * 1000, () => this.reportWaitingForStop(process));
  }

  requestShutdown(): void {
    this.#state = "SHUTDOWN";
    this.#beginStopping();
  }

  /** @throws ConfigError when the configuration cannot be read: then nothing changes */
  requestRestart(): void {
    if (this.#state === "SHUTDOWN") return;
    this.#o.readConfig(null);
    this.#state = "RESTARTING";
    this.#beginStopping();
  }

  /** On the next turn, so that whoever asked gets an answer first. */
  #beginStopping(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.clock.after(0, () => void this.#stopEverything());
  }

  async #stopEverything(): Promise<void> {
    this.#gate?.close();
    this.#attendants.dispose();
    this.events.publish({ kind: "daemon-state", state: "STOPPING" });
    for (const group of this.#groups.values()) this.#considerAll(group);
    await stopAllGroups({
      groups: [...this.#groups.values()],
      queue: this.#queue,
      clock: this.clock,
      log: (level, text) => this.log(level, text),
      dependantsOf: (process) => this.#gate?.dependantsOf(process) ?? [],
    });
    this.#ticker?.stop();
    this.#finish(this.#state);
  }

  reread(): ConfigDifference {
    const config = this.#o.readConfig(this.config, { scale: this.#choices.scale });
    this.#o.adoptConfig(config);
    return diffGroups([...this.#groups.values()].map((group) => group.spec), config.groups);
  }

  updates(): Promise<Updates> {
    return this.#updates ??= import("./updates.ts").then(({ Updates }) =>
      new Updates({
        state: () => this.#state,
        config: () => this.config,
        readConfig: (extras) => this.#o.readConfig(this.config, extras),
        adoptConfig: this.#o.adoptConfig,
        groups: () => this.groups(),
        dependencies: () => this.#gate,
        submit: (process, input) => this.#queue.submit(process, input),
        until: (process, holds) => this.#queue.until(process, holds),
        reportWaitingForStop: (process) => this.reportWaitingForStop(process),
        addGroup: (spec) => void this.#activate(spec),
        removeGroup: (group) => this.#deactivate(group),
        reshapeGroup: (group, spec, recordOf) => {
          this.#reshape(group, spec, recordOf);
        },
        settle: () => this.#settle(),
        choices: () => this.#choices,
        setChoices: (choices) => {
          this.#choices = choices;
          for (const group of this.#groups.values()) this.#applyChoices(group);
        },
        stateFile: () => stateFileOf(this.config.daemon),
        log: (level, text) => this.log(level, text),
      })
    );
  }

  /** Whoever keeps a list of the group hears of it as of an update, if the list is another one. */
  #reshape(
    group: Group,
    spec: GroupSpec,
    recordOf: (replaced: Process | null) => ProcessRecord,
  ): void {
    const before = group.processes.map((process) => process.name);
    for (const process of group.reshape(spec, recordOf)) {
      this.#queue.forget(process);
      process.dispose();
    }
    this.#equip(group);
    for (const process of group.processes) this.#tellOfView(process);
    const isSameList = before.length === group.processes.length &&
      before.every((name) => group.process(name) !== undefined);
    if (isSameList) return;
    for (const change of ["REMOVED", "ADDED"] as const) {
      this.events.publish({ kind: "process-group", change, group: group.name });
    }
  }

  /** Who depends on whom is looked at once, and then whoever may start does. */
  #settle(): void {
    this.#rebuild();
    for (const group of this.groups()) this.#considerAll(group);
  }

  #applyChoices({ name, processes }: Group): void {
    for (const process of processes) {
      const isNews = process.setDisabled(isDisabled(this.#choices, name, process.name));
      if (isNews) this.#tellOfView(process);
    }
  }

  addGroup(name: string): "added" | "active" | "unknown" {
    const spec = this.config.groups.find((group) => group.name === name);
    if (this.#groups.has(name)) return "active";
    if (spec === undefined) return "unknown";
    const group = this.#activate(spec);
    this.#rebuild();
    this.#considerAll(group);
    return "added";
  }

  removeGroup(name: string): "removed" | "running" | "unknown" {
    const group = this.#groups.get(name);
    if (group === undefined) return "unknown";
    if (group.processes.some(({ record }) => !STOPPED_STATES.has(record.state))) return "running";
    this.#deactivate(group);
    this.#rebuild();
    return "removed";
  }

  #deactivate(group: Group): void {
    for (const process of group.processes) this.#queue.forget(process);
    this.#groups.delete(group.name);
    group.dispose();
    this.events.publish({ kind: "process-group", change: "REMOVED", group: group.name });
  }

  /** SIGCHLD: collects everybody who has ended, ours and orphans. */
  reap(): void {
    for (const { pid, status, usage } of this.#o.surroundings.runtime.reap()) {
      const exit = decodeWaitStatus(status);
      const process = this.#processByPid.get(pid);
      if (process === undefined) {
        if (this.#helpers?.exited(pid, exit) === true) continue;
        this.log("info", `reaped unknown pid ${pid} (${describeExit(exit)})`);
        continue;
      }
      this.#processByPid.delete(pid);
      if (process.record.hasMainPid && process.record.pid !== pid) {
        this.#withLifecycle((lifecycle) => lifecycle.launcherExited(process, exit));
        continue;
      }
      if (leavesMainPid(process.spec, process.record, exit)) {
        this.#queue.submit(process, { type: "exited", exit });
        continue;
      }
      this.statistics.countExit(process, exit);
      process.lastUsage = usage ?? null;
      process.childExited();
      this.#queue.submit(process, { type: "exited", exit });
    }
  }

  /** SIGUSR2: the logs of running children. */
  reopenLogs(): void {
    for (const group of this.#groups.values()) {
      for (const process of group.processes) process.reopenLogs();
    }
  }

  #activate(spec: GroupSpec): Group {
    const group = this.#take(new Group(spec, this.#o.surroundings));
    this.events.publish({ kind: "process-group", change: "ADDED", group: spec.name });
    return group;
  }

  #take(group: Group): Group {
    this.#groups.set(group.name, group);
    this.#equip(group);
    return group;
  }

  #equip(group: Group): void {
    this.#applyChoices(group);
    if (group.processes.some(isChecked)) this.#accompany(group);
    if (!group.spec.processes.every(canOpenLogs)) this.#loadLogs(group);
    if (!group.spec.processes.every(canLaunch)) this.#loadLauncher(group);
  }

  /** Its processes start when their logs can be written. */
  #loadLogs(group: Group): void {
    this.#loadingLogs = loadSpecialLogs().then(() => {
      if (this.#groups.get(group.name) === group && this.#ticker !== null) this.#considerAll(group);
    });
  }

  /** Its processes start when their limits can be set. */
  #loadLauncher(group: Group): void {
    this.#loadingLauncher = loadLauncher().then(() => {
      if (this.#groups.get(group.name) === group && this.#ticker !== null) this.#considerAll(group);
    });
  }

  /** Gives those with checks who carries them out: at once, or as soon as that is loaded. */
  #accompany(group: Group): void {
    if (this.#healthKeepers === null) {
      this.#loading ??= import("./health/keeper.ts").then((module) => {
        this.#healthKeepers = module.HealthKeeper;
      });
      void this.#loading.then(() => {
        // It may have been removed since.
        if (this.#groups.get(group.name) !== group) return;
        this.#accompany(group);
        if (this.#ticker !== null) this.#considerAll(group);
      });
      return;
    }
    for (const process of group.processes) {
      const { health: policy } = process.spec;
      if (policy === undefined || process.companion !== null) continue;
      process.companion = new this.#healthKeepers({
        process,
        policy,
        surroundings: this.#o.surroundings,
        helpers: () => this.helpers,
        submit: (one, input) => this.#queue.submit(one, input),
        onChange: (one, view) => this.noteHealth(one, view),
        onMainPid: (one, pid) => this.followMainPid(one, pid),
      });
    }
  }

  #considerAll(group: Group): void {
    for (const process of inStartOrder(group.processes, ({ spec }) => spec.priority)) {
      if (isChecked(process) && process.companion === null) continue;
      if (!canLaunch(process.spec)) continue;
      if (canOpenLogs(process.spec)) this.#queue.consider(process);
    }
  }
}

function isChecked({ spec }: Process): boolean {
  return spec.health !== undefined;
}
