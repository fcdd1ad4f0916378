/**
 * This daemon goes on as another program: the same process, with the same children, sockets and
 * open requests, behind execve(2).
 *
 *   asking    a candidate is run beside the daemon and reads the state: it refuses, or it would
 *   draining  requests that have begun are finished; what else comes waits in the kernel
 *   leaving   whoever asked gets the answer, endless answers are ended
 *   gone      everything that lives is written down and the program replaced, in one go: nothing
 *             can happen in between
 *
 * Until the last step nothing is changed that cannot be taken back, and even that one only begins
 * something new when it succeeds: a snapshot changes nothing, and execve() that fails comes back.
 */
import process from "node:process";
import type { Config } from "../config/types.ts";
import { serviceVariables } from "../daemon/service_variables.ts";
import type { Supervisor } from "../daemon/supervisor.ts";
import type { Surroundings } from "../daemon/surroundings.ts";
import type { Successor } from "../daemon/types.ts";
import type { FrozenServers } from "../http/handover.ts";
import { unsentOutput } from "../logs/open_sink.ts";
import { ask, type Candidate, findCandidate } from "./candidate.ts";
import {
  type Build,
  descriptorsIn,
  encodeState,
  FORMAT,
  HandoverError,
  type HandoverState,
} from "./state.ts";
import { HANDOVER_VARIABLE } from "./variable.ts";

/** How long requests that wait for something (a process to start) are waited for. */
const DRAIN_MS = 10_000;
/** How long answers may take to go out once they are made. */
const LEAVE_MS = 1000;
/** How often an obstacle without a sign of its end is looked at. */
const LOOK_MS = 50;

export interface HandoverOptions {
  readonly surroundings: Surroundings;
  readonly supervisor: Supervisor;
  readonly servers: FrozenServers;
  readonly build: Build;
  readonly start: HandoverState["start"];
  readonly generation: number;
  readonly config: () => Config;
  readonly serial: () => number;
  /** Lines of the main log that are not written yet. */
  readonly mainLog: () => readonly Uint8Array[];
}

export class Handover implements Successor {
  readonly #o: HandoverOptions;
  #isUnderWay = false;
  #lastFailure: string | null = null;

  constructor(options: HandoverOptions) {
    this.#o = options;
  }

  get build(): Build {
    return this.#o.build;
  }

  get generation(): number {
    return this.#o.generation;
  }

  get lastFailure(): string | null {
    return this.#lastFailure;
  }

