/** Which descriptors could be read or written right now. */
import { availableParallelism } from "node:os";
import { buffer, type Libc } from "./libc.ts";
import { systemError } from "./errors.ts";

export type Interest = "read" | "write";

/** One interest per descriptor; level-triggered. */
export interface ReadySet {
  /** @returns false for a descriptor that cannot be watched because it is always ready (a file) */
  add(fd: number, interest: Interest): boolean;
  /** Must be called before the descriptor is closed: its number may come back at once. */
  remove(fd: number): void;
  /**
   * Looks once without waiting and calls back with each ready descriptor.
   *
   * @returns true when more may be ready than were visited
   */
  forEachReady(visit: Visit): boolean;
  /**
   * Makes await() possible. At most once.
   *
   * @param loop what the runtime's event loop waits on: readable when it has something to do
   * @returns false where that cannot be watched
   */
  watchLoop(loop: number): boolean;
  /**
   * Waits until a descriptor is ready or the runtime's event loop has something to do, and visits
   * what is ready. Begins with a few looks in a row, as long as those are usually enough.
   *
   * @param ms whole milliseconds
   */
  await(visit: Visit, ms: number): Awaited;
}

/** `loop`: the event loop has something to do, whatever else was ready. */
export type Awaited = "some" | "loop" | "nothing";

/** @param hungUp the other end is closed: after what is left to read comes the end */
export type Visit = (fd: number, hungUp: boolean) => void;

export function createReadySet(libc: Libc): ReadySet {
  return libc.platform.os === "linux" ? new EpollSet(libc) : new PollSet(libc);
}

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const EPOLLOUT = 4;
const EPOLLHUP = 0x10;
const EVENTS_PER_LOOK = 128;
/** How long await() looks before it sleeps. */
const LOOKING_MS = 0.05;
/** Looking was in vain: the other side is slow, or waits for this very processor. */
const QUIET_AWAITS = 16;

class EpollSet implements ReadySet {
  readonly #libc: Libc;
  readonly #epoll: number;
  readonly #request: Uint8Array<ArrayBuffer>;
  readonly #requestView: DataView;
  readonly #events: Uint8Array<ArrayBuffer>;
  readonly #eventsView: DataView;
  #loop = -1;
  #loopIsReady = false;
  /** So many times await() does not look first. */
  #quietAwaits = availableParallelism() === 1 ? Infinity : 0;
  /** A look inside a look (a sink that drains another pipe does not, but may) needs its own list. */
  #looking = false;

  constructor(libc: Libc) {
    this.#libc = libc;
    const { epollEventSize, O_CLOEXEC } = libc.platform;
    this.#request = buffer(epollEventSize);
    this.#requestView = new DataView(this.#request.buffer);
    this.#events = buffer(epollEventSize * EVENTS_PER_LOOK);
    this.#eventsView = new DataView(this.#events.buffer);
    this.#epoll = libc.functions.epoll_create1(O_CLOEXEC);
    if (this.#epoll === -1) throw libc.failure("epoll_create1");
  }

  add(fd: number, interest: Interest): boolean {
    this.#requestView.setUint32(0, interest === "read" ? EPOLLIN : EPOLLOUT, true);
    this.#requestView.setInt32(this.#libc.platform.epollDataOffset, fd, true);
    const { functions, failure } = this.#libc;
    if (functions.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, this.#request) === 0) return true;
    const error = failure("epoll_ctl", `fd ${fd}`);
    if (error.code === "EPERM") return false;
    throw error;
  }

  remove(fd: number): void {
    this.#libc.functions.epoll_ctl(this.#epoll, EPOLL_CTL_DEL, fd, this.#request);
  }

  forEachReady(visit: Visit): boolean {
    return this.#visitReady(visit, 0) === EVENTS_PER_LOOK;
  }

  watchLoop(loop: number): boolean {
    // An event loop that has no descriptor, or that cannot be nested, is no reason to fail.
    try {
      this.#loop = this.add(loop, "read") ? loop : -1;
    } catch {
      this.#loop = -1;
    }
    return this.#loop !== -1;
  }

  await(visit: Visit, ms: number): Awaited {
    const count = this.#lookRepeatedly(visit) || this.#visitReady(visit, ms);
    // Less than none: a signal, and its handler waits for the loop.
    if (this.#loopIsReady || count < 0) return "loop";
    return count > 0 ? "some" : "nothing";
  }

  /**
   * Falling asleep and being woken from another processor takes longer than most answers do, and as
   * much processor time as looking for them.
   */
  #lookRepeatedly(visit: Visit): number {
    if (this.#quietAwaits > 0) {
      this.#quietAwaits--;
      return 0;
    }
    const until = performance.now() + LOOKING_MS;
    do {
      const count = this.#visitReady(visit, 0);
      if (count !== 0) return count;
    } while (performance.now() < until);
    this.#quietAwaits = QUIET_AWAITS;
    return 0;
  }

  /** @returns how many were ready, of EVENTS_PER_LOOK */
  #visitReady(visit: Visit, ms: number): number {
    if (this.#looking) return 0;
    this.#looking = true;
    this.#loopIsReady = false;
    try {
      const { epollEventSize, epollDataOffset } = this.#libc.platform;
      const { epoll_wait } = this.#libc.functions;
      const count = epoll_wait(this.#epoll, this.#events, EVENTS_PER_LOOK, ms);
      for (let i = 0; i < count; i++) {
        const at = i * epollEventSize;
        const fd = this.#eventsView.getInt32(at + epollDataOffset, true);
        if (fd === this.#loop) this.#loopIsReady = true;
        else visit(fd, (this.#eventsView.getUint32(at, true) & EPOLLHUP) !== 0);
      }
      return count;
    } finally {
      this.#looking = false;
    }
  }
}

const POLLIN = 1;
const POLLOUT = 4;
const POLLHUP = 0x10;
const POLLFD_SIZE = 8;

/** macOS has kqueue, but poll(2) over a few dozen pipes is as good. Not run on a Mac so far. */
class PollSet implements ReadySet {
  readonly #libc: Libc;
  readonly #watched = new Map<number, Interest>();

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  add(fd: number, interest: Interest): boolean {
    if (this.#watched.has(fd)) throw systemError("EEXIST", "poll", `fd ${fd}`);
    this.#watched.set(fd, interest);
    return true;
  }

  remove(fd: number): void {
    this.#watched.delete(fd);
  }

  forEachReady(visit: Visit): boolean {
    const list = buffer(this.#watched.size * POLLFD_SIZE);
    const view = new DataView(list.buffer);
    let at = 0;
    for (const [fd, interest] of this.#watched) {
      view.setInt32(at, fd, true);
      view.setInt16(at + 4, interest === "read" ? POLLIN : POLLOUT, true);
      at += POLLFD_SIZE;
    }
    if (this.#libc.functions.poll(list, this.#watched.size, 0) <= 0) return false;
    for (let i = 0; i < at; i += POLLFD_SIZE) {
      const found = view.getInt16(i + 6, true);
      if (found !== 0) visit(view.getInt32(i, true), (found & POLLHUP) !== 0);
    }
    return false;
  }

  /** There is no epoll here that could be watched. */
  watchLoop(): boolean {
    return false;
  }

  await(visit: Visit): Awaited {
    this.forEachReady(visit);
    return "loop";
  }
}
