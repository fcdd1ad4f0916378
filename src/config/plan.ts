/**
 * What an update would do, process by process: the configuration that was read against the groups
 * that are active. Pure; daemon/updates.ts carries it out.
 */
import { canReshape, diffGroups, isSame } from "./diff.ts";
import type { GroupSpec, ProcessSpec } from "./types.ts";

/**
 * How a process is there at the moment. "parked": somebody has stopped it. "idle": it was never
 * started, has ended by itself or has failed.
 */
export type Standing = "running" | "parked" | "idle";

/**
 * - `start`: it is new, or gets other settings while it does not run, and starts by itself.
 * - `add`: the same, but it does not start by itself.
 * - `stop`: it runs, and is gone or not started again afterwards.
 * - `remove`: it does not run, and is gone afterwards.
 * - `restart`: it runs, is stopped and started with other settings.
 * - `adopt`: it takes on other settings and runs on.
 */
export type PlanAction = "start" | "add" | "stop" | "remove" | "restart" | "adopt";

/** `group`: nothing of its own has changed, but its group is replaced as a whole. */
export type PlanCause = "added" | "removed" | "scaled" | "changed" | "group";

/** What an update does to one process. */
export interface ProcessPlan {
  /** Its own name, without its group. */
  readonly name: string;
  /** The program that it belongs to. */
  readonly program: string;
  /** What happens to it. */
  readonly action: PlanAction;
  /** Why it happens. */
  readonly cause: PlanCause;
  /** null: it is new. */
  readonly active: ProcessSpec | null;
  /** null: it is gone. */
  readonly read: ProcessSpec | null;
}

/** A program that gets another number of processes. */
export interface ScalePlan {
  /** Its name. */
  readonly program: string;
  /** Number of processes before. */
  readonly from: number;
  /** Number of processes afterwards. */
  readonly to: number;
}

/** What an update does to one group. */
export interface GroupPlan {
  /** Name of the group. */
  readonly name: string;
  /** `reshape`: it stays, and only processes in it are replaced. */
  readonly action: "add" | "remove" | "replace" | "reshape";
  /** null: it is new. */
  readonly active: GroupSpec | null;
  /** null: it is gone. */
  readonly read: GroupSpec | null;
  /** In start order; those that stay as they are left out. */
  readonly processes: readonly ProcessPlan[];
  /** Programs that get another number of processes. */
  readonly scales: readonly ScalePlan[];
}

export interface PlanInput {
  readonly active: readonly GroupSpec[];
  readonly read: readonly GroupSpec[];
  /** false: a group that differs is replaced as a whole, as Supervisor does. */
  readonly minimal: boolean;
  /** Only these groups; null: all. */
  readonly only: ReadonlySet<string> | null;
  readonly standing: (group: string, process: string) => Standing;
  /** Whether somebody has taken its autostart away. */
  readonly isDisabled: (group: string, process: string) => boolean;
}

/** Removed groups first, as they are active; then changed and added ones, as they were read. */
export function planUpdate(input: PlanInput): GroupPlan[] {
  const { active, read, only } = input;
  const { added, changed, removed } = diffGroups(active, read);
  const byName = new Map(active.map((group) => [group.name, group]));
  const touched = new Set([...added, ...changed]);
  return [
    ...removed.map((group) => planGroup(input, group, null)),
    ...read.filter((group) => touched.has(group))
      .map((group) => planGroup(input, byName.get(group.name) ?? null, group)),
  ].filter(({ name }) => only === null || only.has(name));
}

function planGroup(
  input: PlanInput,
  active: GroupSpec | null,
  read: GroupSpec | null,
): GroupPlan {
  const isReshaped = input.minimal && active !== null && read !== null && canReshape(active, read);
  const before = new Map(active?.processes.map((process) => [process.name, process]));
  const after = new Map(read?.processes.map((process) => [process.name, process]));
  const scales = scalesOf(active, read);
  const scaled = new Set(scales.map(({ program }) => program));
  const name = (read ?? active)?.name ?? "";
  const context = { input, group: name, scaled, isReshaped };
  const gone = (active?.processes ?? []).filter((process) => !after.has(process.name));
  return {
    name,
    action: read === null ? "remove" : active === null ? "add" : isReshaped ? "reshape" : "replace",
    active,
    read,
    processes: [
      ...gone.map((process) => planProcess(context, process, null)),
      ...[...after].map(([one, process]) => planProcess(context, before.get(one) ?? null, process)),
    ].filter((plan) => plan !== null),
    scales,
  };
}

interface Context {
  readonly input: PlanInput;
  readonly group: string;
  readonly scaled: ReadonlySet<string>;
  readonly isReshaped: boolean;
}

function planProcess(
  { input, group, scaled, isReshaped }: Context,
  active: ProcessSpec | null,
  read: ProcessSpec | null,
): ProcessPlan | null {
  const either = read ?? active;
  if (either === null) return null;
  const { name, program } = either;
  const standing = active === null ? "idle" : input.standing(group, name);
  const autostart = read?.autostart === true && !input.isDisabled(group, name);
  const change: PlanCause = active === null || read === null
    ? (scaled.has(program) ? "scaled" : read === null ? "removed" : "added")
    : isSame(active, read)
    ? "group"
    : "changed";
  const plan = (action: PlanAction) => ({ name, program, action, cause: change, active, read });
  if (read === null) return plan(standing === "running" ? "stop" : "remove");
  if (isReshaped && active !== null) {
    if (change === "group") return null;
    if (canAdopt(active, read)) return plan("adopt");
    if (standing === "running") return plan("restart");
    return plan(autostart && standing === "idle" ? "start" : "add");
  }
  if (standing === "running") return plan(autostart ? "restart" : "stop");
  return plan(autostart ? "start" : "add");
}

/** What the daemon itself goes by, and the process knows nothing of. */
const ADOPTED: ReadonlySet<string> = new Set<keyof ProcessSpec>([
  "priority",
  "autostart",
  "autorestart",
  "startSecs",
  "startRetries",
  "exitCodes",
  "stopSignal",
  "stopSteps",
  "stopWaitSecs",
  "stopAsGroup",
  "killAsGroup",
  "reloadSignal",
  "restart",
  "ending",
  "dependencies",
  "drain",
  "tags",
]);

/** Whether a process can go on running with the settings that were read. */
export function canAdopt(active: ProcessSpec, read: ProcessSpec): boolean {
  return changedFields(active, read).every((key) => ADOPTED.has(key));
}

/** Names of the fields that differ. */
export function changedFields(active: ProcessSpec, read: ProcessSpec): (keyof ProcessSpec)[] {
  const keys = [
    ...new Set([...Object.keys(active), ...Object.keys(read)]),
  ] as (keyof ProcessSpec)[];
  return keys.filter((key) => !isSame(active[key], read[key]));
}

function scalesOf(active: GroupSpec | null, read: GroupSpec | null): ScalePlan[] {
  if (active === null || read === null) return [];
  const [before, after] = [countByProgram(active), countByProgram(read)];
  return [...after].flatMap(([program, to]) => {
    const from = before.get(program);
    return from === undefined || from === to ? [] : [{ program, from, to }];
  });
}

function countByProgram({ processes }: GroupSpec): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { program } of processes) counts.set(program, (counts.get(program) ?? 0) + 1);
  return counts;
}
