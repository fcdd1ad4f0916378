/**
 * The running daemon: what it consists of, how its parts are wired, and what may be asked of it. It
 * decides nothing about a single process (process/machine.ts does) and does nothing to one itself
 * (perform.ts does).
 */
import { diffGroups } from "../config/diff.ts";
import type { ReadExtras } from "../config/load.ts";
import type { Config } from "../config/types.ts";
import type { EventBus } from "../events/bus.ts";
import type { HealthView } from "../process/health.ts";
import type { Input, LogLevel, ProcessRecord } from "../process/machine_types.ts";
import { type DaemonState, STOPPED_STATES } from "../process/states.ts";
import type { Clock } from "../runtime/types.ts";
import { ActiveGroups } from "./active_groups.ts";
import { describeDefect } from "./defects.ts";
import type { DependencyGate } from "./dependency_gate.ts";
import { judgeEnd } from "./endings.ts";
import { Equipment } from "./equipment.ts";
import { FailureLog } from "./failure_log.ts";
import type { Group } from "./group.ts";
import type { HelperRunner } from "./helpers.ts";
import { OrphanFollowing } from "./orphans/following.ts";
import type { Orphan, OrphanFollower } from "./orphans/watch.ts";
import { PartsOnDemand } from "./parts_on_demand.ts";
import { performEffect, type PerformOptions } from "./perform.ts";
import type { Process, ProcessSnapshot } from "./process.ts";
import { ProcessQueue } from "./process_queue.ts";
import { Reaper } from "./reaper.ts";
import { RunState } from "./run_state.ts";
import { stopAllGroups } from "./shutdown.ts";
import { type Choices, NO_CHOICES, stateFileOf } from "./state_file.ts";
import { obstacleIn, restoreGroups, snapshotGroups, type SupervisorSnapshot } from "./snapshot.ts";
import { StartControl } from "./start_control.ts";
import { Statistics } from "./statistics.ts";
import type { Surroundings } from "./surroundings.ts";
import { Ticker } from "./ticker.ts";
import type { ConfigDifference, Daemon, ManagedProcess, Successor, Updates } from "./types.ts";
import { ViewListeners } from "./view_listeners.ts";

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

export class Supervisor implements Daemon {
  readonly statistics = new Statistics();
  /** Set by whoever knows how: see handover/. */
  successor: Successor | null = null;
  readonly #o: SupervisorOptions;
  readonly #queue: ProcessQueue;
  readonly #groups: ActiveGroups;
  readonly #reaper: Reaper;
  readonly #orphans: OrphanFollowing;
  readonly #parts: PartsOnDemand;
  readonly #equipment: Equipment;
  readonly #starts: StartControl;
  readonly #views: ViewListeners;
  readonly #run: RunState;
  #failures: FailureLog | null = null;
  #ticker: Ticker | null = null;
  /** Loaded when first asked for. */
  #updates: Promise<Updates> | null = null;

