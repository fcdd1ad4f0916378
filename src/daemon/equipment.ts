/**
 * What some programs need before they can be started: who carries out their checks, logs that are
 * more than plain files, limits. It is loaded with the first group that has such a program, and that
 * group's processes wait for it.
 */
import { canOpenLogs, loadSpecialLogs } from "../logs/special.ts";
import type { HealthView } from "../process/health.ts";
import type { Input } from "../process/machine_types.ts";
import type { Group } from "./group.ts";
import type { HealthKeeper } from "./health/keeper.ts";
import type { HelperRunner } from "./helpers.ts";
import { canLaunch, loadLauncher } from "./limits/loader.ts";
import type { Process } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

export interface EquipmentOptions {
  readonly surroundings: Surroundings;
  readonly helpers: () => HelperRunner;
  readonly submit: (process: Process, input: Input) => void;
  readonly onHealth: (process: Process, health: HealthView) => void;
  readonly onMainPid: (process: Process, pid: number) => void;
  /** The group may have been removed while something was loaded for it. */
  readonly isActive: (group: Group) => boolean;
  /** Something has been loaded that processes of the group have waited for. */
  readonly onLoaded: (group: Group) => void;
}

export class Equipment {
  readonly #o: EquipmentOptions;
  #keeper: typeof HealthKeeper | null = null;
  #loadingKeeper: Promise<void> | null = null;
  #loadingLogs: Promise<void> | null = null;
  #loadingLauncher: Promise<void> | null = null;

  constructor(options: EquipmentOptions) {
    this.#o = options;
  }

  /** Gives the processes of a group what they need: at once, or as soon as that is loaded. */
  equip(group: Group): void {
    if (group.processes.some(isChecked)) this.#accompany(group);
    if (!group.spec.processes.every(canOpenLogs)) {
      this.#loadingLogs = loadSpecialLogs().then(() => this.#noteLoaded(group));
    }
    if (!group.spec.processes.every(canLaunch)) {
      this.#loadingLauncher = loadLauncher().then(() => this.#noteLoaded(group));
    }
  }

  /** Whether the process has all that it needs. */
  isReady(process: Process): boolean {
    if (isChecked(process) && process.companion === null) return false;
    return canLaunch(process.spec) && canOpenLogs(process.spec);
  }

  /** Resolves when everything is there that has been asked for so far. */
  async loaded(): Promise<void> {
    await this.#loadingKeeper;
    await this.#loadingLogs;
    await this.#loadingLauncher;
  }

  #noteLoaded(group: Group): void {
    if (this.#o.isActive(group)) this.#o.onLoaded(group);
  }

  #accompany(group: Group): void {
    const keeper = this.#keeper;
    if (keeper !== null) {
      for (const process of group.processes) this.#keep(keeper, process);
      return;
    }
    this.#loadingKeeper ??= import("./health/keeper.ts").then((module) => {
      this.#keeper = module.HealthKeeper;
    });
    void this.#loadingKeeper.then(() => {
      if (!this.#o.isActive(group)) return;
      this.#accompany(group);
      this.#o.onLoaded(group);
    });
  }

  #keep(Keeper: typeof HealthKeeper, process: Process): void {
    const { health: policy } = process.spec;
    if (policy === undefined || process.companion !== null) return;
    const { surroundings, helpers, submit, onHealth: onChange, onMainPid } = this.#o;
    process.companion = new Keeper({
      process,
      policy,
      surroundings,
      helpers,
      submit,
      onChange,
      onMainPid,
    });
  }
}

function isChecked({ spec }: Process): boolean {
  return spec.health !== undefined;
}
