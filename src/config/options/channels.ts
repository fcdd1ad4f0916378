/** The keys of a program about what it says: its log, syslog, the journal, events. */
import { FACILITIES, SEVERITIES } from "../../process/log_settings.ts";
import { longDuration } from "../duration.ts";
import { lineFormat, rotationTimes } from "../log_settings.ts";
import { oneOf } from "../restart_kinds.ts";
import { syslogTag, syslogTarget } from "../syslog_settings.ts";
import { boolean, byteSize, integer, octal, owner, programLog } from "../values.ts";
import { option, optional } from "./option.ts";

/** The keys of one output channel, under its prefix. */
function channel<C extends "stdout" | "stderr">(name: C) {
  return {
    logfile: option(`${name}_logfile`, programLog, "AUTO", `Log of ${name}: path, AUTO or NONE.`),
    logfile_maxbytes: option(
      `${name}_logfile_maxbytes`,
      byteSize,
      "50MB",
      `Size at which the ${name} log is rotated; 0: never.`,
    ),
    logfile_backups: option(
      `${name}_logfile_backups`,
      integer,
      "10",
      `Rotated ${name} logs to keep.`,
    ),
    capture_maxbytes: option(
      `${name}_capture_maxbytes`,
      byteSize,
      "0",
      `Bytes kept of what ${name} says between the capture marks; 0: no capture.`,
    ),
    events_enabled: option(
      `${name}_events_enabled`,
      boolean,
      "false",
      `Send PROCESS_LOG events for what ${name} says.`,
    ),
    syslog: option(`${name}_syslog`, boolean, "false", `Send ${name} to syslog as well.`),
    log_format: option(
      `${name}_log_format`,
      lineFormat,
      "plain",
      `Lines of the ${name} log: plain, json, or text such as {time} [{name}] {message}.`,
    ),
    log_policy: option(
      `${name}_log_policy`,
      oneOf(["drop", "block"]),
      "drop",
      `When the ${name} log can take no more: drop the oldest lines, or block the program.`,
    ),
    syslog_target: option(
      `${name}_syslog_target`,
      syslogTarget,
      "local",
      `Where syslog gets ${name}: local, udp://host:514, tcp://host:514 or unix:///path.`,
    ),
    syslog_tag: optional(
      `${name}_syslog_tag`,
      syslogTag,
      "the name of the process",
      `Name of the sender of ${name} in syslog.`,
    ),
    syslog_facility: option(
      `${name}_syslog_facility`,
      oneOf(FACILITIES),
      "user",
      `Facility of ${name} in syslog.`,
    ),
    syslog_severity: option(
      `${name}_syslog_severity`,
      oneOf(SEVERITIES),
      "info",
      `Severity of ${name} in syslog.`,
    ),
    journald: option(`${name}_journald`, boolean, "false", `Send ${name} to the journal as well.`),
    logfile_rotate: option(
      `${name}_logfile_rotate`,
      rotationTimes,
      "never",
      `Rotate the ${name} log by time as well: hourly, daily, weekly, monthly, daily@03:30, or cron: 0 3 * * SUN.`,
    ),
    logfile_maxage: option(
      `${name}_logfile_maxage`,
      longDuration,
      "0",
      `Age at which rotated ${name} logs are deleted, such as 30d; 0: never.`,
    ),
    logfile_compress: option(
      `${name}_logfile_compress`,
      oneOf(["none", "gzip", "zstd"]),
      "none",
      `Compress rotated ${name} logs: gzip or zstd.`,
    ),
    logfile_owner: optional(
      `${name}_logfile_owner`,
      owner,
      "the daemon's user",
      `Owner of the ${name} log and of its rotated files.`,
    ),
    logfile_mode: optional(
      `${name}_logfile_mode`,
      octal,
      "as the daemon's umask says",
      `Mode of the ${name} log and of its rotated files.`,
    ),
  } as const;
}

export const CHANNELS = { stdout: channel("stdout"), stderr: channel("stderr") } as const;
