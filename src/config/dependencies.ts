/**
 * The keys about dependencies: read with each program, and looked at together once all groups are
 * known. What is not configured is not in the result.
 */
import {
  type DependencyPolicy,
  findCycle,
  formatRequirement,
  parseRequirement,
  type Requirement,
  resolveName,
} from "../process/dependencies.ts";
import { ConfigError, ValueError } from "./errors.ts";
import type { IniEntry, IniSection } from "./ini.ts";
import type { LoadContext } from "./load_context.ts";
import { nearestName } from "./nearest.ts";
import { PROGRAM } from "./options/program.ts";
import { repr } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import type { GroupSpec, ProcessSpec } from "./types.ts";

export interface DependencySettings {
  readonly dependencies?: DependencyPolicy;
}

/** @throws ConfigError, or notes it */
export function readDependencies(reader: SectionReader): DependencySettings {
  const names = reader.read(PROGRAM.depends_on);
  const onFailure = reader.read(PROGRAM.on_dependency_failure);
  const onRestart = reader.read(PROGRAM.on_dependency_restart);
  const requirements = names.filter((name) => name !== "").map(parseRequirement);
  if (requirements.length === 0) return {};
  return { dependencies: { requirements, onFailure, onRestart } };
}

/** A program in one group: the unit that keys belong to, and so what a cycle is made of. */
interface Node {
  readonly group: GroupSpec;
  readonly program: string;
  readonly processes: ProcessSpec[];
}

/**
 * Names that nobody has, conditions that can never come, and cycles.
 * @throws ConfigError, or notes it
 */
export function checkDependencies(context: LoadContext, groups: readonly GroupSpec[]): void {
  const processes = groups.flatMap((group) => group.processes);
  if (!processes.some((process) => process.dependencies !== undefined)) return;
  const nodes = nodesOf(groups);
  const edges = new Map<Node, Node[]>();
  for (const node of nodes.values()) {
    const targets = new Set<Node>();
    for (const process of node.processes) {
      for (const requirement of process.dependencies?.requirements ?? []) {
        const found = resolveName(requirement.name, processes);
        checkRequirement(context, node, requirement, found, groups);
        for (const target of found) {
          const other = nodes.get(keyOf(target));
          if (other !== undefined) targets.add(other);
        }
      }
    }
    edges.set(node, [...targets]);
  }
  const cycle = findCycle(nodes.values(), (node) => edges.get(node) ?? []);
  if (cycle !== null) refuseCycle(context, cycle);
}

function keyOf({ group, program }: ProcessSpec): string {
  return `${group}\n${program}`;
}

function nodesOf(groups: readonly GroupSpec[]): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const group of groups) {
    for (const process of group.processes) {
      const key = keyOf(process);
      const node = nodes.get(key);
      if (node === undefined) {
        nodes.set(key, { group, program: process.program, processes: [process] });
      } else node.processes.push(process);
    }
  }
  return nodes;
}

function checkRequirement(
  context: LoadContext,
  node: Node,
  requirement: Requirement,
  found: readonly ProcessSpec[],
  groups: readonly GroupSpec[],
): void {
  const written = formatRequirement(requirement);
  if (found.length === 0) {
    const known = groups.flatMap((group) => [
      group.name,
      ...group.processes.map(({ program }) => program),
    ]);
    const nearest = nearestName(requirement.name, [...new Set(known)]);
    refuse(
      context,
      node,
      `depends_on names ${repr(requirement.name)}, which is no program, group or process`,
      nearest === null
        ? "a program, a group or group:process, perhaps with :started, :running, :ready, " +
          ":healthy or :completed"
        : `did you mean ${nearest}?`,
    );
  }
  if (requirement.condition !== "healthy") return;
  const unchecked = found.find((target) => (target.health?.healthcheck ?? null) === null);
  if (unchecked === undefined) return;
  refuse(
    context,
    node,
    `depends_on waits for ${written}, but ${unchecked.program} has no healthcheck`,
    `healthcheck= for ${unchecked.program}, or another condition`,
  );
}

function refuseCycle(context: LoadContext, cycle: readonly Node[]): void {
  const [first] = cycle;
  if (first === undefined) return;
  const steps = cycle.map((node, i) => {
    const entry = entryOf(context, node);
    const place = entry === undefined || i === cycle.length - 1
      ? ""
      : ` (${entry.file}:${entry.line})`;
    return `${nameOf(node)}${place}`;
  });
  refuse(
    context,
    first,
    `depends_on makes a cycle, in which each waits for the next: ${steps.join(" -> ")}`,
    "one of them must do without the next",
  );
}

function nameOf({ group, program }: Node): string {
  return group.name === program ? program : `${group.name}:${program}`;
}

function sectionOf(context: LoadContext, { group, program }: Node): IniSection | undefined {
  const kinds = group.kind === "eventlistener" ? ["eventlistener"] : ["program", "fcgi-program"];
  return kinds.map((kind) => context.document.section(`${kind}:${program}`))
    .find((section) => section !== undefined);
}

function entryOf(context: LoadContext, node: Node): IniEntry | undefined {
  const section = sectionOf(context, node);
  return section === undefined
    ? undefined
    : context.document.entry(section.name, PROGRAM.depends_on.key);
}

function refuse(context: LoadContext, node: Node, reason: string, wanted: string): void {
  context.problems.attempt(() => {
    const section = sectionOf(context, node);
    const entry = entryOf(context, node);
    const where = section === undefined
      ? ""
      : ` in section ${repr(section.name)} (file: ${repr(section.file)})`;
    const error = new ValueError(reason, wanted);
    throw new ConfigError(error.message + where, {
      place: entry,
      section: section?.name,
      key: PROGRAM.depends_on.key,
      found: entry?.value,
      wanted,
      reason,
    });
  }, () => {});
}
