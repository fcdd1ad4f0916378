/**
 * The checks of one process, carried out: timers, probes and what the process says of itself go
 * into process/health_machine.ts, and what comes out is done here.
 */
import type { CheckRole, HealthPolicy, HealthView } from "../../process/health.ts";
import { describeCheck } from "../../process/health.ts";
import {
  healthDueAt,
  type HealthEffect,
  type HealthInput,
  type HealthRecord,
  NO_PROCESS,
  stepHealth,
  viewOf,
} from "../../process/health_machine.ts";
import type { Input } from "../../process/machine_types.ts";
import { type NotifyMessage, parseNotifyMessage } from "../../process/notify_message.ts";
import { type ProcessState, STOPPED_STATES } from "../../process/states.ts";
import { SystemError } from "../../runtime/system_error.ts";
import type { BirthGift, Companion, CompanionSnapshot } from "../companion.ts";
import type { HelperRunner } from "../helpers.ts";
import type { Process } from "../process.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Channel } from "../types.ts";
import { LineWatch } from "./line_watch.ts";
import { type NotifySocket, openNotifySocket, takeNotifySocket } from "./notify_socket.ts";
import { type PipeSign, watchPipe } from "./pipe_sign.ts";
import type { RunningProbe } from "./probes.ts";

export interface HealthKeeperOptions {
  readonly process: Process;
  readonly policy: HealthPolicy;
  readonly surroundings: Surroundings;
  readonly helpers: () => HelperRunner;
  readonly submit: (process: Process, input: Input) => void;
  readonly onChange: (process: Process, view: HealthView) => void;
  /** The process says that another one does its work (MAINPID=). */
  readonly onMainPid: (process: Process, pid: number) => void;
}

export class HealthKeeper implements Companion {
  readonly #o: HealthKeeperOptions;
  #record: HealthRecord = NO_PROCESS;
  #cancelTimer: (() => void) | null = null;
  #timerAt = Infinity;
  #probe: RunningProbe | null = null;
  /** Counts probes, so that the answer of one that was cancelled is known as such. */
  #probes = 0;
  #socket: NotifySocket | null = null;
  #pipe: PipeSign | null = null;
  readonly #readyLine: LineWatch | null;
  readonly #aliveLine: LineWatch | null;

