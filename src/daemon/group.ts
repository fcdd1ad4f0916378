/** One active group: its processes and, for event listeners, the pool that feeds them. */
import { canAdopt } from "../config/plan.ts";
import type { FcgiSpec, GroupSpec, ProcessSpec } from "../config/types.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
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
  spec: GroupSpec;
  processes: readonly Process[];
  #byName: ReadonlyMap<string, Process>;
  readonly #create: (
    spec: ProcessSpec,
    logPaths?: Readonly<Record<Channel, string | null>> | null,
  ) => Process;
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
    this.#create = (process, paths = null) =>
      new Process({
        spec: process,
        surroundings,
        logPaths: paths ?? {
          stdout: resolveLogPath(process, "stdout", surroundings),
          stderr: resolveLogPath(process, "stderr", surroundings),
        },
        isListener: spec.kind === "eventlistener",
        fcgiSocket: sockets(process),
      });
    const leftPaths = new Map(left?.processes.map(({ name, logs }) => [name, logs.paths]));
    this.processes = spec.processes.map((process) =>
      this.#create(process, leftPaths.get(process.name) ?? null)
    );
    this.#byName = new Map(this.processes.map((process) => [process.name, process]));
    this.#pool = spec.kind === "eventlistener" ? createPool(spec, surroundings) : null;
    this.#join(this.processes);
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

  /**
   * Becomes the group that was read: see canReshape(). Processes whose settings are the same, or can
   * be adopted, stay; all others must be stopped.
   *
   * @param recordOf what a new process begins with, given the one whose place it takes
   * @returns those that are no longer part of it, to be disposed of
   * @throws Error with a sentence, when a log cannot be made: then nothing changes
   */
  reshape(spec: GroupSpec, recordOf: (replaced: Process | null) => ProcessRecord): Process[] {
    const before = new Map(this.spec.processes.map((process) => [process.name, process]));
    const adopting: (() => void)[] = [];
    const processes = spec.processes.map((read) => {
      const process = this.#byName.get(read.name);
      const active = before.get(read.name);
      if (process !== undefined && active !== undefined && canAdopt(active, read)) {
        adopting.push(() => process.adopt(read));
        return process;
      }
      const created = this.#create(read);
      created.record = recordOf(process ?? null);
      return created;
    });
    for (const adopt of adopting) adopt();
    const staying = new Set(processes);
    const leaving = this.processes.filter((process) => !staying.has(process));
    const known = new Set(this.processes);
    this.spec = spec;
    this.processes = processes;
    this.#byName = new Map(processes.map((process) => [process.name, process]));
    // Events wait in the pool, and not with those who leave it.
    for (const process of leaving) process.member?.leave();
    this.#pool?.reorder(processes.map((process) => process.name));
    this.#join(processes.filter((process) => !known.has(process)));
    return leaving;
  }

  /** Members of the pool, where there is one. */
  #join(processes: readonly Process[]): void {
    for (const process of processes) {
      process.member = this.#pool?.addMember({
        name: process.name,
        isRunning: () => process.record.state === "RUNNING",
        send: (bytes) => process.writeStdin(bytes),
      }) ?? null;
    }
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

function createPool(spec: GroupSpec, surroundings: Surroundings): ListenerPool {
  return new ListenerPool({
    spec,
    bus: surroundings.bus,
    identifier: () => surroundings.settings().identifier,
    nextSerial: surroundings.nextSerial,
    log: surroundings.log,
    isEnabled: surroundings.isLogged,
  });
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
