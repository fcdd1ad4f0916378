/**
 * What the API does to processes. It goes through the XML-RPC API's methods, so that both refuse
 * and allow the same; only the words differ.
 */
import type { Daemon, ManagedProcess } from "../../daemon/types.ts";
import { Fault, fault, FAULT_CODES } from "../../rpc/faults.ts";
import { rotateLogsOf } from "../../rpc/log_methods.ts";
import type { Rpc } from "../../rpc/methods.ts";
import {
  allProcesses,
  makeNamespec,
  namespecOf,
  resolve,
  splitNamespec,
} from "../../rpc/namespec.ts";
import { startEach, startProcess } from "../../rpc/start_processes.ts";
import { failure, readResults, success } from "./action_results.ts";
import { ProblemError, requireRunning } from "./problem.ts";
import type { ActionResult } from "./schemas/processes.ts";

export type ActionName =
  | "start"
  | "stop"
  | "restart"
  | "reload"
  | "signal"
  | "clear"
  | "rotate"
  | Decision;

/** Whether it starts with the daemon. */
type Decision = "enable" | "disable";

export interface ActionRequest {
  readonly action: ActionName;
  readonly wait: boolean;
  /** false: what is started does not wait for what it depends on. Default: true. */
  readonly dependencies?: boolean;
  /** Only for "signal". */
  readonly signal: string | null;
}

const DONE: Readonly<Record<ActionName, string>> = {
  start: "started",
  stop: "stopped",
  restart: "restarted",
  reload: "reloaded",
  signal: "signalled",
  clear: "cleared",
  rotate: "rotated",
  enable: "enabled",
  disable: "disabled",
};

/** What is said to who did not wait for it. */
const BEGUN: Readonly<Record<ActionName, string>> = {
  ...DONE,
  start: "starting",
  stop: "stopping",
  restart: "restarting",
};

export class ProcessActions {
  readonly #daemon: Daemon;
  /** With the namespace "supervisor", whatever the configuration mounts. */
  readonly #rpc: Rpc;

  constructor(daemon: Daemon, rpc: Rpc) {
    this.#daemon = daemon;
    this.#rpc = rpc;
  }

