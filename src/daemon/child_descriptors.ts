/**
 * The descriptors of a child to be: for each of its standard streams the end that it gets and the
 * end that stays here. Whoever has one of these either closes the child's ends, because it has them
 * now, or everything, because nothing came of it.
 */
import type { SpawnRequest } from "../runtime/spawn_types.ts";
import { keepReserve } from "./descriptor_reserve.ts";
import type { FcgiSocket } from "./fcgi_socket.ts";
import type { Births, PipeEnds } from "./orphans/births.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Channel } from "./types.ts";

export interface StreamsOptions {
  /** Is its standard input, shared with others; null: a pipe is. */
  readonly socket: FcgiSocket | null;
  /** False: nobody would see what it writes there, so that goes to /dev/null, at no cost. */
  readonly readsStdout: boolean;
  readonly readsStderr: boolean;
  /** What it writes to stderr goes where its stdout goes. */
  readonly redirectStderr: boolean;
  /** Who opens its ends of the pipes both ways, as they are to outlive this daemon; null: nobody. */
  readonly births: Births | null;
}

export class ChildDescriptors implements PipeEnds {
  /** Our ends; -1 where there is none. */
  stdin = -1;
  stdout = -1;
  stderr = -1;
  readonly #surroundings: Pick<Surroundings, "runtime" | "devNull">;
  /** What it is to have as 0, 1 and 2. */
  #stdio: SpawnRequest["stdio"] = [-1, -1, -1];
  /** All that must be closed again if the child is not born. */
  readonly #opened: number[] = [];
  readonly #childEnds: number[] = [];
  #births: Births | null = null;
  #socket: FcgiSocket | null = null;

  constructor(surroundings: Pick<Surroundings, "runtime" | "devNull">) {
    this.#surroundings = surroundings;
  }

  get stdio(): SpawnRequest["stdio"] {
    return this.#stdio;
  }

  /** Our ends, where the pipes are to outlive this daemon. */
  get lasting(): PipeEnds | null {
    return this.#births === null ? null : this;
  }

  /** @throws Error when the socket or a pipe cannot be had: then closeAll() is due */
  openStreams({ socket, readsStdout, readsStderr, redirectStderr, births }: StreamsOptions): void {
    this.#births = births;
    const stdin = socket === null ? this.#openInput() : this.#share(socket);
    const stdout = this.#openOutput("stdout", readsStdout);
    const stderr = redirectStderr ? stdout : this.#openOutput("stderr", readsStderr);
    this.#stdio = [stdin, stdout, stderr];
  }

  /** Descriptors that the child gets beside its streams. */
  give(ends: Iterable<number>): void {
    for (const end of ends) {
      this.#opened.push(end);
      this.#childEnds.push(end);
    }
  }

  /** @throws SystemError EMFILE when the last descriptors of this process would be the child's */
  keepReserve(): void {
    keepReserve(this.#surroundings.runtime, this.#opened);
  }

  /** The child has been born, and has them. */
  closeChildEnds(): void {
    for (const fd of this.#childEnds) this.#surroundings.runtime.closeFd(fd);
  }

  /** There will be no child. */
  closeAll(): void {
    for (const fd of this.#opened) this.#surroundings.runtime.closeFd(fd);
    this.#socket?.release();
  }

  #share(socket: FcgiSocket): number {
    const fd = socket.acquire();
    this.#socket = socket;
    return fd;
  }

  #openInput(): number {
    const { read, write } = this.#openPipe();
    this.stdin = write;
    return this.#childEnd(read);
  }

  #openOutput(channel: Channel, isRead: boolean): number {
    if (!isRead) return this.#surroundings.devNull;
    const { read, write } = this.#openPipe();
    this[channel] = read;
    return this.#childEnd(write);
  }

  #openPipe(): { readonly read: number; readonly write: number } {
    const pipe = this.#surroundings.runtime.pipe();
    this.#opened.push(pipe.read, pipe.write);
    return pipe;
  }

  #childEnd(end: number): number {
    this.#childEnds.push(end);
    if (this.#births === null) return end;
    const lasting = this.#births.openBothWays(end);
    this.#opened.push(lasting);
    this.#childEnds.push(lasting);
    return lasting;
  }
}
