/**
 * A Daemon without processes: the real machine decides, spawning and killing are only noted, and
 * a test says what becomes of a child. Time is a FakeClock.
 */
import type { Config, DaemonSpec, GroupSpec, ProcessSpec } from "../../src/config/types.ts";
import type {
  Channel,
  CommandProblem,
  ConfigDifference,
  Daemon,
  Dependencies,
  ManagedGroup,
  ManagedProcess,
  OutputCounts,
  Successor,
  Updates,
} from "../../src/daemon/types.ts";
import { EventBus } from "../../src/events/bus.ts";
import { Statistics } from "../../src/daemon/statistics.ts";
import type { HealthView } from "../../src/process/health.ts";
import type { FailureReport } from "../../src/process/failure.ts";
import { dueAt, NEW_RECORD, step } from "../../src/process/machine.ts";
import type { Effect, Input, LogLevel, ProcessRecord } from "../../src/process/machine_types.ts";
import type { DaemonState } from "../../src/process/states.ts";
import { FakeClock } from "./fake_clock.ts";

/** Groups of a program each, or of the processes given. */
export function groupSpec(
  name: string,
  processes: readonly ProcessSpec[],
  overrides: Partial<GroupSpec> = {},
): GroupSpec {
  return {
    name,
    kind: "group",
    priority: 999,
    processes,
    listener: null,
    fcgi: null,
    memberSockets: {},
    source: { file: "/etc/supervisord.conf", line: 1 },
    ...overrides,
  };
}

const DAEMON_SPEC: DaemonSpec = {
  logfile: "/nowhere/supervisord.log",
  logfileMaxBytes: 0,
  logfileBackups: 0,
  loglevel: "info",
  pidfile: "/nowhere/supervisord.pid",
  umask: 0o022,
  nodaemon: true,
  silent: true,
  minfds: 1024,
  minprocs: 200,
  nocleanup: false,
  childlogdir: "/nowhere",
  uid: null,
  directory: null,
  stripAnsi: false,
  environment: {},
  identifier: "supervisor",
  exitWhen: "never",
};

export class FakeProcess implements ManagedProcess {
  record: ProcessRecord = NEW_RECORD;
  health: HealthView | null = null;
  failures: readonly FailureReport[] = [];
  waitingFor: string | null = null;
  isDisabled = false;
  problem: CommandProblem | null = null;
  /** What the next spawn fails with. */
  spawnProblem: string | null = null;
  /** What the next kill fails with. */
  killProblem: string | null = null;
  /** What clearing the logs fails with. */
  clearProblem: Error | null = null;
  stdinIsOpen = true;
  leftBehind = null;
  isAdopted = false;
  stdinPending = 0;
  counts: OutputCounts = { bytes: 0, dropped: 0 };
  readonly logPaths: Record<Channel, string | null> = { stdout: null, stderr: null };
  readonly stdin: Uint8Array[] = [];
  readonly signals: { signal: number; group: boolean }[] = [];
  cleared = 0;
  rotated = 0;

  readonly name: string;
  readonly groupName: string;
  readonly spec: ProcessSpec;

  constructor(spec: ProcessSpec, groupName: string) {
    this.name = spec.name;
    this.groupName = groupName;
    this.spec = spec;
    for (const channel of ["stdout", "stderr"] as const) {
      const { log } = spec[channel];
      if (log.kind === "file") this.logPaths[channel] = log.path;
      if (log.kind === "auto") this.logPaths[channel] = `/nowhere/${spec.name}-${channel}.log`;
    }
  }

  logPath(channel: Channel): string | null {
    return this.logPaths[channel];
  }

  clearLogs(): void {
    if (this.clearProblem !== null) throw this.clearProblem;
    this.cleared++;
  }

  rotateLogs(): void {
    if (this.clearProblem !== null) throw this.clearProblem;
    this.rotated++;
  }

  checkCommand(): CommandProblem | null {
    return this.problem;
  }

