/**
 * When to look at which pipe.
 *
 * An idle pipe must cost nothing, a flooding one little per byte, and neither runtime offers both:
 * their streams wake up for each small write and cannot be mixed with read(2) on the same pipe
 * without bytes coming out of order. So each descriptor is in one of two states:
 *
 *   armed   O_ASYNC is on: the kernel sends SIGIO when there is something to read, or room again.
 *           The signal says "somebody"; one epoll_wait(…, 0) says who. No timer, no wake-up.
 *   hot     it was ready several times in short succession. O_ASYNC is off, and it is read each
 *           millisecond, or each turn of the event loop while reads are large, until it has been
 *           found empty some times; then it is armed again and looked at once more, so that what
 *           came between the last look and the arming is not left lying. Only for output that nobody
 *           waits for: a conversation (`prompt`) would be slowed down to one exchange per millisecond.
 *   talking somebody who is waited for (`prompt`) has answered twice within a millisecond. O_ASYNC is
 *           off, and what comes next is waited for in place: being woken by a signal costs more than
 *           all else in an exchange. Whatever the runtime's event loop has to do ends the wait, and
 *           a turn later it goes on; a millisecond in which nobody says anything ends the talk.
 *
 * The poller knows descriptors and turns; what is done with a ready one is its owner's (`Watched`).
 */
import type { Libc } from "./libc.ts";
import { F_GETFL, F_SETFL } from "./platform.ts";
import { createReadySet, type Interest, type ReadySet } from "./ready_set.ts";

/** What a look at a descriptor found. */
export type Look =
  /** Nothing to do there. */
  | "empty"
  /** Something was moved, all there was; the next that comes sends its signal. */
  | "some"
  /** As much as one look may move, so that more may be there, and will not send a signal. */
  | "much"
  /** It is watched no more (closed, paused, nothing left to write). */
  | "done";

export interface Watched {
  readonly fd: number;
  /** Whoever is at the other end waits for us each time: it is always looked at at once, never hot. */
  readonly prompt: boolean;
  /** Asked of whoever is prompt: is something to come? Where it cannot be asked, it may always be. */
  readonly isAnswerDue?: (() => boolean) | undefined;
  /** Moves a bounded number of bytes. */
  look(): Look;
  /** The poller changed its mind about how busy this descriptor is. */
  paceChanged?(hot: boolean): void;
}

/** How long one turn may keep the event loop from requests and timers. */
const TURN_MS = 4;
/** Pause between two looks at hot descriptors that give little. */
const PACE_MS = 1;
/** Ready again within this time counts as "in short succession" … */
const SUCCESSION_MS = 3;
/** … and so many times make a descriptor hot. */
const HOT_AFTER = 4;
/** Empty looks until a hot descriptor is armed again. */
const COOL_AFTER = 8;
/** Two answers of a conversation come within this time, and so long the next is waited for. */
const ANSWER_MS = 1;

interface Entry {
  readonly watched: Watched;
  readonly interest: Interest;
  /** Status flags of the open file without O_ASYNC, with O_NONBLOCK. */
  readonly flags: number;
  hot: boolean;
  /** Cannot be armed (a regular file): stays hot until done. */
  readonly alwaysReady: boolean;
  succession: number;
  lastReady: number;
  emptyLooks: number;
}

export class Poller {
  readonly #libc: Libc;
  readonly #pid: number;
  readonly #entries = new Map<number, Entry>();
  readonly #hot = new Set<Entry>();
  readonly #talking = new Set<Entry>();
  /**
   * Terminals with something to be written. A terminal sends its signal once per refused write, and
   * it may do so when epoll does not yet call it writable (n_tty_poll wants more room): whoever waits
   * for epoll then has missed it. So these are tried at each signal.
   */
  readonly #terminals = new Set<Entry>();
  readonly #onSignal: (handler: () => void) => unknown;
  readonly #loop: () => number | null;
  #mayTalk: boolean | undefined;
  #ready: ReadySet | undefined;
  #turnQueued = false;
  /** The next turn is to look at the hot ones, whatever their pace. */
  #hotIsDue = false;
  #paceTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param onSignal installs the handler of SIGIO; called once, before anything is armed
   * @param loop the descriptor that the runtime's event loop waits on; null: not known
   */
  constructor(
    libc: Libc,
    pid: number,
    onSignal: (handler: () => void) => unknown,
    loop: () => number | null,
  ) {
    this.#libc = libc;
    this.#pid = pid;
    this.#onSignal = onSignal;
    this.#loop = loop;
  }