  constructor(options: SupervisorOptions) {
    this.#o = options;
    const { surroundings } = options;
    const { clock } = surroundings.runtime;
    const submit = (process: Process, input: Input) => this.#queue.submit(process, input);
    const isManaged = (process: Process) => this.#groups.isManaged(process);
    const onView = (process: Process) => this.#views.tell(process);
    const onDefect = (error: unknown) => this.#noteDefect(error);
    const onBirth = (pid: number, process: Process) => this.#reaper.expect(pid, process);

    this.#views = new ViewListeners(onDefect);
    this.#run = new RunState({ clock, stopEverything: () => this.#stopEverything() });
    this.#groups = new ActiveGroups({
      surroundings,
      choices: options.choices ?? NO_CHOICES,
      onProcesses: (group) => this.#equipment.equip(group),
      onLeave: (process) => this.#queue.forget(process),
      onView,
    });
    this.#parts = new PartsOnDemand({
      surroundings,
      submit: (process, input) => {
        if (isManaged(process)) submit(process, input);
      },
      isProcess: (pid) => this.#reaper.expects(pid),
      onMainPid: (pid, process) => {
        onBirth(pid, process);
        surroundings.births?.movedTo(process.spec, pid);
      },
      onDefect,
    });
    this.#reaper = new Reaper({
      surroundings,
      statistics: this.statistics,
      submit,
      helperExited: (pid, exit) => this.#parts.helperExited(pid, exit),
      launcherExited: (process, exit) =>
        this.#parts.withLifecycle((lifecycle) => lifecycle.launcherExited(process, exit)),
    });
    this.#orphans = new OrphanFollowing({ clock, reaper: this.#reaper, isManaged });
    this.#equipment = new Equipment({
      surroundings,
      helpers: () => this.helpers,
      submit,
      onHealth: (process, view) => this.noteHealth(process, view),
      onMainPid: (process, pid) => this.followMainPid(process, pid),
      isActive: (group) => this.#groups.isActive(group),
      onLoaded: (group) => this.#starts.considerAgain(group),
    });
    const performOptions: PerformOptions = {
      surroundings,
      statistics: this.statistics,
      submit,
      onBirth,
      onFailure: (process, change) => {
        this.statistics.countFailure(process);
        this.#failures?.note(process, change);
      },
      lifecycle: (use) => this.#parts.withLifecycle(use),
      tree: (use) => this.#parts.withTree(use),
    };
    this.#queue = new ProcessQueue({
      clock,
      perform: (process, effect) => {
        options.onActivity?.();
        performEffect(performOptions, process, effect);
      },
      mayStart: (process) => this.#run.state === "RUNNING" && !process.isHeld,
      random: Math.random,
      onChange: (process, before) => this.#noteChange(process, before),
      onDefect,
    });
    this.#starts = new StartControl({
      clock,
      log: surroundings.log,
      submit,
      consider: (process) => this.#queue.consider(process),
      groups: () => this.groups(),
      isReady: (process) => this.#equipment.isReady(process),
      mayStart: () => this.state === "RUNNING",
      reloadProgram: (process) => this.reloadProcess(process),
      onView,
      onDefect,
    });
  }

  get pid(): number {
    return this.#o.surroundings.runtime.pid;
  }

  get identifier(): string {
    return this.#o.surroundings.settings().identifier;
  }

  get state(): DaemonState {
    return this.#run.state;
  }

  /** What the daemon is to end with: 0, unless it ends because a program did. */
  get exitStatus(): number {
    return this.#run.exitStatus;
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
    return this.#parts.helpers;
  }

  get dependencies(): DependencyGate | null {
    return this.#starts.dependencies;
  }

  groups(): readonly Group[] {
    return this.#groups.inStartOrder();
  }

  group(name: string): Group | undefined {
    return this.#groups.get(name);
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

  /** Makes a process read its configuration again. @returns null, or why it did not work */
  async reloadProcess(process: ManagedProcess): Promise<string | null> {
    return await (await this.#parts.lifecycle()).reload(process as Process);
  }

  async drainProcess(process: ManagedProcess): Promise<string | null> {
    if (process.spec.drain === undefined) return null;
    const { drain } = await import("./drain.ts");
    return await drain(process as Process, process.spec.drain, this.helpers);
  }

  /** A process says that its work is done by another one (sd_notify's MAINPID). */
  followMainPid(process: ManagedProcess, pid: number): void {
    this.#parts.withLifecycle((lifecycle) => lifecycle.followAnnounced(process as Process, pid));
  }

  reportWaitingForStop(process: ManagedProcess): void {
    if (process.record.state !== "STOPPING") return;
    this.log("info", `waiting for ${process.name} to stop`);
    this.clock.after(STOP_REPORT_SECONDS * 1000, () => this.reportWaitingForStop(process));
  }

  onHealthChange(listener: (process: ManagedProcess) => void): () => void {
    return this.#views.add(listener);
  }

  /** Whoever carries out checks calls this when `process.health` has been replaced. */
  noteHealth(process: Process, health: HealthView): void {
    process.health = health;
    this.#starts.healthChanged(process);
    this.#views.tell(process);
  }

  /** SIGCHLD: collects everybody who has ended, ours and orphans. */
  reap(): void {
    this.#reaper.reap();
  }

  /** Goes on with a process that another daemon has left. To be awaited before begin(). */
  async takeOrphan(process: Process, snapshot: ProcessSnapshot): Promise<void> {
    process.restore(snapshot);
    await this.#orphans.follow(process);
  }

  /** Of a process that no program stands for. @param use called at once */
  async followStray(
    orphan: Orphan,
    use: (follower: OrphanFollower) => void,
    onEnd: () => void,
  ): Promise<void> {
    await this.#orphans.followStray(orphan, use, onEnd);
  }

  /** SIGUSR2: the logs of running children. */
  reopenLogs(): void {
    for (const process of this.#groups.processes()) process.reopenLogs();
  }

  /**
   * Activates every configured group; nothing is started yet.
   *
   * @throws Error with a sentence, when a log or a socket of a group cannot be made
   */
  activateGroups(): void {
    for (const spec of this.config.groups) {
      if (this.#groups.get(spec.name) === undefined) this.#groups.add(spec);
    }
  }

  /** To be awaited before begin(): what the active groups need is loaded. */
  async prepare(): Promise<void> {
    await this.#equipment.loaded();
  }

  /** From here on processes start by themselves, and TICKs are sent. */
  begin(): void {
    this.#watchFailures();
    this.events.publish({ kind: "daemon-state", state: "RUNNING" });
    this.#ticker = new Ticker(this.events, this.clock);
    this.#starts.begin();
  }

  /** Why this daemon cannot be taken over just now; null when it can. */
  get obstacle(): string | null {
    if (this.state !== "RUNNING") return "supervisord is shutting down";
    return obstacleIn(this.#groups, this.#parts.runningHelpers);
  }

  /**
   * What this daemon has in hand, for the program that takes over: plain data and descriptors.
   * Nothing is changed.
   */
  snapshot(): SupervisorSnapshot {
    return {
      tickedUntil: this.#ticker?.seen ?? null,
      ...snapshotGroups(this.#groups, this.statistics, this.clock.monotonic()),
      waiting: this.#starts.snapshot(),
    };
  }

  /**
   * Goes on with what the program before this one has left, instead of activateGroups() and
   * begin(). Nobody is told that anything has started: nothing has. reap() must follow.
   */
  async restore(left: SupervisorSnapshot): Promise<void> {
    this.#watchFailures();
    await restoreGroups({
      groups: this.#groups,
      statistics: this.statistics,
      reaper: this.#reaper,
      orphans: this.#orphans,
      prepared: () => this.prepare(),
      onDefect: (error) => this.#noteDefect(error),
    }, left);
    this.#ticker = new Ticker(this.events, this.clock, left.tickedUntil ?? this.clock.wall());
    this.#starts.resume(left.waiting);
  }

  requestShutdown(): void {
    this.#run.shutDown();
  }

  /** @throws ConfigError when the configuration cannot be read: then nothing changes */
  requestRestart(): void {
    if (this.state === "SHUTDOWN") return;
    this.#o.readConfig(null);
    this.#run.restart();
  }

  /** Resolves when all processes have stopped, with SHUTDOWN or RESTARTING. */
  finished(): Promise<DaemonState> {
    return this.#run.finished();
  }

  /** After finished(): closes what is still open. */
  dispose(): void {
    this.#queue.stop();
    this.#parts.dispose();
    this.#failures?.dispose();
    this.#orphans.stop();
    this.#groups.dispose();
  }

  reread(): ConfigDifference {
    const config = this.#o.readConfig(this.config, { scale: this.#groups.choices.scale });
    this.#o.adoptConfig(config);
    return diffGroups(this.#groups.all().map((group) => group.spec), config.groups);
  }

  addGroup(name: string): "added" | "active" | "unknown" {
    if (this.#groups.get(name) !== undefined) return "active";
    const spec = this.config.groups.find((group) => group.name === name);
    if (spec === undefined) return "unknown";
    const group = this.#groups.add(spec);
    this.#starts.groupsChanged();
    this.#starts.consider([group]);
    return "added";
  }

  removeGroup(name: string): "removed" | "running" | "unknown" {
    const group = this.#groups.get(name);
    if (group === undefined) return "unknown";
    if (group.processes.some(({ record }) => !STOPPED_STATES.has(record.state))) return "running";
    this.#groups.remove(group);
    this.#starts.groupsChanged();
    return "removed";
  }

  updates(): Promise<Updates> {
    return this.#updates ??= import("./updates.ts").then(({ Updates }) =>
      new Updates({
        state: () => this.state,
        config: () => this.config,
        readConfig: (extras) => this.#o.readConfig(this.config, extras),
        adoptConfig: this.#o.adoptConfig,
        groups: () => this.groups(),
        dependencies: () => this.dependencies,
        submit: (process, input) => this.#queue.submit(process, input),
        until: (process, holds) => this.#queue.until(process, holds),
        reportWaitingForStop: (process) => this.reportWaitingForStop(process),
        addGroup: (spec) => void this.#groups.add(spec),
        removeGroup: (group) => this.#groups.remove(group),
        reshapeGroup: (group, spec, recordOf) => this.#groups.reshape(group, spec, recordOf),
        settle: () => this.#starts.settle(),
        choices: () => this.#groups.choices,
        setChoices: (choices) => this.#groups.setChoices(choices),
        stateFile: () => stateFileOf(this.config.daemon),
        log: (level, text) => this.log(level, text),
      })
    );
  }

  #noteChange(process: Process, before: ProcessRecord): void {
    const { state } = process.record;
    const mayBeTheEnd = state === "EXITED" || state === "FATAL";
    if (mayBeTheEnd && before.state !== state && this.state === "RUNNING") this.#judgeEnd(process);
    this.#starts.changed(process, before);
  }

  /** Some programs take the daemon with them. */
  #judgeEnd(process: Process): void {
    const { exitWhen } = this.#o.surroundings.settings();
    const verdict = judgeEnd({ process, groups: this.#groups.values(), exitWhen });
    if (verdict === null) return;
    this.log("warn", verdict.text);
    this.#run.shutDown(verdict.status);
  }

  #noteDefect(error: unknown): void {
    this.log("critical", describeDefect(error));
  }

  #watchFailures(): void {
    this.#failures = new FailureLog({
      statistics: this.statistics,
      surroundings: this.#o.surroundings,
      isManaged: (pid) => this.#reaper.expects(pid),
      onDefect: (error) => this.#noteDefect(error),
    });
  }

  async #stopEverything(): Promise<void> {
    this.#starts.close();
    this.events.publish({ kind: "daemon-state", state: "STOPPING" });
    const groups = this.#groups.all();
    this.#starts.consider(groups);
    await stopAllGroups({
      groups,
      queue: this.#queue,
      clock: this.clock,
      log: (level, text) => this.log(level, text),
      dependantsOf: (process) => this.dependencies?.dependantsOf(process) ?? [],
    });
    this.#ticker?.stop();
  }
}
