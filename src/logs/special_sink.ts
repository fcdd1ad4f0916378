/**
 * Opens the log of a channel that asks for more than Supervisor has: lines with something around
 * them, rotation by the calendar, compression, an owner. Loaded with the first such program.
 */
import { fchmodSync, fchownSync, openSync } from "node:fs";
import { Buffer } from "node:buffer";
import { type LogSettings, type SyslogSettings, targetText } from "../process/log_settings.ts";
import { Backups, planWithSuffixes } from "./backups.ts";
import { type LogFileSystem, nodeFileSystem } from "./file_system.ts";
import { FormattedSink, type LineFacts } from "./formatted_sink.ts";
import { LogFile } from "./log_file.ts";
import { MessageSink } from "./message_sink.ts";
import { openSink, type OpenSinkOptions, ownDescriptor } from "./open_sink.ts";
import { reasonOf } from "./sink_error.ts";
import { journalMessage, priorityOf, syslogMessage } from "./syslog_messages.ts";
import { TcpRemote, UdpRemote } from "./syslog_remote.ts";
import { nextRotation } from "./rotation_times.ts";
import { type NextTime, TimedSink } from "./timed_sink.ts";
import type { LogSink } from "./types.ts";

export { Gate } from "./gate.ts";

export interface SpecialSinkOptions extends OpenSinkOptions {
  readonly settings: LogSettings;
  readonly facts: LineFacts;
  /** The calendar of a cron expression. */
  readonly loadCalendar: (cron: string) => Promise<NextTime>;
  readonly warn: (text: string) => void;
}

/** @throws Error with `code` when the target cannot be opened */
export function openSpecialSink(options: SpecialSinkOptions): LogSink {
  const { settings, facts } = options;
  const file = openFile(options);
  return settings.format === undefined
    ? file
    : new FormattedSink({ sink: file, format: settings.format, facts });
}

function openFile(options: SpecialSinkOptions): LogSink {
  const { path, backups, settings, facts, loadCalendar, warn } = options;
  const { rotate, compress, maxAgeMs } = settings;
  const keeper = new Backups({
    path,
    backups,
    compress: compress ?? null,
    maxAgeMs: maxAgeMs ?? null,
    wall: facts.wall,
    warn,
  });
  const isKept = ownDescriptor(path) === null &&
    (compress !== undefined || maxAgeMs !== undefined);
  const sink = openSink({
    ...options,
    file: {
      fileSystem: fileSystemFor(settings, warn),
      ...(isKept ? { plan: planWithSuffixes, onRolledOver: () => keeper.tend() } : {}),
    },
  });
  if (!(sink instanceof LogFile)) return sink;
  if (isKept) keeper.tend();
  if (rotate === undefined) return sink;
  return new TimedSink({
    sink,
    next: "cron" in rotate ? loadCalendar(rotate.cron) : (after) => nextRotation(rotate, after),
    wall: facts.wall,
    onProblem: (error) => warn(`it is rotated by size alone: ${reasonOf(error)}`),
  });
}

/** Each new file gets its owner and mode before it gets its name. */
function fileSystemFor(
  { owner, mode }: Pick<LogSettings, "owner" | "mode">,
  warn: (text: string) => void,
): LogFileSystem {
  if (owner === undefined && mode === undefined) return nodeFileSystem;
  let isTold = false;
  const attempt = (path: string, change: () => void) => {
    try {
      change();
    } catch (error) {
      // What is printed matters more than whose file it is in.
      if (!isTold) warn(`cannot set owner and mode of log file ${path}: ${reasonOf(error)}`);
      isTold = true;
    }
  };
  return {
    ...nodeFileSystem,
    openAppend(path) {
      const fd = mode === undefined ? nodeFileSystem.openAppend(path) : openSync(path, "a", mode);
      if (owner !== undefined) {
        attempt(path, () => fchownSync(fd, owner.uid, owner.gid === -1 ? KEEP : owner.gid));
      }
      // After the owner: changing that takes bits away.
      if (mode !== undefined) attempt(path, () => fchmodSync(fd, mode));
      return fd;
    },
  };
}