  async begin(path: string | null): Promise<Build> {
    if (this.#isUnderWay) throw new HandoverError("another upgrade is under way");
    this.#isUnderWay = true;
    this.#lastFailure = null;
    const { log } = this.#o.surroundings;
    try {
      const candidate = findCandidate(path, this.#o.surroundings.runtime);
      log("info", `asked to go on as ${candidate.name}`);
      const obstacle = this.#o.supervisor.obstacle;
      if (obstacle !== null) throw new HandoverError(obstacle);
      const { build, variables } = await this.#ask(candidate);
      await this.#drain();
      void this.#leave(candidate, variables);
      return build;
    } catch (error) {
      this.#isUnderWay = false;
      const reason = error instanceof Error ? error.message : String(error);
      log("error", `not upgraded: ${reason}`);
      throw error instanceof HandoverError ? error : new HandoverError(reason);
    }
  }

  async #ask(candidate: Candidate): ReturnType<typeof ask> {
    const { supervisor, surroundings: { runtime, environment } } = this.#o;
    const state = this.#state([]);
    const stateFd = runtime.system.memoryFile(encodeState(state));
    try {
      const { helpers } = supervisor;
      return await ask({ candidate, helpers, environment, stateFd, nonce: state.nonce });
    } finally {
      runtime.closeFd(stateFd);
    }
  }

  /**
   * Waits until nobody but who asked for this is waiting for an answer.
   *
   * @throws HandoverError after a while; everything goes on then
   */
  async #drain(): Promise<void> {
    const { servers, supervisor } = this.#o;
    const isDone = () => servers.working <= 1 && supervisor.obstacle === null;
    if (await this.#frozenUntil(isDone, DRAIN_MS)) return;
    servers.thaw();
    const others = servers.working - 1;
    throw new HandoverError(
      supervisor.obstacle ??
        `${others} other request${others === 1 ? " is" : "s are"} still being worked on`,
    );
  }

  /** Nobody is told of what goes wrong here but the log and `lastFailure`: the answer is out. */
  async #leave(
    candidate: Candidate,
    variables: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { servers, supervisor, surroundings: { log, runtime } } = this.#o;
    try {
      await this.#frozenUntil(() => servers.busy === 0, LEAVE_MS);
      servers.endStreams();
      await this.#frozenUntil(() => servers.streaming + servers.busy === 0, LEAVE_MS);
      if (!await this.#frozenUntil(() => supervisor.obstacle === null, DRAIN_MS)) {
        throw new HandoverError(supervisor.obstacle ?? "");
      }
      const release = await runtime.system.settleSignals();
      try {
        // One of them may have asked for the end.
        if (supervisor.obstacle !== null) throw new HandoverError(supervisor.obstacle);
        this.#replace(candidate, variables);
      } finally {
        release();
      }
    } catch (error) {
      this.#lastFailure = error instanceof Error ? error.message : String(error);
      this.#isUnderWay = false;
      servers.thaw();
      log("critical", `not upgraded: ${this.#lastFailure}`);
    }
  }

  /** @returns false when the time was up first */
  #frozenUntil(isDone: () => boolean, ms: number): Promise<boolean> {
    const { servers, surroundings: { runtime: { clock } } } = this.#o;
    const deadline = clock.monotonic() + ms;
    return new Promise((resolve) => {
      let isOver = false;
      let cancel = () => {};
      const finish = (result: boolean) => {
        isOver = true;
        cancel();
        resolve(result);
      };
      const look = () => {
        if (isOver) return;
        if (isDone()) return finish(true);
        if (clock.monotonic() >= deadline) return finish(false);
        cancel();
        cancel = clock.after(LOOK_MS, look);
      };
      // Not inside the call that says so: a connection is still busy with itself then.
      servers.freeze(() => void clock.after(0, look));
      look();
    });
  }

  /** Returns only by throwing: then everything is as it was. */
  #replace(candidate: Candidate, variables: Readonly<Record<string, string>>): void {
    const { servers, start, surroundings: { runtime, environment, log } } = this.#o;
    const { system } = runtime;
    const state = this.#state(servers.snapshot());
    const stateFd = system.memoryFile(encodeState(state));
    const inherited = [...descriptorsIn(state), stateFd];
    log("debug", `handing over ${inherited.length} descriptors to ${candidate.name}`);
    try {
      // Whatever else is open, and whoever has opened it, is not for the next program.
      system.closeOnExecFrom(3);
      for (const fd of inherited) system.setCloseOnExec(fd, false);
      system.execve(candidate.file, [...candidate.words, ...start.args], {
        ...environment,
        ...serviceVariables(process.env),
        ...variables,
        [HANDOVER_VARIABLE]: String(stateFd),
      });
    } finally {
      system.closeOnExecFrom(3);
      runtime.closeFd(stateFd);
      for (const { sockets } of state.servers) {
        for (const { fd } of sockets.connections) runtime.closeFd(fd);
      }
    }
  }

  #state(servers: HandoverState["servers"]): HandoverState {
    const { supervisor, build, start, generation } = this.#o;
    return {
      format: FORMAT,
      build,
      nonce: crypto.randomUUID(),
      start,
      generation: generation + 1,
      serial: this.#o.serial(),
      config: { ...this.#o.config(), groups: [], messages: [] },
      supervisor: supervisor.snapshot(),
      servers,
      output: unsentOutput(),
      mainLog: this.#o.mainLog(),
    };
  }
}
