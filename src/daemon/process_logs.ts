/**
 * The logs of one process. They are opened with a child and closed when the last child that can
 * still write has gone: a grandchild may hold the pipes of an exited child open while its
 * successor already runs, and both must go through the same open file, or rotation tears it.
 */
import { existsSync } from "node:fs";
import type { ChannelSpec, ProcessSpec } from "../config/types.ts";
import type { LogSettings } from "../process/log_settings.ts";
import { textOrUndecodable } from "../events/text.ts";

import { clearPath } from "../logs/clear_path.ts";
import type { LineFacts } from "../logs/formatted_sink.ts";
import { openSink, type OpenSinkOptions } from "../logs/open_sink.ts";
import { OutputChannel, type OutputSnapshot } from "../logs/output.ts";
import { specialLogs } from "../logs/special.ts";
import { SyslogSink } from "../logs/syslog_sink.ts";
import type { Gate } from "../logs/gate.ts";
import type { LogSink } from "../logs/types.ts";
import { SYSLOG_USER_INFO } from "./syslog_priority.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Channel, OutputCounts } from "./types.ts";

/** Listeners have not seen larger ones: it is what a pipe holds unless it is enlarged. */
const LARGEST_EVENT_BYTES = 64 * 1024;

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
    const { bus, log, isLogged } = surroundings;
    const settings = spec[channel];
    const isProtocol = isListener && channel === "stdout";
    const name = spec.name;

    const publishesLog = settings.eventsEnabled && !isProtocol;
    const copiesToMainLog = isLogged("debug");
    const onData = publishesLog || copiesToMainLog
      ? (data: Uint8Array): void => {
        if (copiesToMainLog) {
          log("debug", `'${name}' ${channel} output:\n${textOrUndecodable(data)}`);
        }
        if (publishesLog && bus.isWanted(`PROCESS_LOG_${upper(channel)}`)) {
          for (let at = 0; at < data.length; at += LARGEST_EVENT_BYTES) {
            bus.publish({
              kind: "process-log",
              channel,
              process: name,
              group: spec.group,
              pid: pid(),
              data: data.subarray(at, at + LARGEST_EVENT_BYTES),
            });
          }
        }
      }
      : undefined;
    const onCaptured = (data: Uint8Array): void => {
      bus.publish({
        kind: "process-communication",
        channel,
        process: name,
        group: spec.group,
        pid: pid(),
        data,
      });
      log("debug", `'${name}' ${channel} emitted a comm event`);
    };
    return new OutputChannel({
      sinks: this.#sinks(channel, settings, isProtocol),
      captureMaxBytes: isProtocol ? 0 : settings.captureMaxBytes,
      stripAnsi: !isProtocol && surroundings.settings().stripAnsi,
      onCaptured,
      ...(onData === undefined ? {} : { onData }),
    });
  }

  #sinks(channel: Channel, settings: ChannelSpec, isProtocol: boolean): LogSink[] {
    const { spec, surroundings } = this.#o;
    const { runtime, log } = surroundings;
    const sinks: LogSink[] = [];
    const path = this.path(channel);
    if (path !== null) {
      const gate = isProtocol ? null : this.#gate(channel, settings.extras);
      const options: OpenSinkOptions = {
        path,
        maxBytes: settings.maxBytes,
        backups: settings.backups,
        openWriter: (fd) => runtime.openWriter(fd),
        clock: runtime.clock,
        ...(gate === null ? {} : { pressure: gate }),
        onError: (error) => log("critical", `${channel} log of '${spec.name}': ${error.message}`),
      };
      sinks.push(
        settings.extras === undefined
          ? openSink(options)
          : this.#openSpecial(channel, options, settings.extras),
      );
    }
    const { extras } = settings;
    if (extras?.syslog !== undefined || extras?.journald === true) {
      if (!isProtocol) sinks.push(...this.#openMessages(channel, extras));
    }
    if (settings.syslog && !isProtocol && extras?.syslog === undefined) {
      sinks.push(
        new SyslogSink({
          name: spec.name,
          send: (line) => runtime.system.syslog("supervisord", SYSLOG_USER_INFO, line),
        }),
      );
    }
    return sinks;
  }

  #gate(channel: Channel, settings: LogSettings | undefined): Gate | null {
    if (settings?.policy !== "block") return null;
    const { clock } = this.#o.surroundings.runtime;
    const { Gate } = specialLogs();
    return this.#gates[channel] ??= new Gate({
      now: () => clock.monotonic(),
      onChange: (isClosed) => this.#o.onHold(channel, isClosed),
    });
  }

  #openMessages(channel: Channel, settings: LogSettings): LogSink[] {
    const { runtime, log } = this.#o.surroundings;
    const { system, clock } = runtime;
    return specialLogs().openMessageSinks({
      settings,
      facts: this.#facts(channel),
      host: {
        hostName: () => system.hostName(),
        monotonic: () => clock.monotonic(),
        syslog: (tag, priority, line) => system.syslog(tag, priority, line),
        sendDatagram: (path, bytes) => system.sendDatagram(path, bytes),
      },
      warn: (text) =>
        log("warn", `${channel} of '${this.#o.spec.name}' is lost on its way to ${text}`),
    });
  }

  #facts(channel: Channel): LineFacts {
    const { spec, surroundings, pid } = this.#o;
    const { name, group, program } = spec;
    const { clock } = surroundings.runtime;
    return {
      name,
      group,
      program,
      stream: channel,
      pid,
      wall: () => clock.wall(),
      utcOffset: (wall) => clock.utcOffset(wall),
    };
  }

  #openSpecial(channel: Channel, options: OpenSinkOptions, settings: LogSettings): LogSink {
    const { spec, surroundings } = this.#o;
    return specialLogs().openSpecialSink({
      ...options,
      settings,
      facts: this.#facts(channel),
      warn: (text) => surroundings.log("warn", `${channel} log of '${spec.name}': ${text}`),
    });
  }
}

function upper(channel: Channel): "STDOUT" | "STDERR" {
  return channel === "stdout" ? "STDOUT" : "STDERR";
}

function clearPathOf(path: string | null): void {
  if (path !== null) clearPath(path);
}
