/**
 * Where the output of a process goes, from its settings: files, syslog, the journal, events and the
 * main log.
 */
import type { ProcessSpec } from "../config/types.ts";
import { textOrUndecodable } from "../events/text.ts";
import type { LineFacts } from "../logs/formatted_sink.ts";
import type { Gate } from "../logs/gate.ts";
import { openSink, type OpenSinkOptions } from "../logs/open_sink.ts";
import { OutputChannel } from "../logs/output.ts";
import { specialLogs } from "../logs/special.ts";
import { SyslogSink } from "../logs/syslog_sink.ts";
import type { LogSink } from "../logs/types.ts";
import type { LogSettings } from "../process/log_settings.ts";
import type { Surroundings } from "./surroundings.ts";
import { SYSLOG_USER_INFO } from "./syslog_priority.ts";
import type { Channel } from "./types.ts";

/** Listeners have not seen larger ones: it is what a pipe holds unless it is enlarged. */
const LARGEST_EVENT_BYTES = 64 * 1024;

export interface ChannelOptions {
  readonly channel: Channel;
  /** Of its file, AUTO resolved; null: it has none. */
  readonly path: string | null;
  readonly spec: ProcessSpec;
  readonly surroundings: Surroundings;
  /** An event listener speaks there: no events, capture, stripping or syslog. */
  readonly isProtocol: boolean;
  /** Keeps the child waiting while the file can take no more; null: lines are lost then. */
  readonly gate: Gate | null;
  /** pid of the child whose output this is, for the events. */
  readonly pid: () => number;
}

/** @throws Error with `code` when a file cannot be opened */
export function openChannel(o: ChannelOptions): OutputChannel {
  const { channel, spec, surroundings, isProtocol, pid } = o;
  const { bus, log } = surroundings;
  const settings = spec[channel];
  const onCaptured = (data: Uint8Array): void => {
    bus.publish({
      kind: "process-communication",
      channel,
      process: spec.name,
      group: spec.group,
      pid: pid(),
      data,
    });
    log("debug", `'${spec.name}' ${channel} emitted a comm event`);
  };
  const onData = publisherOf(o);
  return new OutputChannel({
    sinks: openSinks(o),
    captureMaxBytes: isProtocol ? 0 : settings.captureMaxBytes,
    stripAnsi: !isProtocol && surroundings.settings().stripAnsi,
    onCaptured,
    ...(onData === undefined ? {} : { onData }),
  });
}

/** Who hears of each piece of output, beside the sinks; undefined: nobody does. */
function publisherOf(o: ChannelOptions): ((data: Uint8Array) => void) | undefined {
  const { channel, spec, surroundings, isProtocol, pid } = o;
  const { bus, log, isLogged } = surroundings;
  const { name, group } = spec;
  const publishesLog = spec[channel].eventsEnabled && !isProtocol;
  const copiesToMainLog = isLogged("debug");
  if (!publishesLog && !copiesToMainLog) return undefined;
  const eventName = channel === "stdout" ? "PROCESS_LOG_STDOUT" : "PROCESS_LOG_STDERR";
  return (data) => {
    if (copiesToMainLog) log("debug", `'${name}' ${channel} output:\n${textOrUndecodable(data)}`);
    if (!publishesLog || !bus.isWanted(eventName)) return;
    for (let at = 0; at < data.length; at += LARGEST_EVENT_BYTES) {
      bus.publish({
        kind: "process-log",
        channel,
        process: name,
        group,
        pid: pid(),
        data: data.subarray(at, at + LARGEST_EVENT_BYTES),
      });
    }
  };
}

function openSinks(o: ChannelOptions): LogSink[] {
  const { channel, path, spec, surroundings, isProtocol } = o;
  const { system } = surroundings.runtime;
  const { extras, syslog } = spec[channel];
  const sinks: LogSink[] = path === null ? [] : [openFile(o, path)];
  if (isProtocol) return sinks;
  if (extras?.syslog !== undefined || extras?.journald === true) {
    sinks.push(...openMessages(o, extras));
  }
  if (syslog && extras?.syslog === undefined) {
    sinks.push(
      new SyslogSink({
        name: spec.name,
        send: (line) => system.syslog("supervisord", SYSLOG_USER_INFO, line),
      }),
    );
  }
  return sinks;
}

function openFile(o: ChannelOptions, path: string): LogSink {
  const { channel, spec, surroundings, gate } = o;
  const { runtime, log } = surroundings;
  const { maxBytes, backups, extras } = spec[channel];
  const options: OpenSinkOptions = {
    path,
    maxBytes,
    backups,
    openWriter: (fd) => runtime.openWriter(fd),
    clock: runtime.clock,
    ...(gate === null ? {} : { pressure: gate }),
    onError: (error) => log("critical", `${channel} log of '${spec.name}': ${error.message}`),
  };
  return extras === undefined ? openSink(options) : specialLogs().openSpecialSink({
    ...options,
    settings: extras,
    facts: lineFacts(o),
    loadCalendar: async (cron) => (await import("./schedule/times.ts")).cronTimes(cron, null),
    warn: (text) => log("warn", `${channel} log of '${spec.name}': ${text}`),
  });
}

function openMessages(o: ChannelOptions, settings: LogSettings): LogSink[] {
  const { channel, spec, surroundings: { runtime, log } } = o;
  const { system, clock } = runtime;
  return specialLogs().openMessageSinks({
    settings,
    facts: lineFacts(o),
    host: {
      hostName: () => system.hostName(),
      monotonic: () => clock.monotonic(),
      syslog: (tag, priority, line) => system.syslog(tag, priority, line),
      sendDatagram: (path, bytes) => system.sendDatagram(path, bytes),
    },
    warn: (text) => log("warn", `${channel} of '${spec.name}' is lost on its way to ${text}`),
  });
}

function lineFacts({ channel, spec, surroundings, pid }: ChannelOptions): LineFacts {
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