  /**
   * Makes a descriptor non-blocking and watches it until `unwatch`. What is ready already is found
   * in the next turn of the event loop, never inside this call.
   * @throws SystemError for a descriptor that is not open or is watched already
   */
  watch(watched: Watched, interest: Interest): void {
    const ready = this.#readySet();
    const { functions, failure, platform } = this.#libc;
    const { fd } = watched;
    const flags = functions.fcntl(fd, F_GETFL, 0);
    if (flags === -1) throw failure("fcntl", `fd ${fd}`);
    const entry: Entry = {
      watched,
      interest,
      flags: (flags & ~platform.O_ASYNC) | platform.O_NONBLOCK,
      hot: false,
      alwaysReady: !ready.add(fd, interest),
      succession: 0,
      lastReady: -Infinity,
      emptyLooks: 0,
    };
    this.#entries.set(fd, entry);
    if (entry.alwaysReady) {
      entry.hot = true;
      this.#hot.add(entry);
      this.#hotIsDue = true;
      if (flags !== entry.flags) this.#setAsync(entry, false);
    } else {
      functions.fcntl(fd, platform.F_SETOWN, this.#pid);
      this.#setAsync(entry, true);
    }
    if (interest === "write" && functions.isatty(fd) === 1) this.#terminals.add(entry);
    this.#queueTurn();
  }

  /**
   * Idempotent. Must come before the descriptor is closed.
   *
   * @param closes it is closed next, and nobody else has the same open file: no signals come of it
   *   then, whatever its flags say
   */
  unwatch(fd: number, closes = false): void {
    const entry = this.#entries.get(fd);
    if (entry === undefined) return;
    this.#entries.delete(fd);
    this.#terminals.delete(entry);
    if (entry.hot) {
      this.#hot.delete(entry);
      return;
    }
    this.#readySet().remove(fd);
    if (!this.#talking.delete(entry) && !closes) this.#setAsync(entry, false);
  }

  #readySet(): ReadySet {
    if (this.#ready === undefined) {
      this.#ready = createReadySet(this.#libc);
      this.#onSignal(() => this.#signalled());
    }
    return this.#ready;
  }

  #setAsync({ watched, flags }: Entry, on: boolean): void {
    const { functions, platform } = this.#libc;
    functions.fcntl(watched.fd, F_SETFL, on ? flags | platform.O_ASYNC : flags);
  }

