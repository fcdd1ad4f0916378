/** One managed process: configuration, record, logs, and the child while there is one. */
import type { FcgiSpec, ProcessSpec } from "../config/types.ts";
import type { FailureReport, ResourceUse } from "../process/failure.ts";
import type { HealthView } from "../process/health.ts";
import type { ScheduleView } from "../process/schedule.ts";
import { NEW_RECORD } from "../process/machine.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import { canOpenLogs } from "../logs/special.ts";
import { SystemError } from "../runtime/types.ts";
import type { SpawnRequest, UserEntry } from "../runtime/types.ts";
import { Child, type ChildSnapshot } from "./child.ts";
import { canLaunch, launcher, needsLauncher } from "./limits/loader.ts";
import { keepReserve } from "./descriptor_reserve.ts";
import type { BirthGift, Companion, CompanionSnapshot } from "./companion.ts";
import type { FcgiSocket } from "./fcgi_socket.ts";
import type { HelperRequest } from "./helpers.ts";
import type { MemberHandle } from "./listeners.ts";
import type { PipeEnds } from "./orphans/births.ts";
import type { Orphan, OrphanFollower } from "./orphans/watch.ts";
import { ProcessLogs, type ProcessLogsSnapshot } from "./process_logs.ts";
import { readSecretFiles, type Secrets } from "./secrets.ts";
import { childEnvironment, lookUpCommand } from "./spawn_plan.ts";
import type { Surroundings } from "./surroundings.ts";
import type { LeftBehind } from "./tree_keeper.ts";
import { TREE_VARIABLE, treeMark } from "./tree_mark.ts";
import type { Channel, CommandProblem, ManagedProcess, OutputCounts } from "./types.ts";

/** Tells a start of this very program that it stands in for a child that could not be started. */
export const SPAWN_FAILURE_VARIABLE = "SUPERVISORD_SPAWN_FAILURE";

const NO_SECRETS: Readonly<Record<string, string>> = {};

