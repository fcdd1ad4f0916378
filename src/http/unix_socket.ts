/**
 * The file of a unix socket: it appears with its mode and owner or not at all, replaces one that
 * nobody listens at any more, and is removed at the end.
 *
 * The socket is made under another name and then linked to its own. Binding to the name itself
 * would leave a moment in which the file has the wrong mode, and two daemons started at once
 * could each take the other's file for a stale one.
 */
import { chmodSync, chownSync, linkSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { StartupError } from "../daemon/host.ts";
import type { HttpServer } from "../runtime/http_types.ts";
import type { Runtime } from "../runtime/types.ts";

export interface UnixSocketFileOptions {
  readonly path: string;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly runtime: Pick<Runtime, "pid" | "system" | "users">;
  readonly stderr: (text: string) => void;
}

type Listen = (path: string) => HttpServer | Promise<HttpServer>;

/** Somebody listens at the path. */
class SocketInUseError extends Error {
  readonly code = "EADDRINUSE";
}

/** What is at the path cannot be replaced. */
class IsDirectoryError extends Error {
  readonly code = "EISDIR";
}

/** Stale files that others put there faster than we remove them are somebody's doing. */
const ATTEMPTS = 5;

/** How long another program may take to accept a connection, in milliseconds. */
const CONNECT_PATIENCE_MS = 2000;

export class UnixSocketFile {
  readonly #options: UnixSocketFileOptions;
  /** What we put there, to know it again. */
  #inode: bigint | null = null;

  constructor(options: UnixSocketFileOptions) {
    this.#options = options;
  }

  /**
   * Listens and makes the file appear.
   *
   * @param listen binds, before it returns, to a path that does not exist
   * @throws SocketInUseError, StartupError when the owner may not be set, and what listen throws
   */
  async open(listen: Listen): Promise<HttpServer> {
    const { path, runtime } = this.#options;
    const temporary = `${path}.${runtime.pid}`;
    removeFile(temporary);
    const server = await this.#listenPrivately(temporary, listen);
    try {
      this.#setOwner(temporary);
      chmodSync(temporary, this.#options.mode);
      await this.#moveInto(temporary);
      this.#inode = inodeOf(path);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    } finally {
      removeFile(temporary);
    }
  }

  /**
   * Goes on with a socket that was opened before, and its file if that is still the same.
   *
   * @param inode of the file as it was made
   */
  adopt(inode: string | null): void {
    const { path, mode } = this.#options;
    const present = inodeOf(path);
    if (present === null || String(present) !== inode) return;
    this.#inode = present;
    this.#setOwner(path);
    chmodSync(path, mode);
  }

  /** Of the file that was made here; null when it was replaced or removed by somebody. */
  get inode(): string | null {
    return this.#inode === null ? null : String(this.#inode);
  }

  /** Removes the file, unless it is another one by now. */
  remove(): void {
    const { path } = this.#options;
    if (this.#inode !== null && inodeOf(path) === this.#inode) removeFile(path);
    this.#inode = null;
  }

  /** Also under its temporary name nobody else is to get at the socket before it has its mode. */
  #listenPrivately(temporary: string, listen: Listen): ReturnType<Listen> {
    const { system } = this.#options.runtime;
    const umask = system.umask(0o177);
    try {
      return listen(temporary);
    } finally {
      system.umask(umask);
    }
  }

  #setOwner(temporary: string): void {
    const { path, owner, runtime } = this.#options;
    if (owner === null) return;
    try {
      chownSync(temporary, owner.uid, owner.gid);
    } catch (error) {
      if (codeOf(error) !== "EPERM") throw error;
      const uid = runtime.system.getuid();
      const user = runtime.users.userById(uid)?.name ?? String(uid);
      throw new StartupError(
        `Not permitted to chown ${path} to uid/gid (${owner.uid}, ${owner.gid}); adjust ` +
          '"sockchown" value in config file or on command line to values that the current user ' +
          `(${user}) can successfully chown`,
      );
    }
  }

  async #moveInto(temporary: string): Promise<void> {
    const { path, stderr } = this.#options;
    for (let attempt = 1;; attempt++) {
      try {
        linkSync(temporary, path);
        return;
      } catch (error) {
        const exists = inodeOf(path) !== null;
        if (exists && await isListenedAt(path)) throw new SocketInUseError(path);
        // A file system without hard links: the next best, which does not fail when two come
        // at once.
        if (!exists && isWithoutLinks(error)) return renameSync(temporary, path);
        if (!exists || attempt === ATTEMPTS) throw error;
      }
      // Deno's unlinkSync removes empty directories, too.
      if (isDirectory(path)) throw new IsDirectoryError(path);
      stderr(`Unlinking stale socket ${path}\n`);
      unlinkSync(path);
    }
  }
}

/** True unless a connection is refused: an answer is not waited for. */
async function isListenedAt(path: string): Promise<boolean> {
  // Loaded only here, where a socket was left behind: it takes memory that stays taken.
  const { connect } = await import("node:net");
  return await new Promise((resolve) => {
    const socket = connect({ path });
    const answer = (isUsed: boolean) => {
      socket.removeAllListeners();
      // An error may still come after this; nobody is interested any more.
      socket.on("error", () => {});
      socket.destroy();
      clearTimeout(timer);
      resolve(isUsed);
    };
    // A queue full of connections that nobody accepts is still somebody's queue.
    const timer = setTimeout(() => answer(true), CONNECT_PATIENCE_MS);
    socket.once("connect", () => answer(true));
    socket.once("error", (error) => answer(codeOf(error) === "EAGAIN"));
  });
}

function isWithoutLinks(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS";
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

/** null when there is no such file. */
export function inodeOf(path: string): bigint | null {
  try {
    return lstatSync(path, { bigint: true }).ino;
  } catch {
    // Missing or out of reach: either way not ours to remove.
    return null;
  }
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or not to be removed: the next one who binds will say so.
  }
}
