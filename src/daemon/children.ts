/**
 * The children of one process: the one that it is just now, and those that have exited while
 * descendants of theirs hold the pipes open. Whatever any of them writes is logged; what the
 * current one writes is also heard by the listener protocol and by checks.
 */
import { Child, type ChildSnapshot } from "./child.ts";
import type { Companion } from "./companion.ts";
import type { MemberHandle } from "./listeners.ts";
import type { PipeEnds } from "./orphans/births.ts";
import type { ProcessLogs } from "./process_logs.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Channel } from "./types.ts";

const CHANNELS = ["stdout", "stderr"] as const;

export interface ChildrenOptions {
  readonly surroundings: Pick<Surroundings, "runtime" | "births">;
  readonly isListener: boolean;
  /** Acquired for each child before it is adopted; released here when it is silent. */
  readonly logs: ProcessLogs;
  /** A child has closed a pipe before its exit was reported. */
  readonly onHangUp: () => void;
}

/** Who hears what a child says, beside the logs. */
export interface ChildAudience {
  /** null: it is no event listener. */
  readonly member: MemberHandle | null;
  /** null: it has no check. */
  readonly companion: Companion | null;
}

export class Children {
  readonly #o: ChildrenOptions;
  #current: Child | null = null;
  readonly #lingering = new Set<Child>();
  /** What had been written to the logs when the latest child began. */
  readonly #bytesBefore: Record<Channel, number> = { stdout: 0, stderr: 0 };

  constructor(options: ChildrenOptions) {
    this.#o = options;
  }

  /** The one that has not been reaped. */
  get current(): Child | null {
    return this.#current;
  }

  /** Exited, with pipes that are still read. */
  get lingering(): ReadonlySet<Child> {
    return this.#lingering;
  }

  /** How much the latest child has written to the log of a channel. */
  bytesOfLatest(channel: Channel): number {
    return this.#o.logs.counts(channel).bytes - this.#bytesBefore[channel];
  }

  /** @param fds our ends of its pipes, taken over */
  adopt(pid: number, { stdin, stdout, stderr }: PipeEnds, audience: ChildAudience): Child {
    const { surroundings, isListener, logs, onHangUp } = this.#o;
    const { member } = audience;
    const companion = audience.companion?.wantsOutput === true ? audience.companion : null;
    for (const channel of CHANNELS) this.#bytesBefore[channel] = logs.counts(channel).bytes;
    const child: Child = new Child({
      runtime: surroundings.runtime,
      pid,
      stdin,
      stdout,
      stderr,
      isListener,
      isAnswerDue: () => member?.state === "BUSY" || member?.state === "ACKNOWLEDGED",
      hasLastingPipes: surroundings.births?.keepsPipes === true,
      onHangUp,
      onOutput: (channel, chunk) => {
        logs.write(channel, chunk);
        if (channel === "stdout" && this.#current === child) member?.stdout(chunk);
        if (companion !== null && this.#current === child) companion.output(channel, chunk);
      },
      onSilent: () => {
        this.#lingering.delete(child);
        logs.release();
      },
    });
    this.#current = child;
    for (const channel of CHANNELS) if (logs.isHeld(channel)) child.hold(channel, true);
    member?.started();
    return child;
  }

  /** Takes back one that the program before this one had. */
  restore(
    { pid, unsent, lingersUntil, ...fds }: ChildSnapshot,
    isCurrent: boolean,
    audience: ChildAudience,
  ): void {
    const child = this.adopt(pid, fds, audience);
    if (unsent.length > 0) child.write(unsent);
    if (isCurrent) return;
    this.#current = null;
    this.#lingering.add(child);
    child.linger(lingersUntil ?? 0);
  }

  /**
   * The current one was reaped. What it wrote last has been heard when this returns.
   *
   * @returns false when there was none
   */
  exited(): boolean {
    const child = this.#current;
    if (child === null) return false;
    this.#lingering.add(child);
    child.exited();
    this.#current = null;
    return true;
  }

  /** Closes all pipes; the processes are not touched. */
  close(): void {
    this.#current?.close();
    this.#current = null;
    for (const child of [...this.#lingering]) child.close();
  }
}
