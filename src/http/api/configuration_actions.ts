/** How the API makes what was read, or another number of processes, the active one. */
import { IniDocument } from "../../config/ini.ts";
import type { Daemon } from "../../daemon/types.ts";
import { Fault } from "../../rpc/faults.ts";
import type { Rpc } from "../../rpc/methods.ts";
import { failure } from "./action_results.ts";
import { differenceView } from "./config_view.ts";
import { planView, stepsOf } from "./plan_view.ts";
import { ProblemError, requireRunning } from "./problem.ts";
import type {
  DifferenceView,
  PlanView,
  ScaleResultView,
  UpdateStep,
} from "./schemas/configuration.ts";

export class ConfigurationActions {
  readonly #daemon: Daemon;
  /** With the namespace "supervisor", whatever the configuration mounts. */
  readonly #rpc: Rpc;

  constructor(daemon: Daemon, rpc: Rpc) {
    this.#daemon = daemon;
    this.#rpc = rpc;
  }

  /** @throws ProblemError CANT_REREAD, SHUTDOWN_STATE */
  reread(): DifferenceView {
    requireRunning(this.#daemon);
    return differenceView(this.#daemon, reading(() => this.#daemon.reread()));
  }

  /**
   * Rereads, then makes the active groups what was read: as `supervisorctl update` does.
   *
   * @param only these groups; null: all
   * @param minimal whether processes that have not changed are left alone
   * @throws ProblemError CANT_REREAD, SHUTDOWN_STATE as a rejection
   */
  async update(
    only: readonly string[] | null,
    minimal = false,
  ): Promise<{ difference: DifferenceView; steps: UpdateStep[] }> {
    const difference = this.reread();
    const request = { minimal, groups: only };
    if (minimal) {
      const { results } = await (await this.#daemon.updates()).update(request);
      return { difference, steps: stepsOf(results) };
    }
    if (this.#daemon.dependencies !== null) {
      // Group by group, one that depends on another would see that one end.
      const updates = await this.#daemon.updates();
      await updates.stopFirst(updates.plan(request));
    }
    const isWanted = ({ group }: { group: string }) => only === null || only.includes(group);
    const steps: UpdateStep[] = [];
    for (const { group } of difference.removed.filter(isWanted)) {
      await this.#takeOut(group, steps);
    }
    for (const { group } of difference.changed.filter(isWanted)) {
      if (await this.#takeOut(group, steps)) this.#putIn(group, "updated", steps);
    }
    for (const { group } of difference.added.filter(isWanted)) this.#putIn(group, "added", steps);
    return { difference, steps };
  }

  /** @throws ConfigError, ProblemError */
  async plan(only: readonly string[] | null, minimal: boolean): Promise<PlanView> {
    const updates = await this.#daemon.updates();
    const document = new IniDocument();
    return planView(
      this.#daemon,
      reading(() => updates.plan({ minimal, groups: only }, document)),
      document,
    );
  }

  /**
   * @param numprocs null: as many as the file says
   * @throws ProblemError as a rejection
   */
  async scale(program: string, numprocs: number | null): Promise<ScaleResultView> {
    requireRunning(this.#daemon);
    const updates = await this.#daemon.updates();
    let outcome;
    try {
      outcome = await updates.scale(program, numprocs);
    } catch (error) {
      throw new ProblemError("FAILED", error instanceof Error ? error.message : String(error));
    }
    switch (outcome.kind) {
      case "unknown":
        throw new ProblemError("BAD_NAME", `no such program: ${program}`);
      case "pending":
        throw new ProblemError(
          "FAILED",
          `the configuration of ${outcome.group} has changed: update it first`,
        );
      case "scaled": {
        const { groups, scaled = [] } = this.#daemon.config;
        const now = scaled.find((one) => one.program === program);
        const count = groups.flatMap(({ processes }) => processes)
          .filter((process) => process.program === program).length;
        return {
          program,
          configured: now?.configured ?? count,
          numprocs: now?.numprocs ?? count,
          steps: stepsOf(outcome.results),
        };
      }
    }
  }

  async #takeOut(group: string, steps: UpdateStep[]): Promise<boolean> {
    try {
      await this.#rpc.call("supervisor.stopProcessGroup", [group, true]);
      steps.push({ group, step: "stopped", ok: true, text: "stopped" });
      await this.#rpc.call("supervisor.removeProcessGroup", [group]);
      steps.push({ group, step: "removed", ok: true, text: "removed process group" });
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { text } = failure(error.code, error.message);
      steps.push({ group, step: "removed", ok: false, text });
      return false;
    }
  }

  #putIn(group: string, step: "added" | "updated", steps: UpdateStep[]): void {
    try {
      const outcome = this.#daemon.addGroup(group);
      const text = outcome === "added" ? `${step} process group` : `not added: ${outcome}`;
      steps.push({ group, step, ok: outcome === "added", text });
    } catch (error) {
      // A log or a socket of the group could not be made.
      const text = error instanceof Error ? error.message : String(error);
      steps.push({ group, step, ok: false, text });
    }
  }
}

/** @throws ProblemError CANT_REREAD */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ProblemError("CANT_REREAD", error instanceof Error ? error.message : String(error));
  }
}
