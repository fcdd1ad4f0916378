/**
 * What a program waits for before it starts: the grammar of `depends_on`, who is meant by a name,
 * and what the states of those come to. Nothing here is alive; daemon/dependency_gate.ts acts.
 */
import type { HealthView } from "./health.ts";
import { wantsRestart } from "./machine_retry.ts";
import type { Policy, ProcessRecord } from "./machine_types.ts";
import type { ProcessState } from "./states.ts";

/** From the least that can be waited for to the most. */
export const CONDITIONS = ["started", "running", "ready", "healthy", "completed"] as const;

/** What a program can wait for in another one. */
export type Condition = (typeof CONDITIONS)[number];

const DEFAULT_CONDITION: Condition = "running";

/** One item of the list: all processes that go by this name, in this condition. */
export interface Requirement {
  /** `program`, `group`, `group:process` or `group:*`, as written. */
  readonly name: string;
  /** What it has to be in. */
  readonly condition: Condition;
}

/** A failed dependency: wait until somebody mends it, become FATAL, or start all the same. */
export type OnDependencyFailure = "wait" | "fail" | "ignore";

/** The end of a dependency: nothing, stop and start again when it is back, or stop. */
export type OnDependencyRestart = "ignore" | "restart" | "stop";

/** What a program depends on. */
export interface DependencyPolicy {
  /** As listed. */
  readonly requirements: readonly Requirement[];
  /** What is done when one of them has failed. */
  readonly onFailure: OnDependencyFailure;
  /** What is done when one of them ends. */
  readonly onRestart: OnDependencyRestart;
}

/**
 * `db:healthy` is a name and a condition, `web:web_01` a process of a group: the last word is a
 * condition where it is one of the five.
 */
export function parseRequirement(text: string): Requirement {
  const colon = text.lastIndexOf(":");
  const word = text.slice(colon + 1).trim().toLowerCase();
  const condition = CONDITIONS.find((known) => known === word);
  if (colon === -1 || condition === undefined) {
    return { name: text.trim(), condition: DEFAULT_CONDITION };
  }
  return { name: text.slice(0, colon).trim(), condition };
}

/** `db` or `db:healthy`, as it would be written; the condition that goes without saying is left out. */
export function formatRequirement({ name, condition }: Requirement): string {
  return condition === DEFAULT_CONDITION ? name : `${name}:${condition}`;
}

/** A process as names see it. */
export interface Named {
  readonly group: string;
  readonly name: string;
  readonly program: string;
}

/**
 * Everybody a name means: the members of a group, else the processes of a program, which may run
 * in a group of another name; none when nobody has it.
 */
export function resolveName<T extends Named>(name: string, all: readonly T[]): T[] {
  const colon = name.indexOf(":");
  if (colon !== -1) {
    const group = name.slice(0, colon);
    const process = name.slice(colon + 1);
    const isAll = process === "*" || process === "";
    return all.filter((one) => one.group === group && (isAll || one.name === process));
  }
  const members = all.filter((one) => one.group === name);
  return members.length > 0 ? members : all.filter((one) => one.program === name);
}

/** A process that somebody depends on, as it is now. */
export interface TargetFacts {
  /** For messages. */
  readonly namespec: string;
  readonly policy: Policy;
  readonly record: ProcessRecord;
  /** null: no check is configured. */
  readonly health: HealthView | null;
}

/** "failed": it will not be met by itself any more. */
export type RequirementState = "met" | "pending" | "failed";

export function judge(condition: Condition, target: TargetFacts): RequirementState {
  if (isMet(condition, target)) return "met";
  return hasFailed(condition, target) ? "failed" : "pending";
}

function isMet(condition: Condition, { policy, record, health }: TargetFacts): boolean {
  const isRunning = record.state === "RUNNING";
  switch (condition) {
    case "started":
      return (record.pid !== 0 && !record.stopping) || isCompleted(policy, record);
    case "running":
      return isRunning;
    case "ready":
      // As for `supervisorctl wait`: who has no check is ready when it runs.
      return health === null ? isRunning : health.ready && record.pid !== 0;
    case "healthy":
      return health?.status === "healthy" && record.pid !== 0;
    case "completed":
      return isCompleted(policy, record);
  }
}

/** It has ended by itself with a code that is expected, and is not to be started again. */
function isCompleted(policy: Policy, record: ProcessRecord): boolean {
  return record.state === "EXITED" && record.exitCode !== null &&
    policy.exitCodes.includes(record.exitCode) && !wantsRestart(policy, record);
}

function hasFailed(condition: Condition, { policy, record }: TargetFacts): boolean {
  switch (record.state) {
    case "FATAL":
    case "UNKNOWN":
      return true;
    case "EXITED":
      return !wantsRestart(policy, record) &&
        !(condition === "completed" && isCompleted(policy, record));
    default:
      return false;
  }
}

/** One requirement against one process, or against nobody (its group is not active). */
export interface Finding {
  /** What is required. */
  readonly requirement: Requirement;
  /** Of the process; the requirement's own name when there is nobody. */
  readonly namespec: string;
  /** Whether it is met. */
  readonly state: RequirementState;
  /** What the process does instead: a state, or that it is not there. */
  readonly now: ProcessState | "not active";
}

/** All that keeps a process from starting; empty when nothing does. */
export function openFindings(
  policy: DependencyPolicy,
  targetsOf: (requirement: Requirement) => readonly TargetFacts[],
): Finding[] {
  return findings(policy, targetsOf).filter(({ state }) =>
    state !== "met" && !(state === "failed" && policy.onFailure === "ignore")
  );
}

/** Every requirement with what has become of it. */
export function findings(
  policy: DependencyPolicy,
  targetsOf: (requirement: Requirement) => readonly TargetFacts[],
): Finding[] {
  return policy.requirements.flatMap((requirement): Finding[] => {
    const targets = targetsOf(requirement);
    if (targets.length === 0) {
      return [{ requirement, namespec: requirement.name, state: "pending", now: "not active" }];
    }
    return targets.map((target) => ({
      requirement,
      namespec: target.namespec,
      state: judge(requirement.condition, target),
      now: target.record.state,
    }));
  });
}

/** `db:healthy, cache (FATAL)`: each requirement once, with what went wrong with it. */
export function describeFindings(open: readonly Finding[]): string {
  const byText = new Map<string, string>();
  for (const { requirement, state, now } of open) {
    const text = formatRequirement(requirement);
    if (byText.has(text) && state !== "failed" && now !== "not active") continue;
    const note = state === "failed" || now === "not active" ? ` (${now})` : "";
    byText.set(text, `${text}${note}`);
  }
  return [...byText.values()].join(", ");
}

/**
 * The first cycle there is, as the nodes along it, the first repeated at the end; null if none.
 * Depth first, without recursion: chains may be thousands long.
 */
export function findCycle<T>(nodes: Iterable<T>, edges: (node: T) => readonly T[]): T[] | null {
  const done = new Set<T>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const path: { readonly node: T; readonly next: readonly T[]; at: number }[] = [];
    const onPath = new Set<T>();
    const enter = (node: T) => {
      path.push({ node, next: edges(node), at: 0 });
      onPath.add(node);
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const node = top.next[top.at++];
      if (node === undefined) {
        path.pop();
        onPath.delete(top.node);
        done.add(top.node);
      } else if (onPath.has(node)) {
        const from = path.findIndex((step) => step.node === node);
        return [...path.slice(from).map((step) => step.node), node];
      } else if (!done.has(node)) {
        enter(node);
      }
    }
  }
  return null;
}
