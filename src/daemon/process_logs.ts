/**
 * The logs of one process. They are opened with a child and closed when the last child that can
 * still write has gone: a grandchild may hold the pipes of an exited child open while its
 * successor already runs, and both must go through the same open file, or rotation tears it.
 */
import { existsSync } from "node:fs";
import type { ProcessSpec } from "../config/types.ts";
import { clearPath } from "../logs/clear_path.ts";
import type { Gate } from "../logs/gate.ts";
import type { OutputChannel, OutputSnapshot } from "../logs/output.ts";
import { specialLogs } from "../logs/special.ts";
import { openChannel } from "./output_channel.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Channel, OutputCounts } from "./types.ts";

const NOTHING: OutputCounts = { bytes: 0, dropped: 0 };

/** Logs in use, for the next program. */
export interface ProcessLogsSnapshot {
  /** As resolved: an AUTO log has a name that was made up. */
  readonly paths: Readonly<Record<Channel, string | null>>;
  readonly counts: Readonly<Record<Channel, OutputCounts>>;
  /** null where no child writes. */
  readonly open: Readonly<Record<Channel, OutputSnapshot | null>>;
}

export interface ProcessLogsOptions {
  readonly spec: ProcessSpec;
  readonly surroundings: Surroundings;
  /** Resolved paths of AUTO logs; null where the channel has no file. */
  readonly paths: Readonly<Record<Channel, string | null>>;
  /** Event listeners speak a protocol on stdout: no events, capture, stripping or syslog there. */
  readonly isListener: boolean;
  /** pid of the child whose output this is, for the events. */
  readonly pid: () => number;
  /** The log of a channel can take no more, and its child is to wait; or it can again. */
  readonly onHold: (channel: Channel, isHeld: boolean) => void;
}

export class ProcessLogs {
  readonly #o: ProcessLogsOptions;
  readonly #channels: Record<Channel, OutputChannel | null> = { stdout: null, stderr: null };
  /** Of the channels that were closed. */
  readonly #counted: Record<Channel, OutputCounts> = { stdout: NOTHING, stderr: NOTHING };
  /** Of the channels whose child waits rather than loses lines. */
  readonly #gates: Record<Channel, Gate | null> = { stdout: null, stderr: null };
  #users = 0;

  constructor(options: ProcessLogsOptions) {
    this.#o = options;
  }

  path(channel: Channel): string | null {
    return this.#o.paths[channel];
  }

  /** What was written and lost since this process was added, whatever became of its children. */
  counts(channel: Channel): OutputCounts {
    const closed = this.#counted[channel];
    const open = this.#channels[channel]?.counts ?? NOTHING;
    const gate = this.#gates[channel];
    return {
      bytes: closed.bytes + open.bytes,
      dropped: closed.dropped + open.dropped,
      ...(gate === null ? {} : { blocked: { ms: gate.closedMs, isNow: gate.isClosed } }),
    };
  }

  /** What is open, as plain data. Nothing is changed. */
  snapshot(): ProcessLogsSnapshot {
    const counts = { stdout: NOTHING, stderr: NOTHING };
    const open: Record<Channel, OutputSnapshot | null> = { stdout: null, stderr: null };
    for (const channel of ["stdout", "stderr"] as const) {
      const output = this.#channels[channel];
      open[channel] = output?.snapshot() ?? null;
      const { bytes, dropped } = this.counts(channel);
      counts[channel] = { bytes: bytes - (output?.recounted ?? 0), dropped };
    }
    return { paths: this.#o.paths, counts, open };
  }

  /**
   * Goes on from a snapshot; every child is to acquire() before.
   *
   * @param snapshot of this process in the program before
   */
  restore({ counts, open }: ProcessLogsSnapshot): void {
    for (const channel of ["stdout", "stderr"] as const) {
      this.#counted[channel] = counts[channel];
      const output = open[channel];
      if (output !== null) this.#channels[channel]?.restore(output);
    }
  }

  /** Whether the child of the channel is to wait. */
  isHeld(channel: Channel): boolean {
    return this.#gates[channel]?.isClosed ?? false;
  }

  /** False when nothing that the child writes there could be seen by anybody. */
  isWanted(channel: Channel): boolean {
    const { spec, surroundings, isListener } = this.#o;
    if (channel === "stderr" && spec.redirectStderr) return false;
    if (channel === "stdout" && isListener) return true;
    const settings = spec[channel];
    return this.path(channel) !== null || settings.syslog || settings.eventsEnabled ||
      settings.captureMaxBytes > 0 || settings.extras?.journald === true ||
      surroundings.isLogged("debug");
  }

  /** @throws Error with `code` when a file cannot be opened; nothing is left open then */
  acquire(): void {
    if (this.#users === 0) {
      try {
        this.#channels.stdout = this.#open("stdout");
        this.#channels.stderr = this.#o.spec.redirectStderr ? null : this.#open("stderr");
      } catch (error) {
        this.#close();
        throw error;
      }
    }
    this.#users++;
  }

  release(): void {
    this.#users--;
    if (this.#users === 0) this.#close();
  }

  write(channel: Channel, chunk: Uint8Array): void {
    this.#channels[channel]?.write(chunk);
  }

  /** The child is gone: what capture mode held back is written out. */
  endOfChild(): void {
    this.#channels.stdout?.end();
    this.#channels.stderr?.end();
  }

  reopen(): void {
    this.#channels.stdout?.reopen();
    this.#channels.stderr?.reopen();
  }

  /**
   * Empties both logs; those of a process that is not running by their path. (The reference
   * reports success there and does nothing.)
   *
   * @throws Error
   */
  clear(): void {
    for (const channel of ["stdout", "stderr"] as const) {
      const open = this.#channels[channel];
      if (open !== null) open.clear();
      else clearPathOf(this.path(channel));
    }
  }

  /** Begins new log files, also for a process that is not running. @throws Error with `code` */
  rollOver(): void {
    for (const channel of ["stdout", "stderr"] as const) {
      const open = this.#channels[channel];
      const path = this.path(channel);
      if (open !== null) open.rollOver();
      else if (path !== null && existsSync(path)) {
        const briefly = this.#open(channel);
        briefly.rollOver();
        briefly.close();
      }
    }
  }

  /** Closes what is open, at the end of the daemon or of the group. */
  close(): void {
    this.#users = 0;
    this.#close();
  }

  #close(): void {
    for (const channel of ["stdout", "stderr"] as const) {
      const open = this.#channels[channel];
      if (open === null) continue;
      // Closed first: what it still has to write then is counted, too.
      open.close();
      this.#counted[channel] = this.counts(channel);
      this.#channels[channel] = null;
    }
  }

  #open(channel: Channel): OutputChannel {
    const { spec, surroundings, isListener, pid } = this.#o;
    const path = this.path(channel);
    const isProtocol = isListener && channel === "stdout";
    const gate = path === null || isProtocol ? null : this.#gate(channel);
    return openChannel({ channel, path, spec, surroundings, isProtocol, gate, pid });
  }

  #gate(channel: Channel): Gate | null {
    const { spec, surroundings, onHold } = this.#o;
    if (spec[channel].extras?.policy !== "block") return null;
    const { clock } = surroundings.runtime;
    const { Gate } = specialLogs();
    return this.#gates[channel] ??= new Gate({
      now: () => clock.monotonic(),
      onChange: (isClosed) => onHold(channel, isClosed),
    });
  }
}

function clearPathOf(path: string | null): void {
  if (path !== null) clearPath(path);
}