  writeStdin(bytes: Uint8Array): boolean {
    if (this.stdinIsOpen) this.stdin.push(bytes);
    return this.stdinIsOpen;
  }

  outputCounts(): OutputCounts {
    return this.counts;
  }
}

export class FakeGroup implements ManagedGroup {
  readonly name: string;
  readonly spec: GroupSpec;
  readonly processes: FakeProcess[];
  eventQueue: ManagedGroup["eventQueue"] = null;

  constructor(spec: GroupSpec) {
    this.name = spec.name;
    this.spec = spec;
    this.processes = spec.processes.map((process) => new FakeProcess(process, spec.name));
  }

  process(name: string): FakeProcess | undefined {
    return this.processes.find((process) => process.name === name);
  }
}

interface Watcher {
  readonly process: ManagedProcess;
  readonly holds: (record: ProcessRecord) => boolean;
  readonly resolve: (record: ProcessRecord) => void;
}

export class FakeDaemon implements Daemon {
  readonly pid = 4711;
  identifier = "supervisor";
  state: DaemonState = "RUNNING";
  dependencies: Dependencies | null = null;
  readonly clock = new FakeClock();
  readonly events = new EventBus();
  readonly statistics = new Statistics();
  successor: Successor | null = null;
  config: Config;
  mainLogPath: string | null = null;
  mainLogName = "syslog";
  /** What clearing the main log fails with. */
  clearProblem: Error | null = null;
  /** What rereading does. */
  onReread: () => ConfigDifference = () => ({ added: [], changed: [], removed: [] });
  readonly logged: { level: LogLevel; text: string }[] = [];
  /** Names of what was asked for and not played through. */
  readonly requests: string[] = [];

  #groups: FakeGroup[];
  #watchers: Watcher[] = [];
  #queue: { process: FakeProcess; input: Input }[] = [];
  #isDraining = false;
  #nextPid = 1000;

  constructor(groups: readonly GroupSpec[] = [], daemon: Partial<DaemonSpec> = {}) {
    this.#groups = groups.map((spec) => new FakeGroup(spec));
    this.config = {
      file: "/etc/supervisord.conf",
      here: "/etc",
      daemon: { ...DAEMON_SPEC, ...daemon },
      servers: [],
      groups,
      rpcNamespaces: ["supervisor"],
      serverUrl: null,
      messages: [],
    };
  }

  groups(): FakeGroup[] {
    return this.#groups;
  }

  group(name: string): FakeGroup | undefined {
    return this.#groups.find((group) => group.name === name);
  }

  /** A process that the test knows to be there. */
  find(namespec: string): FakeProcess {
    const [group = "", process = group] = namespec.split(":");
    const found = this.group(group)?.process(process);
    if (found === undefined) throw new Error(`no process ${namespec} in this test`);
    return found;
  }

  readonly #healthListeners = new Set<(process: ManagedProcess) => void>();

  onHealthChange(listener: (process: ManagedProcess) => void): () => void {
    this.#healthListeners.add(listener);
    return () => void this.#healthListeners.delete(listener);
  }