  /** One look at everything that is due, within the time of one turn. */
  #turn(): void {
    const deadline = performance.now() + TURN_MS;
    // A turn may be here for others, again and again.
    if (this.#hotIsDue) {
      this.#hotIsDue = false;
      if (this.#lookAtHot(deadline) === "much") this.#hotIsDue = true;
    }
    const finished = this.#lookAtArmed(deadline);
    if (!finished || this.#hotIsDue) this.#queueTurn();
    if (this.#hot.size > 0 && !this.#hotIsDue) this.#startPaceTimer();
  }

  /**
   * SIGIO. A pipe may have sent thousands of them before it became hot, and the runtime hands them
   * on one by one: a look at the hot ones at each would undo their pacing.
   */
  #signalled(): void {
    const finished = this.#lookAtArmed(performance.now() + TURN_MS);
    if (!finished) this.#queueTurn();
    if (this.#hot.size > 0 && !this.#hotIsDue) this.#startPaceTimer();
  }

  /**
   * What a hot one gives is often for those who are talking: let them have it, one piece after the
   * other in the same memory, before there is more. So long that one waits.
   *
   * @returns false when another turn is due: time was up with descriptors still ready, the event
   *   loop has something to do, or somebody is still talking
   */
  #lookAtArmed(deadline: number): boolean {
    const isDue = this.#hotIsDue;
    for (const entry of this.#terminals) if (!entry.hot) this.#look(entry);
    const ready = this.#readySet();
    let again = false;
    const visit = (fd: number, hungUp: boolean) => {
      const entry = this.#entries.get(fd);
      // Gone: closed by the owner of one that was visited before it.
      if (entry === undefined || entry.hot) return;
      const look = this.#visitArmed(entry);
      // What comes from now on sends a signal. The end that was there behind the last bytes does not.
      if (look !== "done" && (look === "much" || hungUp)) again = true;
    };
    for (;;) {
      again = false;
      if (isDue ? this.#isAnswerDue() : this.#talking.size > 0) {
        const awaited = ready.await(visit, isDue ? 0 : ANSWER_MS);
        if (awaited === "loop") return false;
        if (awaited === "nothing") {
          if (isDue) return false;
          this.#endTalks();
        }
      } else if (!ready.forEachReady(visit) && !again) {
        return this.#talking.size === 0;
      }
      if (performance.now() >= deadline) return false;
    }
  }

  #visitArmed(entry: Entry): Look {
    const now = performance.now();
    const pause = now - entry.lastReady;
    entry.succession = pause < SUCCESSION_MS ? entry.succession + 1 : 0;
    entry.lastReady = now;
    const look = this.#look(entry);
    if (entry.hot || this.#entries.get(entry.watched.fd) !== entry) return "done";
    if (look === "done") return look;
    if (entry.watched.prompt) {
      if (pause < ANSWER_MS && entry.interest === "read") this.#talk(entry);
      return look;
    }
    if (look === "much" || entry.succession >= HOT_AFTER) this.#heat(entry);
    return look;
  }

  #talk(entry: Entry): void {
    if (this.#talking.has(entry)) return;
    if (this.#mayTalk === undefined) {
      const loop = this.#loop();
      this.#mayTalk = loop !== null && this.#readySet().watchLoop(loop);
    }
    if (!this.#mayTalk) return;
    this.#talking.add(entry);
    this.#setAsync(entry, false);
  }

  #isAnswerDue(): boolean {
    for (const { watched } of this.#talking) if (watched.isAnswerDue?.() ?? true) return true;
    return false;
  }

  /** What they say from here on sends a signal; what they have just said is found by another look. */
  #endTalks(): void {
    for (const entry of this.#talking) this.#setAsync(entry, true);
    this.#talking.clear();
  }

  #heat(entry: Entry): void {
    entry.hot = true;
    entry.emptyLooks = 0;
    this.#readySet().remove(entry.watched.fd);
    this.#setAsync(entry, false);
    this.#hot.add(entry);
    entry.watched.paceChanged?.(true);
  }

  #cool(entry: Entry): void {
    entry.hot = false;
    entry.succession = 0;
    this.#hot.delete(entry);
    entry.watched.paceChanged?.(false);
    this.#readySet().add(entry.watched.fd, entry.interest);
    this.#setAsync(entry, true);
    // Armed first, looked at then: what happened in between has sent no signal. The look at all armed
    // ones that ends this turn would do for pipes, but a terminal has to be tried (see pipe_writer).
    this.#look(entry);
  }

  /** Each hot descriptor once, beginning with the one that has waited longest. */
  #lookAtHot(deadline: number): "some" | "much" {
    let pace: "some" | "much" = "some";
    for (const entry of [...this.#hot]) {
      if (!this.#hot.has(entry)) continue;
      const look = this.#look(entry);
      if (!this.#hot.has(entry)) continue;
      if (look === "much" || entry.alwaysReady) pace = "much";
      if (look === "empty" && !entry.alwaysReady) {
        if (++entry.emptyLooks >= COOL_AFTER) this.#cool(entry);
      } else {
        entry.emptyLooks = 0;
      }
      if (performance.now() >= deadline && this.#hot.has(entry)) {
        this.#rotateHotTo(entry);
        return "much";
      }
    }
    return pace;
  }

  /** Puts everything up to and with this one at the end of the line. */
  #rotateHotTo(last: Entry): void {
    for (const entry of [...this.#hot]) {
      this.#hot.delete(entry);
      this.#hot.add(entry);
      if (entry === last) return;
    }
  }

  /** An owner that throws must not take the others' turn with it. */
  #look(entry: Entry): Look {
    try {
      return entry.watched.look();
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
      return "some";
    }
  }

  #queueTurn(): void {
    if (this.#turnQueued) return;
    this.#turnQueued = true;
    setImmediate(() => {
      this.#turnQueued = false;
      this.#turn();
    });
  }

  #startPaceTimer(): void {
    this.#paceTimer ??= setTimeout(() => {
      this.#paceTimer = undefined;
      this.#hotIsDue = true;
      this.#turn();
    }, PACE_MS);
  }
}