/** (gid_t) -1. */
const KEEP = 0xffff_ffff;

/** What a place for messages needs of this machine. */
export interface MessageHost {
  readonly hostName: () => string;
  readonly monotonic: () => number;
  /** To the local syslog. */
  readonly syslog: (tag: string, priority: number, line: string) => void;
  /** @throws Error */
  readonly sendDatagram: (path: string, bytes: Uint8Array) => void;
}

export interface MessageOptions {
  readonly settings: LogSettings;
  readonly facts: LineFacts;
  readonly host: MessageHost;
  readonly warn: (text: string) => void;
}

/** Syslog beyond Supervisor's, and the journal: each line whole, as it was printed. */
export function openMessageSinks(options: MessageOptions): LogSink[] {
  const { settings, facts } = options;
  const sinks: LogSink[] = [];
  if (settings.syslog !== undefined) sinks.push(openSyslog(options, settings.syslog));
  if (settings.journald === true) sinks.push(openJournal(options));
  return sinks.map((sink) => new FormattedSink({ sink, format: [{ field: "message" }], facts }));
}

function openSyslog({ facts, host, warn }: MessageOptions, settings: SyslogSettings): LogSink {
  const { target } = settings;
  const priority = priorityOf(settings);
  const tag = settings.tag ?? facts.name;
  if (target === null) {
    return new MessageSink({
      send: (line) => {
        host.syslog(tag, priority, Buffer.from(line).toString("utf8"));
        return true;
      },
    });
  }
  const where = targetText(target);
  const hostName = host.hostName();
  const messageOf = (line: Uint8Array) =>
    syslogMessage({ priority, tag, host: hostName, pid: facts.pid(), at: facts.wall() }, line);
  if (target.kind === "unix") {
    const send = datagramSender(host, target.path, (reason) => warn(`${where}: ${reason}`));
    return new MessageSink({ send: (line) => send(messageOf(line)) });
  }
  const Remote = target.kind === "udp" ? UdpRemote : TcpRemote;
  const remote = new Remote({
    host: target.host,
    port: target.port,
    monotonic: host.monotonic,
    onTrouble: (reason) => warn(`${where}: ${reason}`),
  });
  return new MessageSink({
    send: (line) => remote.send(messageOf(line)),
    close: () => remote.close(),
  });
}

const JOURNAL = "/run/systemd/journal/socket";
/** Larger ones would have to be handed over as files. */
const JOURNAL_LINE = 48 * 1024;

function openJournal({ facts, host, warn }: MessageOptions): LogSink {
  const { name, group, program, stream } = facts;
  const fields = {
    PRIORITY: "6",
    SYSLOG_IDENTIFIER: name,
    SUPERVISOR_PROCESS: name,
    SUPERVISOR_GROUP: group,
    SUPERVISOR_PROGRAM: program,
    SUPERVISOR_STREAM: stream,
  };
  const send = datagramSender(host, JOURNAL, (reason) => warn(`journal: ${reason}`));
  return new MessageSink({
    send: (line) =>
      send(journalMessage(
        { ...fields, SYSLOG_PID: String(facts.pid()) },
        line.subarray(0, JOURNAL_LINE),
      )),
  });
}

/** A full or missing socket loses the line; that is told once until one has arrived again. */
function datagramSender(
  host: MessageHost,
  path: string,
  onTrouble: (reason: string) => void,
): (bytes: Uint8Array) => boolean {
  let isTold = false;
  return (bytes) => {
    try {
      host.sendDatagram(path, bytes);
      isTold = false;
      return true;
    } catch (error) {
      if (!isTold) onTrouble(reasonOf(error));
      isTold = true;
      return false;
    }
  };
}
