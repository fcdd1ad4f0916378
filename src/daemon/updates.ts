/**
 * Updates process by process, and what operators decide at run time: `update --plan`, `update
 * --minimal`, `scale`, `enable` and `disable`. Loaded when one of them is first asked for.
 */
import type { IniDocument } from "../config/ini.ts";
import { type GroupPlan, planUpdate, type ProcessPlan, type Standing } from "../config/plan.ts";
import type { ReadExtras } from "../config/load.ts";
import { diffGroups } from "../config/diff.ts";
import type { Config, GroupSpec } from "../config/types.ts";
import { NEW_RECORD } from "../process/machine.ts";
import type { Input, ProcessRecord } from "../process/machine_types.ts";
import { shutdownBatches } from "../process/order.ts";
import { type DaemonState, STOPPED_STATES } from "../process/states.ts";
import type { Group } from "./group.ts";
import type { Process } from "./process.ts";
import { stopDependantsFirst } from "./shutdown.ts";
import {
  type Choices,
  isDisabled,
  withDisabled,
  withEnabled,
  withScale,
  writeChoices,
} from "./state_file.ts";
import type {
  Dependencies,
  PlanRequest,
  ScaleOutcome,
  UpdateOutcome,
  Updates as UpdatesInterface,
} from "./types.ts";

/** What carrying out an update needs of the daemon. */
export interface UpdateHost {
  readonly state: () => DaemonState;
  readonly config: () => Config;
  /** @throws ConfigError */
  readonly readConfig: (extras: ReadExtras) => Config;
  readonly adoptConfig: (config: Config) => void;
  readonly groups: () => readonly Group[];
  readonly dependencies: () => Dependencies | null;
  readonly submit: (process: Process, input: Input) => void;
  readonly until: (
    process: Process,
    holds: (record: ProcessRecord) => boolean,
  ) => Promise<ProcessRecord>;
  readonly reportWaitingForStop: (process: Process) => void;
  readonly addGroup: (spec: GroupSpec) => void;
  readonly removeGroup: (group: Group) => void;
  /** @throws Error with a sentence, when a log or a socket cannot be made: then nothing changes */
  readonly reshapeGroup: (
    group: Group,
    spec: GroupSpec,
    recordOf: (replaced: Process | null) => ProcessRecord,
  ) => void;
  /** All groups are there that are to be: whoever may start does so. */
  readonly settle: () => void;
  readonly choices: () => Choices;
  readonly setChoices: (choices: Choices) => void;
  readonly stateFile: () => string;
  readonly log: (level: "info" | "warn", text: string) => void;
}