  constructor(options: HealthKeeperOptions) {
    this.#o = options;
    const { readiness, healthcheck } = options.policy;
    this.#record = { ...NO_PROCESS, since: options.surroundings.runtime.clock.wall() };
    this.#readyLine = readiness?.kind === "log" ? new LineWatch(readiness.pattern) : null;
    this.#aliveLine = healthcheck?.kind === "log" ? new LineWatch(healthcheck.pattern) : null;
    options.process.health = viewOf(this.#record);
  }

  get wantsOutput(): boolean {
    return this.#readyLine !== null || this.#aliveLine !== null;
  }

  prepare(): BirthGift | string {
    const { policy, surroundings } = this.#o;
    const env: Record<string, string> = {};
    const descriptors = new Map<number, number>();
    try {
      if (this.#listensTo("notify")) {
        this.#socket ??= openNotifySocket(
          surroundings.runtime,
          this.#o.process.spec.uid,
          this.#hear,
        );
        env["NOTIFY_SOCKET"] = this.#socket.path;
        if (policy.healthcheck?.kind === "notify") {
          env["WATCHDOG_USEC"] = String(Math.round(policy.intervalMs * 1000));
        }
      }
      if (policy.readiness?.kind === "fd") {
        descriptors.set(policy.readiness.fd, this.#openPipe());
      }
    } catch (error) {
      const reason = error instanceof SystemError
        ? error.code
        : (error as NodeJS.ErrnoException).code ?? String(error);
      return `couldn't make what its readiness is told over: ${reason}`;
    }
    return { env, descriptors };
  }

  born(): void {
    this.#step({ type: "spawned" });
  }

  unborn(): void {
    this.#closePipe();
  }

  output(channel: Channel, chunk: Uint8Array): void {
    const { phase } = this.#record;
    if (phase === "starting" && this.#readyLine !== null) {
      const line = this.#readyLine.find(channel, chunk);
      if (line !== null) this.#step({ type: "ready", detail: `said: ${line}` });
      return;
    }
    if (phase !== "up" || this.#aliveLine === null) return;
    const line = this.#aliveLine.find(channel, chunk);
    if (line !== null) this.#step({ type: "alive", detail: `said: ${line}` });
  }

  childExited(): void {
    // READY=1 or STATUS= just before the end: it was said while it lived.
    this.#socket?.drain();
    this.#closePipe();
    this.#readyLine?.forget();
    this.#aliveLine?.forget();
  }

  stateChanged(state: ProcessState): void {
    if (state === "STOPPING") this.#step({ type: "leaving" });
    else if (STOPPED_STATES.has(state) || state === "BACKOFF") this.#step({ type: "gone" });
  }

  snapshot(): CompanionSnapshot {
    const socket = this.#socket;
    return {
      view: viewOf(this.#record),
      socket: socket === null ? null : { path: socket.path, fd: socket.fd },
      pipe: this.#pipe?.fd ?? null,
    };
  }

  resume({ view, socket, pipe }: CompanionSnapshot): void {
    const { process, surroundings: { runtime } } = this.#o;
    if (socket !== null) this.#socket = takeNotifySocket(runtime, socket, this.#hear);
    if (pipe !== null) {
      this.#pipe = watchPipe(runtime, pipe, (end) => this.#pipeSaid(end));
    }
    if (process.record.pid === 0) return;
    this.#step({ type: "resumed", view });
    if (process.record.state === "STOPPING") this.#step({ type: "leaving" });
  }

  dispose(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#probe?.cancel();
    this.#probe = null;
    this.#probes++;
    this.#closePipe();
    this.#socket?.close();
    this.#socket = null;
    this.#record = NO_PROCESS;
  }

  readonly #hear = (text: string) => this.#said(parseNotifyMessage(text));

  #listensTo(kind: "notify"): boolean {
    const { readiness, healthcheck } = this.#o.policy;
    return readiness?.kind === kind || healthcheck?.kind === kind;
  }

  /** @returns the child's end @throws SystemError */
  #openPipe(): number {
    const { runtime } = this.#o.surroundings;
    const pipe = runtime.pipe();
    try {
      this.#pipe = watchPipe(runtime, pipe.read, (end) => this.#pipeSaid(end));
      return pipe.write;
    } catch (error) {
      for (const fd of [pipe.read, pipe.write]) runtime.closeFd(fd);
      throw error;
    }
  }

  #closePipe(): void {
    this.#pipe?.close();
    this.#pipe = null;
  }

