/** What an update would do, as the API tells it: process by process, key by key, with the places. */
import type { IniDocument } from "../../config/ini.ts";
import {
  changedFields,
  type GroupPlan,
  type PlanCause,
  type ProcessPlan,
} from "../../config/plan.ts";
import type { GroupSpec, Source } from "../../config/types.ts";
import type { Daemon, ManagedProcess } from "../../daemon/types.ts";
import { findCycle } from "../../process/dependencies.ts";
import { makeNamespec } from "../../rpc/namespec.ts";
import { compare, environmentChanges, groupSettings, settingsOf } from "./config_view.ts";
import type { PlanView, UpdateStep } from "./schemas/configuration.ts";

type Change = PlanView["groups"][number]["changes"][number];

/** @param document what the files say, for the places of keys */
export function planView(
  daemon: Daemon,
  plan: readonly GroupPlan[],
  document: IniDocument,
): PlanView {
  return {
    isEmpty: plan.length === 0,
    groups: plan.map((group) => ({
      group: group.name,
      action: group.action,
      source: (group.read ?? group.active)?.source ?? null,
      changes: groupChanges(group, document),
      scales: [...group.scales],
      processes: group.processes.map((process) => processView(group, process, document)),
    })),
    stopOrder: stopOrder(daemon, plan),
  };
}

function processView(group: GroupPlan, plan: ProcessPlan, document: IniDocument) {
  const { name, program, action, cause, active, read } = plan;
  const section = sectionOf(document, group, program);
  const header = section === undefined ? undefined : document.section(section);
  const source = read === null || header === undefined
    ? null
    : { file: header.file, line: header.line };
  const changes = active === null || read === null || cause !== "changed"
    ? []
    : processChanges(plan, document, section, source);
  return {
    namespec: makeNamespec(group.name, name),
    name,
    program,
    action,
    cause,
    reason: reasonOf(group, plan),
    source,
    changes,
  };
}

const REASONS: Readonly<Record<PlanCause, string>> = {
  added: "new",
  removed: "no longer configured",
  changed: "its settings have changed",
  scaled: "",
  group: "its group is replaced as a whole",
};

function reasonOf({ scales }: GroupPlan, { cause, program }: ProcessPlan): string {
  if (cause !== "scaled") return REASONS[cause];
  const scale = scales.find((one) => one.program === program);
  return `${program} goes from ${scale?.from ?? 0} to ${scale?.to ?? 0} processes`;
}

function groupChanges({ active, read }: GroupPlan, document: IniDocument): Change[] {
  if (active === null || read === null) return [];
  const section = groupSectionOf(document, read);
  return compare(null, groupSettings(active), groupSettings(read)).map((
    { key, old, new: next },
  ) => ({
    key,
    old: masked(old),
    new: masked(next),
    source: placeOf(document, section, key) ?? read.source,
  }));
}

function processChanges(
  { active, read }: ProcessPlan,
  document: IniDocument,
  section: string | undefined,
  header: Source | null,
): Change[] {
  if (active === null || read === null) return [];
  const found = [
    ...compare(null, settingsOf(active), settingsOf(read)),
    ...environmentChanges("", active.environment, read.environment),
  ];
  if (found.length === 0) {
    // A setting that the configuration view does not tell of.
    const fields = changedFields(active, read);
    return fields.map((key) => ({
      key,
      old: "(set)",
      new: "(set to something else)",
      source: header,
    }));
  }
  return found.map(({ key, old, new: next }) => {
    const written = key.startsWith("environment.") ? "environment" : key;
    const source = placeOf(document, section, written) ??
      (written === "environment" ? placeOf(document, "supervisord", written) : null) ?? header;
    return { key, old: masked(old), new: masked(next), source };
  });
}

function placeOf(
  document: IniDocument,
  section: string | undefined,
  key: string,
): Source | null {
  const entry = section === undefined ? undefined : document.entry(section, key);
  return entry === undefined ? null : { file: entry.file, line: entry.line };
}

function sectionOf(document: IniDocument, group: GroupPlan, program: string): string | undefined {
  const kind = (group.read ?? group.active)?.kind;
  const prefixes = kind === "eventlistener"
    ? ["eventlistener"]
    : kind === "fcgi"
    ? ["fcgi-program"]
    : ["program", "fcgi-program"];
  return prefixes.map((prefix) => `${prefix}:${program}`)
    .find((section) => document.section(section) !== undefined);
}

function groupSectionOf(document: IniDocument, { name, kind }: GroupSpec): string | undefined {
  const prefix = kind === "fcgi" ? "fcgi-program" : kind;
  const section = `${prefix}:${name}`;
  return document.section(section) === undefined ? undefined : section;
}

const SECRET =
  /((?:passw(?:or)?d|secret|token|api[-_]?key)[^\s=:]*[=:\s]\s*)("[^"]*"|'[^']*'|\S+)/gi;

/** What looks like a secret on a command line is not told. */
function masked(value: unknown): unknown {
  return typeof value === "string" ? value.replace(SECRET, "$1***") : value;
}

/**
 * Groups in the order in which they must be stopped; empty when none of them depends on another, or
 * when they depend on each other both ways.
 */
function stopOrder(daemon: Daemon, plan: readonly GroupPlan[]): string[] {
  const { dependencies } = daemon;
  if (dependencies === null) return [];
  const stopped = plan.filter(({ active }) => active !== null).map(({ name }) => name);
  const before = new Map(stopped.map((name) => {
    const processes: readonly ManagedProcess[] = daemon.group(name)?.processes ?? [];
    const groups = processes.flatMap((process) => dependencies.dependantsOf(process))
      .map(({ groupName }) => groupName)
      .filter((group) => group !== name && stopped.includes(group));
    return [name, [...new Set(groups)]] as const;
  }));
  const first = (name: string) => before.get(name) ?? [];
  const isOrdered = [...before.values()].some((names) => names.length > 0);
  if (!isOrdered || findCycle(stopped, first) !== null) return [];
  const order = new Set<string>();
  // Depth is limited by the number of groups in one update.
  const visit = (name: string): void => {
    first(name).filter((one) => !order.has(one)).forEach(visit);
    order.add(name);
  };
  stopped.forEach(visit);
  return [...order];
}

const STEPS = {
  start: ["added", "added, starts"],
  add: ["added", "added"],
  stop: ["removed", "stopped and removed"],
  remove: ["removed", "removed"],
  restart: ["updated", "restarted"],
  adopt: ["updated", "updated without a restart"],
} as const;

/** What has been done, one step for each process; a group that failed is one step. */
export function stepsOf(
  results: readonly { readonly plan: GroupPlan; readonly problem: string | null }[],
): UpdateStep[] {
  return results.flatMap(({ plan, problem }): UpdateStep[] => {
    const { name: group, action } = plan;
    if (problem !== null) return [{ group, step: "updated", ok: false, text: problem }];
    if (plan.processes.length === 0) {
      const step = action === "add" ? "added" : action === "remove" ? "removed" : "updated";
      return [{ group, step, ok: true, text: `${step} process group` }];
    }
    return plan.processes.map((process) => {
      const [step, text] = process.action === "stop" && process.read !== null
        ? ["updated", "stopped, does not start by itself"] as const
        : STEPS[process.action];
      return { group, process: makeNamespec(group, process.name), step, ok: true, text };
    });
  });
}