export class Updates implements UpdatesInterface {
  readonly #host: UpdateHost;
  /** Updates come one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: UpdateHost) {
    this.#host = host;
  }

  plan(request: PlanRequest, document?: IniDocument): GroupPlan[] {
    const { scale } = this.#host.choices();
    const config = this.#host.readConfig({
      scale,
      ...(document === undefined ? {} : { document }),
    });
    return this.#planAgainst(config, request);
  }

  #planAgainst(config: Config, { minimal, groups }: PlanRequest): GroupPlan[] {
    const active = this.#host.groups();
    const byName = new Map(active.map((group) => [group.name, group]));
    return planUpdate({
      active: active.map(({ spec }) => spec),
      read: config.groups,
      minimal,
      only: groups === null ? null : new Set(groups),
      standing: (group, name) => standingOf(byName.get(group)?.process(name)),
      isDisabled: (group, name) => isDisabled(this.#host.choices(), group, name),
    });
  }

  update(request: PlanRequest): Promise<UpdateOutcome> {
    return this.#inTurn(() => {
      const config = this.#host.readConfig({ scale: this.#host.choices().scale });
      const plan = this.#planAgainst(config, request);
      this.#host.adoptConfig(config);
      return this.#carryOut(plan);
    });
  }

  stopFirst(plan: readonly GroupPlan[]): Promise<void> {
    return this.#inTurn(() => this.#stopAll(plan));
  }

  scale(program: string, numprocs: number | null): Promise<ScaleOutcome> {
    return this.#inTurn(async () => {
      const host = this.#host;
      const choices = host.choices();
      const now = host.readConfig({ scale: choices.scale });
      const groups = groupsOf(now, program);
      if (groups.size === 0) return { kind: "unknown" };
      const active = host.groups().map(({ spec }) => spec);
      const { added, changed, removed } = diffGroups(active, now.groups);
      const pending = [...added, ...changed, ...removed].find(({ name }) => groups.has(name));
      // Or a change of the file would slip in with the number.
      if (pending !== undefined) return { kind: "pending", group: pending.name };
      let next = withScale(choices, program, numprocs);
      const config = host.readConfig({ scale: next.scale });
      // The number that the file has is no decision of its own.
      if (!isScaled(config, program)) next = withScale(choices, program, null);
      const plan = this.#planAgainst(config, { minimal: true, groups: [...groups] });
      this.#remember(next);
      host.adoptConfig(config);
      return { kind: "scaled", ...await this.#carryOut(plan) };
    });
  }

  setEnabled(group: string, process: string | null, enabled: boolean): void {
    const host = this.#host;
    const active = host.groups().find(({ name }) => name === group);
    const members = (active?.processes ?? []).map(({ name }) => name);
    const choices = host.choices();
    this.#remember(
      enabled
        ? withEnabled(choices, group, process, members)
        : withDisabled(choices, group, process),
    );
    const who = `${group}:${process ?? "*"}`;
    host.log("info", `${who} has been ${enabled ? "enabled" : "disabled"}`);
    host.settle();
  }

  /** @throws Error with a sentence; then nothing has been decided */
  #remember(choices: Choices): void {
    const path = this.#host.stateFile();
    try {
      writeChoices(path, choices);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`cannot write the state file ${path}: ${reason}`, { cause });
    }
    this.#host.setChoices(choices);
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** First everybody stops who has to, then everything is put in its place, then all start. */
  async #carryOut(plan: readonly GroupPlan[]): Promise<UpdateOutcome> {
    const host = this.#host;
    await this.#stopAll(plan);
    const results = plan.map((group) => ({ plan: group, problem: this.#exchange(group) }));
    if (host.state() === "RUNNING") host.settle();
    return { results };
  }

  /** By priority, in parallel where it is the same, and dependants before what they depend on. */
  async #stopAll(plan: readonly GroupPlan[]): Promise<void> {
    const host = this.#host;
    const toStop = new Set<Process>();
    const batches = shutdownBatches(
      host.groups().map((group) => {
        const planned = plan.find(({ name }) => name === group.name);
        const processes = planned === undefined ? [] : toBeStopped(group, planned);
        for (const process of processes) toStop.add(process);
        return { priority: group.priority, processes };
      }),
    );
    const dependencies = host.dependencies();
    const dependantsOf = (process: Process) =>
      (dependencies?.dependantsOf(process) as readonly Process[] | undefined ?? [])
        .filter((one) => toStop.has(one));
    for (const batch of batches) {
      const processes = batch.flatMap((group) => group.processes);
      await Promise.all(stopDependantsFirst(processes, dependantsOf, (one) => this.#stop(one)));
    }
  }

  async #stop(process: Process): Promise<void> {
    const host = this.#host;
    host.dependencies()?.cancel(process);
    if (STOPPED_STATES.has(process.record.state)) return;
    host.submit(process, { type: "stop", reason: "an update replaces it" });
    host.reportWaitingForStop(process);
    await host.until(process, ({ state }) => STOPPED_STATES.has(state) || state === "UNKNOWN");
  }

  /** @returns null, or why the group is as it was */
  #exchange(plan: GroupPlan): string | null {
    const host = this.#host;
    if (host.state() !== "RUNNING") return "the daemon is shutting down";
    const group = host.groups().find(({ name }) => name === plan.name) ?? null;
    if (group?.spec !== plan.active && (group !== null || plan.active !== null)) {
      return "somebody else has changed it meanwhile";
    }
    const alive = group === null
      ? undefined
      : toBeStopped(group, plan).find(({ record }) => !STOPPED_STATES.has(record.state));
    if (alive !== undefined) return `${alive.name} is ${alive.record.state} again`;
    try {
      if (plan.action === "reshape" && group !== null && plan.read !== null) {
        host.reshapeGroup(group, plan.read, (replaced) => firstRecord(plan, replaced));
        return null;
      }
      if (group !== null) host.removeGroup(group);
      if (plan.read !== null) host.addGroup(plan.read);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** What ran starts again, and what somebody has stopped stays so. */
function firstRecord(plan: GroupPlan, replaced: Process | null): ProcessRecord {
  if (replaced === null) return NEW_RECORD;
  const action = plan.processes.find(({ name }) => name === replaced.name)?.action;
  if (action === "restart") return { ...NEW_RECORD, comesBack: true };
  return standingOf(replaced) === "parked" && action === "add" ? replaced.record : NEW_RECORD;
}

function standingOf(process: Process | undefined): Standing {
  if (process === undefined) return "idle";
  const { state, startedAt } = process.record;
  if (!STOPPED_STATES.has(state)) return "running";
  return state === "STOPPED" && startedAt !== null ? "parked" : "idle";
}

function toBeStopped(group: Group, plan: GroupPlan): Process[] {
  const replaced = plan.processes.filter(({ action, active }) =>
    active !== null && action !== "adopt"
  );
  return replaced.map(({ name }: ProcessPlan) => group.process(name))
    .filter((process) => process !== undefined);
}

function groupsOf(config: Config, program: string): Set<string> {
  const found = config.groups.filter((group) =>
    group.processes.some((process) => process.program === program) ||
    // Without any process it is known by the lists that name it.
    (isScaled(config, program) &&
      (group.members?.includes(program) ?? (group.name === program)))
  );
  return new Set(found.map(({ name }) => name));
}

function isScaled({ scaled = [] }: Config, program: string): boolean {
  return scaled.some((one) => one.program === program);
}