  #pipeSaid(end: "line" | "closed"): void {
    if (end === "line") this.#step({ type: "ready", detail: "it said so on its descriptor" });
    this.#pipe = null;
  }

  #said(message: NotifyMessage): void {
    const { process, policy, submit, onMainPid } = this.#o;
    // Somebody who outlived the process: it is not meant any more.
    if (process.record.pid === 0) return;
    const { mainPid } = message;
    if (mainPid !== null && mainPid !== process.record.pid) onMainPid(process, mainPid);
    if (message.extendMs !== null) {
      if (process.record.state === "STOPPING") {
        submit(process, { type: "extend", ms: message.extendMs });
      } else {
        this.#step({ type: "extend", ms: message.extendMs });
      }
    }
    if (message.status !== null) this.#step({ type: "said", text: message.status });
    if (message.stopping) this.#step({ type: "leaving" });
    if (message.reloading) this.#step({ type: "reloading" });
    const speaksForItself = policy.readiness === null || policy.readiness.kind === "notify";
    if (message.ready && (speaksForItself || this.#record.reloading)) {
      this.#step({ type: "ready", detail: "it said so" });
    }
    if (policy.healthcheck?.kind !== "notify") return;
    if (message.watchdogMs !== null) this.#step({ type: "window", ms: message.watchdogMs });
    if (message.watchdog === "alive") this.#step({ type: "alive", detail: "it says so" });
    if (message.watchdog === "trigger") this.#step({ type: "givenUp" });
  }

  #step(input: HealthInput): void {
    const before = this.#record;
    const { clock } = this.#o.surroundings.runtime;
    const now = { mono: clock.monotonic(), wall: clock.wall() };
    const { record, effects } = stepHealth(this.#o.policy, before, input, now);
    this.#record = record;
    if (record === before) return;
    this.#arm();
    const view = viewOf(record);
    const isNew = !isSameView(view, this.#o.process.health);
    for (const effect of effects) if (effect.type !== "act") this.#perform(effect, view);
    if (isNew) this.#o.onChange(this.#o.process, view);
    // Last: what it does leads to the next step.
    if (effects.some(({ type }) => type === "act")) this.#act(view);
  }

  #arm(): void {
    const at = healthDueAt(this.#record);
    if (at === this.#timerAt && this.#cancelTimer !== null) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAt = at;
    if (at === Infinity) return;
    const { clock } = this.#o.surroundings.runtime;
    this.#cancelTimer = clock.after(Math.max(0, at - clock.monotonic()), () => {
      this.#cancelTimer = null;
      this.#step({ type: "look" });
      // The clock fired early: it stays due.
      if (this.#cancelTimer === null) this.#arm();
    });
  }

  #perform(effect: HealthEffect, view: HealthView): void {
    switch (effect.type) {
      case "probe":
        void this.#look(effect.role);
        return;
      case "cancelProbe":
        this.#probe?.cancel();
        this.#probe = null;
        this.#probes++;
        return;
      case "announce":
        this.#announce(effect.what, view);
        return;
      case "act":
        return;
    }
  }

  async #look(role: CheckRole): Promise<void> {
    const { policy, process, surroundings, helpers } = this.#o;
    const check = policy[role];
    if (check === null) return;
    const number = ++this.#probes;
    let result = { ok: false, detail: `${describeCheck(check)}: could not be checked` };
    try {
      // A piece of the program of its own: who checks nothing does not load it.
      const { startProbe } = await import("./probes.ts");
      if (number !== this.#probes) return;
      this.#probe = startProbe(check, {
        timeoutMs: policy.timeoutMs,
        clock: surroundings.runtime.clock,
        helper: (command, timeoutMs) => {
          const request = process.helperRequest({ command, timeoutMs, keepBytes: 2048 });
          return typeof request === "string" ? request : helpers().run(request);
        },
        // A marker of an earlier life says nothing about this one.
        notBefore: role === "readiness" ? process.record.startedAt?.wall ?? 0 : 0,
      });
      result = await this.#probe.done;
    } catch (error) {
      result.detail += `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (number !== this.#probes) return;
    this.#probe = null;
    this.#step({ type: "probed", role, ...result });
  }

  #announce(what: "READY" | "HEALTHY" | "UNHEALTHY", view: HealthView): void {
    const { process, policy, surroundings } = this.#o;
    if (what !== "UNHEALTHY") {
      surroundings.log("info", `${what.toLowerCase()}: ${process.name} (${view.detail})`);
    }
    if (policy.onUnhealthy === "none") return;
    surroundings.bus.publish({
      kind: "process-health",
      what,
      process: process.name,
      group: process.groupName,
      pid: process.record.pid,
      detail: view.detail,
    });
  }

  #act(view: HealthView): void {
    const { process, policy, surroundings, submit } = this.#o;
    const next = { restart: ", restarting it", stop: ", stopping it", event: "", none: "" };
    const text = `unhealthy: ${process.name} (${view.detail})${next[policy.onUnhealthy]}`;
    surroundings.log("warn", text);
    const reason = `unhealthy: ${view.detail}`;
    if (policy.onUnhealthy === "restart") submit(process, { type: "restart", reason });
    if (policy.onUnhealthy === "stop") submit(process, { type: "stop", reason });
  }
}

function isSameView(a: HealthView, b: HealthView | null): boolean {
  return b !== null && a.ready === b.ready && a.status === b.status && a.since === b.since &&
    a.detail === b.detail;
}
