/**
 * The active groups by name: how they come, change and go. What was decided about their processes
 * at run time applies to each of them from the beginning.
 */
import type { GroupSpec } from "../config/types.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import { inStartOrder } from "../process/order.ts";
import { Group, type GroupSnapshot } from "./group.ts";
import type { Process } from "./process.ts";
import { type Choices, isDisabled } from "./state_file.ts";
import type { Surroundings } from "./surroundings.ts";

export interface ActiveGroupsOptions {
  readonly surroundings: Surroundings;
  readonly choices: Choices;
  /** There is a new group, or one with new processes. */
  readonly onProcesses: (group: Group) => void;
  /** The process is part of its group no longer. */
  readonly onLeave: (process: Process) => void;
  /** What is told of the process has changed, beside its record. */
  readonly onView: (process: Process) => void;
}

export class ActiveGroups {
  readonly #o: ActiveGroupsOptions;
  /** In order of addition. */
  readonly #groups = new Map<string, Group>();
  #choices: Choices;

  constructor(options: ActiveGroupsOptions) {
    this.#o = options;
    this.#choices = options.choices;
  }

  get(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /** In order of addition, as they are just now. */
  all(): Group[] {
    return [...this.#groups.values()];
  }

  /** In order of addition. */
  values(): Iterable<Group> {
    return this.#groups.values();
  }

  inStartOrder(): Group[] {
    return inStartOrder(this.#groups.values(), (group) => group.priority);
  }

  /** Of all groups, in their order of addition. */
  processes(): Process[] {
    return this.all().flatMap((group) => group.processes);
  }

  /** Its group may have been removed, or replaced by another of the same name. */
  isManaged(process: Process): boolean {
    return this.#groups.get(process.groupName)?.process(process.name) === process;
  }

  isActive(group: Group): boolean {
    return this.#groups.get(group.name) === group;
  }

  /** @throws Error with a sentence, when a log or a socket of the group cannot be made */
  add(spec: GroupSpec): Group {
    const group = this.#take(new Group(spec, this.#o.surroundings));
    this.#publish("ADDED", group);
    return group;
  }

  /** Nobody is told: to the next program nothing has happened. Group.restore() must follow. */
  takeOver(left: GroupSnapshot): void {
    this.#take(new Group(left.spec, this.#o.surroundings, left));
  }

  remove(group: Group): void {
    for (const process of group.processes) this.#o.onLeave(process);
    this.#groups.delete(group.name);
    group.dispose();
    this.#publish("REMOVED", group);
  }

  /**
   * See Group.reshape(). Whoever keeps a list of the group hears of it as of an update, if the list
   * is another one.
   */
  reshape(
    group: Group,
    spec: GroupSpec,
    recordOf: (replaced: Process | null) => ProcessRecord,
  ): void {
    const before = group.processes.map((process) => process.name);
    for (const process of group.reshape(spec, recordOf)) {
      this.#o.onLeave(process);
      process.dispose();
    }
    this.#equip(group);
    for (const process of group.processes) this.#o.onView(process);
    const isSameList = before.length === group.processes.length &&
      before.every((name) => group.process(name) !== undefined);
    if (isSameList) return;
    this.#publish("REMOVED", group);
    this.#publish("ADDED", group);
  }

  get choices(): Choices {
    return this.#choices;
  }

  setChoices(choices: Choices): void {
    this.#choices = choices;
    for (const group of this.#groups.values()) this.#applyChoices(group);
  }

  /** Closes what is open; processes are not touched. */
  dispose(): void {
    for (const group of this.#groups.values()) group.dispose();
  }

  #take(group: Group): Group {
    this.#groups.set(group.name, group);
    this.#equip(group);
    return group;
  }

  #equip(group: Group): void {
    this.#applyChoices(group);
    this.#o.onProcesses(group);
  }

  #applyChoices({ name, processes }: Group): void {
    for (const process of processes) {
      const isNews = process.setDisabled(isDisabled(this.#choices, name, process.name));
      if (isNews) this.#o.onView(process);
    }
  }

  #publish(change: "ADDED" | "REMOVED", { name }: Group): void {
    this.#o.surroundings.bus.publish({ kind: "process-group", change, group: name });
  }
}