export type SpawnOutcome =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly reason: string };

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
  /** What had been written to the logs when the latest child began. */
  #bytesBefore: Record<Channel, number> = { stdout: 0, stderr: 0 };
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
  #child: Child | null = null;
  /** Exited, but their pipes are still held open by descendants. */
  readonly #lingering = new Set<Child>();
  #environment: Record<string, string> | null = null;

  constructor(options: ProcessOptions) {
    this.#o = options;
    this.spec = options.spec;
    this.#configured = options.spec;
    this.#logs = new ProcessLogs({
      spec: options.spec,
      surroundings: options.surroundings,
      paths: options.logPaths,
      isListener: options.isListener,
      pid: () => this.record.pid,
      onHold: (channel, isHeld) => this.#child?.hold(channel, isHeld),
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
    return this.outputCounts(channel).bytes - this.#bytesBefore[channel];
  }

  reopenLogs(): void {
    this.#logs.reopen();
  }

  checkCommand(): CommandProblem | null {
    const lookup = lookUpCommand(this.spec, this.#o.surroundings.environment["PATH"]);
    return lookup.ok ? null : lookup.problem;
  }

  writeStdin(bytes: Uint8Array): boolean {
    return this.#child?.write(bytes) ?? false;
  }

  /**
   * A command on behalf of this process: as its user, in its directory, with its environment.
   *
   * @returns a sentence when that user cannot be had
   */
  helperRequest(
    o: Pick<HelperRequest, "command" | "timeoutMs" | "keepBytes" | "onlyStdout"> & {
      /** Added to the environment. */
      readonly env?: Readonly<Record<string, string>>;
    },
  ): HelperRequest | string {
    const credentials = this.#credentials();
    if (typeof credentials === "string") return credentials;
    const { directory: cwd, umask } = this.spec;
    return { ...o, env: { ...this.#childEnvironment(), ...o.env }, cwd, umask, credentials };
  }

  /** What tells its orphans from those of others. */
  get treeMark(): string {
    return treeMark(this.#o.surroundings.runtime.pid, this.groupName, this.name);
  }

  get stdinPending(): number {
    return this.#child?.stdinPending ?? 0;
  }

  /** Starts a child. Never throws: what goes wrong is a sentence for the log and the status. */
  spawn(): SpawnOutcome {
    const { surroundings } = this.#o;
    if (this.spec.health !== undefined && this.companion === null) {
      // Somebody was faster than the loading of it, which takes milliseconds: the next try works.
      return { ok: false, reason: "what checks it is not loaded yet" };
    }
    if (!canOpenLogs(this.spec)) {
      return { ok: false, reason: "what writes its logs is not loaded yet" };
    }
    if (!canLaunch(this.spec)) {
      return { ok: false, reason: "what sets its limits is not loaded yet" };
    }
    const lookup = lookUpCommand(this.spec, surroundings.environment["PATH"]);
    if (!lookup.ok) return { ok: false, reason: lookup.problem.text };
    const secrets = this.#takeSecrets();
    if (!secrets.ok) return secrets;
    // What it leaves in the background becomes our child, and its exit report comes to us.
    if (this.spec.pidFile !== undefined || this.spec.killTree !== undefined) {
      surroundings.runtime.system.becomeSubreaper();
    }
    try {
      this.#logs.acquire();
    } catch (error) {
      return { ok: false, reason: this.#explainPreparation(error) };
    }
    const opened: number[] = [];
    let socketTaken = false;
    try {
      const plan = this.#openDescriptors(opened, () => socketTaken = true);
      keepReserve(surroundings.runtime, opened);
      const outcome = this.#start(lookup.command, plan, secrets.values);
      if (outcome.ok) {
        surroundings.births?.born(this.spec, outcome.pid);
        for (const fd of plan.childEnds) surroundings.runtime.closeFd(fd);
        this.#adopt(outcome.pid, plan);
        this.companion?.born();
        return outcome;
      }
      this.#undo(opened, socketTaken);
      return outcome;
    } catch (error) {
      this.#undo(opened, socketTaken);
      return { ok: false, reason: this.#explainPreparation(error) };
    }
  }

  /** For one start; then they are forgotten. */
  #takeSecrets(): Secrets {
    const { secrets } = this;
    this.secrets = null;
    const { secretFiles } = this.spec;
    if (secretFiles === undefined) return { ok: true, values: secrets ?? NO_SECRETS };
    const read = readSecretFiles(secretFiles);
    return read.ok ? { ok: true, values: { ...read.values, ...secrets } } : read;
  }

  #undo(opened: readonly number[], socketTaken: boolean): void {
    this.companion?.unborn();
    this.#o.surroundings.births?.ended(this.spec);
    for (const fd of opened) this.#o.surroundings.runtime.closeFd(fd);
    if (socketTaken) this.#o.fcgiSocket?.release();
    this.#logs.release();
  }

  /** @param opened every descriptor that must be closed again if the spawn comes to nothing */
  #openDescriptors(opened: number[], noteSocket: () => void): Descriptors {
    const { fcgiSocket, surroundings } = this.#o;
    const { births, runtime } = surroundings;
    const childEnds: number[] = [];
    const ours = { stdin: -1, stdout: -1, stderr: -1 };
    // What a listener is in the middle of, and a shared socket, nobody else can go on with.
    const isLasting = births?.keepsPipes === true && !this.#o.isListener && fcgiSocket === null;
    const openEnd = (end: number): number => {
      childEnds.push(end);
      if (!isLasting) return end;
      const lasting = births.openBothWays(end);
      opened.push(lasting);
      childEnds.push(lasting);
      return lasting;
    };

    let stdin: number;
    if (fcgiSocket !== null) {
      stdin = fcgiSocket.acquire();
      noteSocket();
    } else {
      const pipe = runtime.pipe();
      opened.push(pipe.read, pipe.write);
      stdin = openEnd(pipe.read);
      ours.stdin = pipe.write;
    }
    const openOutput = (channel: Channel): number => {
      if (!this.#logs.isWanted(channel) && this.companion?.wantsOutput !== true) {
        return surroundings.devNull;
      }
      const pipe = runtime.pipe();
      opened.push(pipe.read, pipe.write);
      ours[channel] = pipe.read;
      return openEnd(pipe.write);
    };
    const stdout = openOutput("stdout");
    const stderr = this.spec.redirectStderr ? stdout : openOutput("stderr");
    const gift = this.companion?.prepare();
    if (typeof gift === "string") throw new PreparationError(gift);
    if (gift !== undefined) {
      const ends = [...gift.descriptors.values()];
      opened.push(...ends);
      childEnds.push(...ends);
    }
    const lasting = isLasting ? ours : null;
    return { ...ours, stdio: [stdin, stdout, stderr], childEnds, gift: gift ?? null, lasting };
  }

  #start(
    command: { readonly file: string; readonly argv: readonly string[] },
    { stdio, gift, lasting }: Pick<Descriptors, "stdio" | "gift" | "lasting">,
    secrets: Readonly<Record<string, string>>,
  ): SpawnOutcome {
    const { births, runtime } = this.#o.surroundings;
    this.standInReason = null;
    const credentials = this.#credentials();
    if (typeof credentials === "string") return this.#standIn(credentials, stdio);
    const isPlain = gift === null && secrets === NO_SECRETS && births === undefined;
    const request: SpawnRequest = {
      ...command,
      env: isPlain ? this.#childEnvironment() : {
        ...this.#childEnvironment(),
        ...secrets,
        ...gift?.env,
        ...births?.begin(this.spec, lasting),
      },
      cwd: this.spec.directory,
      umask: this.spec.umask,
      credentials,
      stdio,
      ...(gift === null ? {} : { descriptors: gift.descriptors }),
    };
    const limited = needsLauncher(this.spec) ? this.#limited(request) : request;
    if (typeof limited === "string") return this.#standIn(limited, stdio);
    const result = runtime.spawn(limited);
    if (result.ok) return result;
    switch (result.step) {
      case "fork":
        return { ok: false, reason: explainFork(this.name, result.code) };
      case "chdir":
        return this.#standIn(`couldn't chdir to ${this.spec.directory}: ${result.code}`, stdio);
      case "exec":
        return this.#standIn(`couldn't exec ${command.argv[0]}: ${result.code}`, stdio);
      case "credentials": {
        const reason = CREDENTIAL_REASONS[result.part ?? "setuid"];
        return this.#standIn(`couldn't setuid to ${this.spec.uid}: ${reason}`, stdio);
      }
    }
  }

  /** A string: why its control group cannot be had. */
  #limited(request: SpawnRequest): SpawnRequest | string {
    const { environment, runtime } = this.#o.surroundings;
    const { spec } = this;
    const launching = launcher();
    if (launching === null) return "what sets its limits is not loaded yet";
    if (spec.cgroupLimits !== undefined) {
      const name = `${this.groupName}:${this.name}`;
      const made = launching.makeLimitedGroup(runtime.pid, name, spec.cgroupLimits);
      if ("problem" in made) return made.problem;
      this.controlGroup = made.directory;
    }
    const { controlGroup } = this;
    return launching.launchRequest(
      { spec, selfCommand: runtime.selfCommand, environment, controlGroup },
      request,
    );
  }

  /**
   * The reference forks first and finds out in the child: the reason goes to the child's stderr,
   * and so to its log, and the child exits with 127. Here the reason is known before there is a
   * process, so a short-lived start of this program says it in the child's place: the same pid,
   * log, exit status and events come of it.
   */
  #standIn(reason: string, stdio: SpawnRequest["stdio"]): SpawnOutcome {
    const { runtime } = this.#o.surroundings;
    this.standInReason = reason;
    const text = `supervisor: ${reason}\nsupervisor: child process was not spawned\n`;
    const result = runtime.spawn({
      file: runtime.selfCommand[0] as string,
      argv: runtime.selfCommand,
      env: { ...this.#o.surroundings.environment, [SPAWN_FAILURE_VARIABLE]: text },
      cwd: null,
      umask: null,
      credentials: null,
      stdio,
    });
    return result.ok ? result : { ok: false, reason: explainFork(this.name, result.code) };
  }

  /** null: stay who we are; a string: why that user cannot be had. */
  #credentials(): SpawnRequest["credentials"] | string {
    const { uid } = this.spec;
    if (uid === null) return null;
    const { system, users } = this.#o.surroundings.runtime;
    const current = system.getuid();
    if (uid === current) return null;
    const user = users.userById(uid);
    if (user === null) return `couldn't setuid to ${uid}: Can't find uid ${uid}`;
    if (current !== 0) return `couldn't setuid to ${uid}: Can't drop privilege as nonroot user`;
    return { uid, gid: user.gid, groups: users.groupsOf(user) };
  }

  #childEnvironment(): Record<string, string> {
    const { environment, config } = this.#o.surroundings;
    this.#environment ??= {
      ...childEnvironment(this.spec, environment, config().serverUrl, this.#home()),
      ...(this.spec.killTree === undefined ? {} : { [TREE_VARIABLE]: this.treeMark }),
    };
    return this.#environment;
  }

  /** Only where it is asked for. */
  #home(): UserEntry | null {
    if (this.spec.setHome === undefined) return null;
    const { system, users } = this.#o.surroundings.runtime;
    return users.userById(this.spec.uid ?? system.getuid());
  }

  #adopt(pid: number, fds: Pick<Descriptors, "stdin" | "stdout" | "stderr">): Child {
    for (const channel of ["stdout", "stderr"] as const) {
      this.#bytesBefore[channel] = this.outputCounts(channel).bytes;
    }
    const { member } = this;
    const companion = this.companion?.wantsOutput === true ? this.companion : null;
    const child: Child = new Child({
      runtime: this.#o.surroundings.runtime,
      pid,
      stdin: fds.stdin,
      stdout: fds.stdout,
      stderr: fds.stderr,
      isListener: this.#o.isListener,
      hasLastingPipes: this.#o.surroundings.births?.keepsPipes === true,
      onHangUp: () => this.follower?.hurry(),
      onOutput: (channel, chunk) => {
        this.#logs.write(channel, chunk);
        if (channel === "stdout" && this.#child === child) member?.stdout(chunk);
        if (companion !== null && this.#child === child) companion.output(channel, chunk);
      },
      onSilent: () => {
        this.#lingering.delete(child);
        this.#logs.release();
      },
    });
    this.#child = child;
    for (const channel of ["stdout", "stderr"] as const) {
      if (this.#logs.isHeld(channel)) child.hold(channel, true);
    }
    member?.started();
    return child;
  }

  /** The child was reaped: its last words are written before anybody hears of its end. */
  childExited(): void {
    const child = this.#child;
    if (child === null) return;
    this.#lingering.add(child);
    child.exited();
    this.companion?.childExited();
    this.#child = null;
    this.orphan = null;
    this.follower = null;
    this.#o.surroundings.births?.ended(this.spec);
    this.#logs.endOfChild();
    this.#o.fcgiSocket?.release();
    this.member?.exited();
  }

  /** Whose exit reports are about it: the one that was spawned, and its main process. */
  get pids(): Set<number> {
    const pids = new Set([this.record.pid, this.#child?.pid ?? 0]);
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
      child: this.#child?.snapshot() ?? null,
      lingering: [...this.#lingering].map((child) => child.snapshot()),
      socket: this.#child === null ? null : this.#o.fcgiSocket?.fd ?? null,
      companion: this.companion?.snapshot() ?? null,
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
    for (const one of children) this.#takeBack(one, one === child);
    if (companion !== null) this.companion?.resume(companion);
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

  #takeBack({ pid, unsent, lingersUntil, ...fds }: ChildSnapshot, isCurrent: boolean): void {
    const child = this.#adopt(pid, fds);
    if (unsent.length > 0) child.write(unsent);
    if (isCurrent) return;
    this.#child = null;
    this.#lingering.add(child);
    child.linger(lingersUntil ?? 0);
  }

  /** Lets go of everything open; children are not touched. */
  dispose(): void {
    this.companion?.dispose();
    // Made for its limits; before, whoever asks why it has ended finds the counts in it.
    if (this.spec.cgroupLimits !== undefined && this.controlGroup !== null) {
      launcher()?.removeControlGroup(this.controlGroup);
    }
    this.#child?.close();
    this.#child = null;
    for (const child of [...this.#lingering]) child.close();
    this.#logs.close();
  }

  #explainPreparation(error: unknown): string {
    if (error instanceof PreparationError) return error.message;
    const code = error instanceof SystemError
      ? error.code
      : (error as NodeJS.ErrnoException | null)?.code;
    if (code === "EMFILE") return `too many open files to spawn '${this.name}'`;
    const what = code ?? (error instanceof Error ? error.message : String(error));
    return `unknown error making dispatchers for '${this.name}': ${what}`;
  }
}

interface Descriptors {
  /** Our ends; -1 where there is none. */
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly stdio: SpawnRequest["stdio"];
  /** The child's ends, closed here once it has them. */
  readonly childEnds: readonly number[];
  readonly gift: BirthGift | null;
  /** Our ends, where the pipes are to outlive this daemon. */
  readonly lasting: PipeEnds | null;
}

/** A sentence of its own about what could not be made for the child. */
class PreparationError extends Error {}

const CREDENTIAL_REASONS = {
  setgroups: "Could not set groups of effective user",
  setgid: "Could not set group id of effective user",
  setuid: "Can't drop privilege as nonroot user",
} as const;

function explainFork(name: string, code: string): string {
  return code === "EAGAIN"
    ? `Too many processes in process table to spawn '${name}'`
    : `unknown error during fork for '${name}': ${code}`;
}
