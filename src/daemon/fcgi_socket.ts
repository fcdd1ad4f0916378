/**
 * The listening socket that the copies of a fcgi-program share on descriptor 0: opened by the
 * first that needs it, closed by the last that is gone.
 */
import { chmodSync, chownSync, rmSync } from "node:fs";
import type { FcgiSpec } from "../config/types.ts";
import type { Runtime } from "../runtime/types.ts";

/** listen(2) takes the system's maximum for anything above it. */
const SOMAXCONN = 4096;

/** Mode of a unix socket whose configuration names none. */
const DEFAULT_MODE = 0o700;

export class FcgiSocket {
  readonly #spec: FcgiSpec;
  readonly #runtime: Runtime;
  readonly #log: (text: string) => void;
  #users = 0;
  #fd = -1;

  constructor(spec: FcgiSpec, runtime: Runtime, log: (text: string) => void) {
    this.#spec = spec;
    this.#runtime = runtime;
    this.#log = log;
  }

  get spec(): FcgiSpec {
    return this.#spec;
  }

  /** The open socket; null while nobody uses it. */
  get fd(): number | null {
    return this.#users > 0 ? this.#fd : null;
  }

  /** Goes on with a socket that is open, for as many users as adopt() is called. */
  adopt(fd: number): void {
    this.#fd = fd;
    this.#users++;
  }

  /**
   * One more user of the socket; the first one opens it.
   *
   * @returns the descriptor
   * @throws Error with a sentence, when the socket cannot be made
   */
  acquire(): number {
    if (this.#users === 0) {
      this.#log(`Creating socket ${this.#spec.url}`);
      this.#fd = this.#open();
    }
    this.#users++;
    return this.#fd;
  }

  release(): void {
    this.#users--;
    if (this.#users > 0) return;
    this.#log(`Closing socket ${this.#spec.url}`);
    this.#runtime.closeFd(this.#fd);
    this.#fd = -1;
  }

  #open(): number {
    const { address, owner, mode, backlog } = this.#spec;
    const { system } = this.#runtime;
    if (address.kind === "tcp") {
      return system.listen({
        host: address.host,
        port: address.port,
        backlog: backlog ?? SOMAXCONN,
      });
    }
    // The file of an earlier run is in the way of bind(2) and belongs to nobody any more.
    rmSync(address.path, { force: true });
    const fd = system.listen({ unix: address.path, backlog: backlog ?? SOMAXCONN });
    try {
      if (owner !== null) {
        attempt("ownership", () => chownSync(address.path, owner.uid, owner.gid));
      }
      attempt("permissions", () => chmodSync(address.path, mode ?? DEFAULT_MODE));
    } catch (error) {
      this.#runtime.closeFd(fd);
      rmSync(address.path, { force: true });
      throw error;
    }
    return fd;
  }
}

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Could not change ${what} of socket file: ${reason}`, { cause });
  }
}
