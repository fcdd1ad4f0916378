/**
 * Tells the service manager above us (systemd, or a container runtime that speaks its protocol)
 * how the daemon is: up, reloading, stopping, how many programs run, and that it is alive.
 * Loaded only where NOTIFY_SOCKET is set.
 *
 * @see sd_notify(3), sd_watchdog_enabled(3)
 */
import type { EventBus } from "../events/bus.ts";
import { RUNNING_STATES } from "../process/states.ts";
import type { Runtime } from "../runtime/types.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Daemon } from "./types.ts";

/** After a change of state the numbers are told this much later, all changes at once. */
const STATUS_DELAY_MS = 1000;

export interface ServiceManagerOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly runtime: Pick<Runtime, "clock" | "pid"> & {
    readonly system: Pick<Runtime["system"], "sendDatagram">;
  };
  readonly log: Surroundings["log"];
}

export class ServiceManager {
  readonly #o: ServiceManagerOptions;
  readonly #socket: string;
  #cancelWatchdog: () => void = () => {};
  #hasFailed = false;

  constructor(options: ServiceManagerOptions) {
    this.#o = options;
    this.#socket = options.environment["NOTIFY_SOCKET"] ?? "";
    const everyMs = watchdogInterval(options.environment, options.runtime.pid);
    if (everyMs !== null) this.#keepAlive(everyMs);
  }

  /**
   * One generation of the daemon is up.
   *
   * @returns what to call when it has ended
   */
  follow(daemon: Daemon, bus: EventBus): () => void {
    const { clock, pid } = this.#o.runtime;
    this.#send(`READY=1\nMAINPID=${pid}\nSTATUS=${describe(daemon)}`);
    let cancelStatus: (() => void) | null = null;
    const unsubscribe = [
      bus.subscribe(["PROCESS_STATE"], () => {
        cancelStatus ??= clock.after(STATUS_DELAY_MS, () => {
          cancelStatus = null;
          this.#send(`STATUS=${describe(daemon)}`);
        });
      }),
      bus.subscribe(["SUPERVISOR_STATE_CHANGE_STOPPING"], () => {
        // CLOCK_MONOTONIC, which is what the clock counts in, milliseconds.
        const now = Math.round(clock.monotonic() * 1000);
        this.#send(
          daemon.state === "RESTARTING"
            ? `RELOADING=1\nMONOTONIC_USEC=${now}\nSTATUS=starting over`
            : "STOPPING=1\nSTATUS=stopping all programs",
        );
      }),
    ];
    return () => {
      cancelStatus?.();
      for (const end of unsubscribe) end();
    };
  }

  stop(): void {
    this.#cancelWatchdog();
  }

  #keepAlive(everyMs: number): void {
    this.#cancelWatchdog = this.#o.runtime.clock.after(everyMs, () => {
      this.#send("WATCHDOG=1");
      this.#keepAlive(everyMs);
    });
  }

  /** A service manager that cannot be reached is no reason to do anything but say so once. */
  #send(message: string): void {
    try {
      this.#o.runtime.system.sendDatagram(this.#socket, new TextEncoder().encode(message));
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#o.log("warn", `cannot tell the service manager at ${this.#socket}: ${reason}`);
    }
  }
}

/** Milliseconds between two signs of life: half of what is asked for; null: none is. */
export function watchdogInterval(
  environment: Readonly<Record<string, string>>,
  pid: number,
): number | null {
  const wanted = environment["WATCHDOG_USEC"] ?? "";
  const whose = environment["WATCHDOG_PID"];
  if (!/^[1-9]\d{0,15}$/.test(wanted)) return null;
  return whose === undefined || whose === String(pid) ? Number(wanted) / 2000 : null;
}

function describe(daemon: Daemon): string {
  const processes = daemon.groups().flatMap((group) => group.processes);
  const running = processes.filter(({ record }) => RUNNING_STATES.has(record.state)).length;
  const failed = processes.filter(({ record }) => record.state === "FATAL").length;
  const words = `${running} of ${processes.length} processes run`;
  return failed === 0 ? words : `${words}, ${failed} gave up`;
}