  /** A check of the process has found something. */
  setHealth(process: FakeProcess, health: HealthView): void {
    process.health = health;
    for (const listener of this.#healthListeners) listener(process);
  }

  submit(process: ManagedProcess, input: Input): void {
    this.#queue.push({ process: process as FakeProcess, input });
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#step(next.process, next.input);
      }
    } finally {
      this.#isDraining = false;
    }
  }

  /** Moves time on and lets every process that is due look at itself, as the daemon's timer does. */
  advance(seconds: number): void {
    this.clock.advance(seconds * 1000);
    for (const group of this.#groups) {
      for (const process of group.processes) {
        const due = dueAt(process.spec, process.record, this.state === "RUNNING");
        if (due <= this.clock.monotonic()) {
          this.submit(process, { type: "look", mayStart: this.state === "RUNNING" });
        }
      }
    }
  }

  /** The child of a process ends by itself or by a signal. */
  exit(process: FakeProcess, code: number): void {
    this.submit(process, { type: "exited", exit: { type: "exited", code } });
  }

  until(
    process: ManagedProcess,
    holds: (record: ProcessRecord) => boolean,
  ): Promise<ProcessRecord> {
    if (holds(process.record)) return Promise.resolve(process.record);
    return new Promise((resolve) => this.#watchers.push({ process, holds, resolve }));
  }

  reportWaitingForStop(process: ManagedProcess): void {
    this.log("info", `waiting for ${process.name} to stop`);
  }

  /** What updates() gives. */
  onUpdates: () => Promise<Updates> = () => Promise.reject(new Error("no updates in this test"));

  updates(): Promise<Updates> {
    return this.onUpdates();
  }

  /** What the next reload of a process fails with. */
  reloadProblem: string | null = null;

  reloadProcess(process: ManagedProcess): Promise<string | null> {
    this.requests.push(`reload ${process.name}`);
    return Promise.resolve(this.reloadProblem);
  }

  /** What the next drain of a process fails with. */
  drainProblem: string | null = null;

  drainProcess(process: ManagedProcess): Promise<string | null> {
    this.requests.push(`drain ${process.name}`);
    return Promise.resolve(this.drainProblem);
  }

  requestShutdown(): void {
    this.requests.push("shutdown");
    this.state = "SHUTDOWN";
  }

  requestRestart(): void {
    this.requests.push("restart");
    this.state = "RESTARTING";
  }

  reread(): ConfigDifference {
    return this.onReread();
  }

  addGroup(name: string): "added" | "active" | "unknown" {
    const spec = this.config.groups.find((group) => group.name === name);
    if (spec === undefined) return "unknown";
    if (this.group(name) !== undefined) return "active";
    this.#groups.push(new FakeGroup(spec));
    return "added";
  }

  removeGroup(name: string): "removed" | "running" | "unknown" {
    const group = this.group(name);
    if (group === undefined) return "unknown";
    if (group.processes.some((process) => process.record.pid !== 0)) return "running";
    this.#groups = this.#groups.filter((other) => other !== group);
    return "removed";
  }

  clearMainLog(): void {
    if (this.clearProblem !== null) throw this.clearProblem;
    this.requests.push("clearMainLog");
  }

  log(level: LogLevel, text: string): void {
    this.logged.push({ level, text });
  }

  #step(process: FakeProcess, input: Input): void {
    const now = { mono: this.clock.monotonic(), wall: this.clock.wall() };
    const before = process.record;
    const { record, effects } = step(process.spec, before, input, now);
    process.record = record;
    if (record !== before) this.#notify(process);
    for (const effect of effects) this.#perform(process, effect);
  }

  #notify(process: FakeProcess): void {
    const { record } = process;
    this.#watchers = this.#watchers.filter((watcher) => {
      if (watcher.process !== process || !watcher.holds(record)) return true;
      watcher.resolve(record);
      return false;
    });
  }

  #perform(process: FakeProcess, effect: Effect): void {
    switch (effect.type) {
      case "spawn": {
        const reason = process.spawnProblem;
        process.spawnProblem = null;
        if (reason !== null) this.submit(process, { type: "spawnFailed", reason });
        else this.submit(process, { type: "spawned", pid: this.#nextPid++ });
        break;
      }
      case "kill": {
        const reason = process.killProblem;
        process.killProblem = null;
        if (reason !== null) this.submit(process, { type: "killFailed", reason });
        else process.signals.push({ signal: effect.signal, group: effect.group });
        break;
      }
      case "log":
        this.log(effect.level, effect.text);
        break;
      case "announce":
        this.events.publish({
          kind: "process-state",
          process: process.name,
          group: process.groupName,
          change: effect.change,
        });
        break;
    }
  }
}
