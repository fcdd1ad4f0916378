/** One active group: its processes and, for event listeners, the pool that feeds them. */
import type { FcgiSpec, GroupSpec, ProcessSpec } from "../config/types.ts";
import { createAutoLog } from "./auto_logs.ts";
import { FcgiSocket } from "./fcgi_socket.ts";
import { ListenerPool, type ListenerPoolSnapshot } from "./listeners.ts";
import { Process, type ProcessSnapshot } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Channel, EventQueueCounts, ManagedGroup } from "./types.ts";

/** A group as the next program finds it. */
export interface GroupSnapshot {
  readonly spec: GroupSpec;
  readonly processes: readonly ProcessSnapshot[];
  readonly pool: ListenerPoolSnapshot | null;
}

export class Group implements ManagedGroup {
  readonly spec: GroupSpec;
  readonly processes: readonly Process[];
  readonly #byName: ReadonlyMap<string, Process>;
  readonly #pool: ListenerPool | null;

  /**
   * Makes the AUTO logs and tries out the FastCGI sockets; starts nothing.
   *
   * @param left by the program before this one: its logs and sockets are used, and restore()
   *   must follow
   * @throws Error with a sentence, when a log or a socket cannot be made
   */
  constructor(
    spec: GroupSpec,
    surroundings: Surroundings,
    left: GroupSnapshot | null = null,
  ) {
    this.spec = spec;
    const sockets = openSockets(spec, surroundings, left === null);
    const paths = new Map(left?.processes.map(({ name, logs }) => [name, logs.paths]));
    this.processes = spec.processes.map((process) =>
      new Process({
        spec: process,
        surroundings,
        logPaths: paths.get(process.name) ?? {
          stdout: resolveLogPath(process, "stdout", surroundings),
          stderr: resolveLogPath(process, "stderr", surroundings),
        },
        isListener: spec.kind === "eventlistener",
        fcgiSocket: sockets(process),
      })
    );
    this.#byName = new Map(this.processes.map((process) => [process.name, process]));
    this.#pool = spec.kind === "eventlistener"
      ? joinPool(spec, this.processes, surroundings)
      : null;
  }

  /** Everything that lives in it. Nothing is changed. */
  snapshot(): GroupSnapshot {
    return {
      spec: this.spec,
      processes: this.processes.map((process) => process.snapshot()),
      pool: this.#pool?.snapshot() ?? null,
    };
  }

  /** Goes on with what the program before has left. */
  restore(left: GroupSnapshot): void {
    for (const snapshot of left.processes) this.process(snapshot.name)?.restore(snapshot);
    if (left.pool !== null) this.#pool?.restore(left.pool);
  }

  get name(): string {
    return this.spec.name;
  }

  get priority(): number {
    return this.spec.priority;
  }

  process(name: string): Process | undefined {
    return this.#byName.get(name);
  }

  get eventQueue(): EventQueueCounts | null {
    const pool = this.#pool;
    return pool === null ? null : {
      size: pool.waiting,
      capacity: this.spec.listener?.bufferSize ?? 0,
      dropped: pool.dropped,
    };
  }

  /** The group leaves the daemon: its pool hears no more events, its files are closed. */
  dispose(): void {
    this.#pool?.close();
    for (const process of this.processes) process.dispose();
  }
}

function joinPool(
  spec: GroupSpec,
  processes: readonly Process[],
  surroundings: Surroundings,
): ListenerPool {
  const pool = new ListenerPool({
    spec,
    bus: surroundings.bus,
    identifier: () => surroundings.settings().identifier,
    nextSerial: surroundings.nextSerial,
    log: surroundings.log,
    isEnabled: surroundings.isLogged,
  });
  for (const process of processes) {
    process.member = pool.addMember({
      name: process.name,
      isRunning: () => process.record.state === "RUNNING",
      send: (bytes) => process.writeStdin(bytes),
    });
  }
  return pool;
}

/** One socket for the copies of each fcgi-program, also when it is a member of a [group:x]. */
function openSockets(
  spec: GroupSpec,
  { runtime, log }: Surroundings,
  isNew: boolean,
): (process: ProcessSpec) => FcgiSocket | null {
  const sockets = new Map<FcgiSpec, FcgiSocket>();
  const specs = [...Object.values(spec.memberSockets), ...(spec.fcgi === null ? [] : [spec.fcgi])];
  for (const socketSpec of specs) {
    const socket = new FcgiSocket(socketSpec, runtime, (text) => log("info", text));
    sockets.set(socketSpec, socket);
    if (!isNew) continue;
    try {
      // Opened and closed again: a wrong path or owner is an error at once, not at the first start.
      socket.acquire();
      socket.release();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Could not create FastCGI socket ${socketSpec.url}: ${reason}`, { cause });
    }
  }
  return (process) => {
    const socketSpec = spec.fcgi ?? spec.memberSockets[process.program];
    return socketSpec === undefined ? null : sockets.get(socketSpec) ?? null;
  };
}

function resolveLogPath(
  process: ProcessSpec,
  channel: Channel,
  surroundings: Surroundings,
): string | null {
  const { log } = process[channel];
  switch (log.kind) {
    case "none":
      return null;
    case "file":
      return log.path;
    case "auto": {
      if (channel === "stderr" && process.redirectStderr) return null;
      const { childlogdir, identifier } = surroundings.settings();
      return createAutoLog({ directory: childlogdir, process: process.name, channel, identifier });
    }
  }
}