  /**
   * @param namespec of one process
   * @throws Fault as a rejection
   */
  async onProcess(namespec: string, request: ActionRequest): Promise<ActionResult[]> {
    const { process } = resolve(this.#daemon, namespec);
    // A whole group has its own place.
    if (process === null) throw new ProblemError("BAD_NAME", `not a process: ${namespec}`);
    return await this.#one(process, request);
  }

  /** @throws ProblemError as a rejection, for an unknown group */
  async onGroup(name: string, request: ActionRequest): Promise<ActionResult[]> {
    const group = this.#daemon.group(name);
    if (group === undefined) throw new ProblemError("BAD_NAME", `no such group: ${name}`);
    return await this.#several(group.processes, { one: "ProcessGroup", args: [name] }, request);
  }

  /** A target that fails is a result that says so. Repeated targets count once. */
  async onTargets(targets: readonly string[], request: ActionRequest): Promise<ActionResult[]> {
    if (targets.includes("all")) {
      const processes = allProcesses(this.#daemon);
      return await this.#several(processes, { one: "AllProcesses", args: [] }, request);
    }
    const results = await Promise.all(
      [...new Set(targets)].map((target) => this.#onTarget(target, request)),
    );
    return results.flat();
  }

  async #onTarget(target: string, request: ActionRequest): Promise<ActionResult[]> {
    const { group, process } = splitNamespec(target);
    try {
      return process === null
        ? await this.onGroup(group, request)
        : await this.onProcess(target, request);
    } catch (error) {
      const problem = error instanceof ProblemError
        ? { code: error.code, text: error.message }
        : error instanceof Fault
        ? failure(error.code, error.message)
        : null;
      if (problem === null) throw error;
      const name = process ?? "*";
      return [{ namespec: makeNamespec(group, name), name, group, ok: false, ...problem }];
    }
  }

  async #one(process: ManagedProcess, request: ActionRequest): Promise<ActionResult[]> {
    const { action, wait, signal } = request;
    const namespec = namespecOf(process);
    switch (action) {
      case "start":
        if (request.dependencies === false) {
          requireRunning(this.#daemon);
          await startProcess(this.#daemon, namespec, wait, { dependencies: false });
          break;
        }
        await this.#call("startProcess", namespec, wait);
        break;
      case "stop":
        await this.#call("stopProcess", namespec, wait);
        break;
      case "signal":
        await this.#call("signalProcess", namespec, signal ?? "");
        break;
      case "clear":
        await this.#call("clearProcessLogs", namespec);
        break;
      case "rotate":
        rotateLogsOf(process);
        break;
      case "reload":
        await this.#reload(process);
        break;
      case "enable":
      case "disable":
        await this.#decide(process.groupName, process.name, action);
        break;
      case "restart":
        await this.#background(wait, async () => {
          await this.#call("stopProcess", namespec, true).catch(unlessNotRunning);
          await this.#call("startProcess", namespec, wait);
        });
    }
    return [success(process, (wait ? DONE : BEGUN)[action])];
  }

  async #several(
    processes: readonly ManagedProcess[],
    method: { readonly one: string; readonly args: readonly string[] },
    request: ActionRequest,
  ): Promise<ActionResult[]> {
    const { action, wait, signal } = request;
    const act = (verb: string, ...args: (string | boolean)[]) =>
      this.#call(`${verb}${method.one}`, ...method.args, ...args);
    switch (action) {
      case "start":
        if (request.dependencies === false) {
          requireRunning(this.#daemon);
          const started = await startEach(this.#daemon, processes, wait, { dependencies: false });
          return readResults(started, (wait ? DONE : BEGUN)[action]);
        }
        return readResults(await act(action, wait), (wait ? DONE : BEGUN)[action]);
      case "stop":
        return readResults(await act(action, wait), (wait ? DONE : BEGUN)[action]);
      case "signal":
        return readResults(await act("signal", signal ?? ""), DONE.signal);
      case "clear":
        return await this.#clearEach(processes);
      case "rotate":
        // deno-lint-ignore require-await -- what it throws is to be a rejection
        return await this.#onEach(processes, action, async (process) => {
          rotateLogsOf(process);
        });
      case "reload":
        return await this.#reloadEach(processes);
      case "enable":
      case "disable":
        for (const group of new Set(processes.map(({ groupName }) => groupName))) {
          await this.#decide(group, null, action);
        }
        return processes.map((process) => success(process, DONE[action]));
      case "restart": {
        let results = processes.map((process) => success(process, BEGUN.restart));
        await this.#background(wait, async () => {
          await act("stop", true);
          results = readResults(await act("start", wait), (wait ? DONE : BEGUN).restart);
        });
        return results;
      }
    }
  }

  /** @throws Fault FAILED as a rejection, when the decision cannot be kept */
  async #decide(group: string, process: string | null, action: Decision): Promise<void> {
    const updates = await this.#daemon.updates();
    try {
      updates.setEnabled(group, process, action === "enable");
    } catch (error) {
      throw fault("FAILED", error instanceof Error ? error.message : String(error));
    }
  }

  async #clearEach(processes: readonly ManagedProcess[]): Promise<ActionResult[]> {
    return await this.#onEach(processes, "clear", async (process) => {
      await this.#call("clearProcessLogs", namespecOf(process));
    });
  }

  /** Those that do not run have nothing to read again, and are left out as a signal does. */
  async #reloadEach(processes: readonly ManagedProcess[]): Promise<ActionResult[]> {
    const running = processes.filter(({ record }) => record.pid !== 0);
    return await this.#onEach(running, "reload", (process) => this.#reload(process));
  }

  /** @throws Fault NOT_RUNNING, FAILED as a rejection */
  async #reload(process: ManagedProcess): Promise<void> {
    const namespec = namespecOf(process);
    if (process.record.pid === 0) throw fault("NOT_RUNNING", namespec);
    const problem = await this.#daemon.reloadProcess(process);
    if (problem !== null) throw fault("FAILED", `${namespec}: ${problem}`);
  }

  async #onEach(
    processes: readonly ManagedProcess[],
    action: ActionName,
    act: (process: ManagedProcess) => Promise<void>,
  ): Promise<ActionResult[]> {
    return await Promise.all(processes.map(async (process) => {
      try {
        await act(process);
        return success(process, DONE[action]);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { ...success(process, ""), ok: false, ...failure(error.code, error.message) };
      }
    }));
  }

  /** A restart has two halves; who does not want to wait must not wait for the first one either. */
  async #background(wait: boolean, work: () => Promise<void>): Promise<void> {
    if (wait) return await work();
    // A check at once for what would refuse it at once.
    requireRunning(this.#daemon);
    work().catch((error) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#daemon.log("warn", `a restart asked for over the API failed: ${reason}`);
    });
  }

  /** @throws Fault */
  async sendStdin(namespec: string, text: string): Promise<void> {
    await this.#call("sendProcessStdin", namespec, text);
  }

  #call(method: string, ...params: (string | boolean)[]): Promise<unknown> {
    return this.#rpc.call(`supervisor.${method}`, params);
  }
}

function unlessNotRunning(error: unknown): void {
  if (error instanceof Fault && error.code === FAULT_CODES.NOT_RUNNING) return;
  throw error;
}
