/**
 * What one program of this daemon leaves to the next: everything that lives, as data, and the
 * numbers of the descriptors that stay open. Written and read here; what it is made of is the
 * business of those whose snapshots these are.
 */
import type { Config } from "../config/types.ts";
import type { SupervisorSnapshot } from "../daemon/snapshot.ts";
import type { ServerSnapshot } from "../http/handover.ts";
import { PROCESS_STATE_CODES } from "../process/states.ts";
import { decodePlain, encodePlain } from "./codec.ts";
import {
  bytes,
  count,
  descriptor,
  flag,
  list,
  map,
  nullable,
  number,
  object,
  oneOf,
  optional,
  type Shape,
  ShapeError,
  text,
} from "./shape.ts";

/** Raised when the meaning of what is there changes; what is merely added does not raise it. */
export const FORMAT = 1;

export interface Build {
  readonly version: string;
  readonly commit: string;
}

export interface HandoverState {
  readonly format: typeof FORMAT;
  /** Who has written it. */
  readonly build: Build;
  /** Proof that a candidate has read this and nothing else. */
  readonly nonce: string;
  /** How the daemon was started. */
  readonly start: { readonly args: readonly string[]; readonly cwd: string };
  /** How many programs this daemon has been, the next one included. */
  readonly generation: number;
  /** The next number of an event. */
  readonly serial: number;
  /** The configuration in force, but for its groups: those of `supervisor` are. */
  readonly config: Config;
  readonly supervisor: SupervisorSnapshot;
  readonly servers: readonly ServerSnapshot[];
  /** What waits for slow readers, by path. */
  readonly output: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Lines of the main log that are not written yet, one for each place it goes to. */
  readonly mainLog: readonly Uint8Array[];
}

/** Why a state cannot be gone on with, as a sentence. */
export class HandoverError extends Error {}

export function encodeState(state: HandoverState): Uint8Array {
  return encodePlain(state);
}

/** @throws HandoverError for anything that a program of this format has not written */
export function decodeState(encoded: Uint8Array): HandoverState {
  let value: unknown;
  try {
    value = decodePlain(encoded);
  } catch {
    throw new HandoverError("what was handed over is not the state of a daemon");
  }
  const { format } = (value ?? {}) as { readonly format?: unknown };
  if (format !== FORMAT) {
    throw new HandoverError(
      `the state has format ${String(format)}, and only format ${FORMAT} can be read`,
    );
  }
  try {
    stateShape(value, "state");
  } catch (error) {
    if (error instanceof ShapeError) throw new HandoverError(error.message);
    throw error;
  }
  return value as HandoverState;
}

/** Every descriptor that must stay open, each once. */
export function descriptorsIn({ supervisor, servers }: HandoverState): number[] {
  const found = new Set<number>();
  for (const { processes } of supervisor.groups) {
    for (const { child, lingering, socket, companion } of processes) {
      for (const one of [...lingering, ...(child === null ? [] : [child])]) {
        for (const fd of [one.stdin, one.stdout, one.stderr]) found.add(fd);
      }
      if (socket !== null) found.add(socket);
      if (companion !== null) {
        found.add(companion.socket?.fd ?? -1);
        found.add(companion.pipe ?? -1);
      }
    }
  }
  for (const { sockets } of servers) {
    found.add(sockets.fd);
    for (const { fd } of sockets.connections) found.add(fd);
  }
  found.delete(-1);
  return [...found];
}

const moment = object({ mono: number, wall: number });

const child = object({
  pid: count,
  stdin: descriptor,
  stdout: descriptor,
  stderr: descriptor,
  unsent: bytes,
  lingersUntil: nullable(number),
});

const output = object({
  scanner: nullable(object({ isCapturing: flag, held: bytes })),
  message: bytes,
  unwritten: list(bytes),
});

const channels = (shape: Shape) => object({ stdout: shape, stderr: shape });

const processShape = object({
  name: text,
  record: object({
    state: oneOf(...Object.keys(PROCESS_STATE_CODES)),
    pid: count,
    tries: number,
    startedAt: nullable(moment),
    stoppedAt: nullable(moment),
    deadline: number,
    stopping: flag,
    spawnError: nullable(text),
    exitCode: nullable(number),
    starts: number,
    restarts: number,
  }),
  logs: object({
    paths: channels(nullable(text)),
    counts: channels(object({ bytes: number, dropped: number })),
    open: channels(nullable(output)),
  }),
  child: nullable(child),
  lingering: list(child),
  socket: nullable(descriptor),
  companion: nullable(object({
    view: object({ ready: flag, status: text, since: number, detail: text }),
    socket: nullable(object({ path: text, fd: descriptor })),
    pipe: nullable(descriptor),
  })),
  schedule: optional(nullable(object({
    nominal: nullable(number),
    next: nullable(number),
    isQueued: flag,
    skipped: count,
    timedOut: count,
  }))),
  facts: object({}),
});

/** Events are only looked at as far as finding their kind: they are the writer's own. */
const pooledEvent = object({ event: object({ kind: text }), serial: count, poolSerial: count });

const pool = object({
  buffer: object({ poolSerial: number, dropped: count, waiting: list(pooledEvent) }),
  members: list(object({
    name: text,
    record: object({
      state: oneOf("READY", "BUSY", "ACKNOWLEDGED", "UNKNOWN"),
      undecided: bytes,
      result: nullable(object({ remaining: count, start: bytes })),
    }),
    held: nullable(pooledEvent),
  })),
});

/** What a specification is made of is judged where it is completed: see specs.ts. */
const group = object({
  spec: object({
    name: text,
    kind: oneOf("group", "program", "eventlistener", "fcgi"),
    processes: list(object({ name: text })),
  }),
  processes: list(processShape),
  pool: nullable(pool),
});

const histogram = object({ bounds: list(number), counts: list(count), sum: number, count });

const server = object({
  section: text,
  address: object({ kind: oneOf("unix", "inet") }),
  sockets: object({
    fd: descriptor,
    port: count,
    connections: list(object({ fd: descriptor, input: bytes })),
  }),
  inode: nullable(text),
});

const stateShape = object({
  build: object({ version: text, commit: text }),
  nonce: text,
  start: object({ args: list(text), cwd: text }),
  generation: count,
  serial: count,
  config: object({ file: text, daemon: map(() => {}), servers: list(object({ section: text })) }),
  supervisor: object({
    tickedUntil: nullable(number),
    statistics: object({
      startedAt: number,
      spawnSeconds: histogram,
      rpcSeconds: list(list(() => {})),
    }),
    counts: list(object({
      exits: list(object({ reason: text, value: text, count })),
      failures: count,
      oomKills: count,
    })),
    groups: list(group),
    waiting: list(object({
      process: text,
      requested: flag,
      cancelled: flag,
      since: nullable(number),
    })),
  }),
  servers: list(server),
  output: list(object({ path: text, bytes })),
  mainLog: list(bytes),
});
