/** Servers on their way from one program to the next, in the same process. */
import { unlinkSync } from "node:fs";
import type { ServerSpec } from "../config/types.ts";
import type { HttpServer, ServerHandover } from "../runtime/http_types.ts";
import type { Runtime } from "../runtime/types.ts";
import { inodeOf } from "./unix_socket.ts";

/** One server as the next program finds it. */
export interface ServerSnapshot {
  readonly section: string;
  readonly address: ServerSpec["address"];
  readonly sockets: ServerHandover;
  /** Of the socket's file, to know it again; null for an inet server. */
  readonly inode: string | null;
}

/** What is left of the servers before: each is taken once, the rest is closed. */
export class LeftServers {
  readonly #left: ServerSnapshot[];

  constructor(left: readonly ServerSnapshot[]) {
    this.#left = [...left];
  }

  /** The one at the same place, if there is one. */
  take(server: ServerSpec): ServerSnapshot | null {
    const index = this.#left.findIndex(({ address }) => isSamePlace(address, server.address));
    return index === -1 ? null : this.#left.splice(index, 1)[0] ?? null;
  }

  /** Closes what the configuration does not name any more. */
  closeRest(runtime: Pick<Runtime, "closeFd">): void {
    for (const { address, sockets, inode } of this.#left.splice(0)) {
      if (address.kind === "unix" && inode !== null && String(inodeOf(address.path)) === inode) {
        removeFile(address.path);
      }
      closeSockets(sockets, runtime);
    }
  }
}

function closeSockets(sockets: ServerHandover, { closeFd }: Pick<Runtime, "closeFd">): void {
  closeFd(sockets.fd);
  for (const { fd } of sockets.connections) closeFd(fd);
}

function isSamePlace(a: ServerSpec["address"], b: ServerSpec["address"]): boolean {
  if (a.kind === "unix") return b.kind === "unix" && a.path === b.path;
  return b.kind === "inet" && a.host === b.host && a.port === b.port;
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}

/** Servers that are being frozen, counted together. */
export interface FrozenServers {
  readonly busy: number;
  readonly working: number;
  readonly streaming: number;
  freeze(changed: () => void): void;
  thaw(): void;
  endStreams(): void;
  /** @throws Error with a sentence when one of them cannot be handed over */
  snapshot(): ServerSnapshot[];
}

export interface RunningServer {
  readonly server: ServerSpec;
  readonly listening: HttpServer;
  readonly inode: () => string | null;
}

/** @param running a live list */
export function freezable(running: readonly RunningServer[]): FrozenServers {
  const sum = (of: (server: HttpServer) => number) =>
    running.reduce((total, { listening }) => total + of(listening), 0);
  return {
    get busy() {
      return sum((server) => server.busy);
    },
    get working() {
      return sum((server) => server.working);
    },
    get streaming() {
      return sum((server) => server.streaming);
    },
    freeze(changed) {
      for (const { listening } of running) listening.freeze(changed);
    },
    thaw() {
      for (const { listening } of running) listening.thaw();
    },
    endStreams() {
      for (const { listening } of running) listening.endStreams();
    },
    snapshot: () =>
      running.map(({ server: { section, address }, listening, inode }) => {
        const sockets = listening.handOver();
        if (sockets === null) throw new Error(`the socket of ${section} cannot be handed over`);
        return { section, address, sockets, inode: inode() };
      }),
  };
}
