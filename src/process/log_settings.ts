/** What may be asked of the log of a program beyond what Supervisor has. */

/** What a log line can tell beside what was printed. */
export const LINE_FIELDS = [
  "time",
  "localtime",
  "name",
  "group",
  "program",
  "stream",
  "pid",
  "message",
] as const;

/** A fact about a line of output that can be written with it. */
export type LineField = (typeof LINE_FIELDS)[number];

/** `json`, or what each line consists of: text as it is, and fields. */
export type LineFormat =
  | "json"
  | readonly (string | { readonly field: LineField })[];

/** How often a log can be rotated. */
export const ROTATION_PERIODS = ["hourly", "daily", "weekly", "monthly"] as const;

/** When a log is rotated, in local time. */
export type RotationTimes = RotationPeriod | { readonly cron: string };

/** Once in each period. */
export interface RotationPeriod {
  /** How often. */
  readonly period: (typeof ROTATION_PERIODS)[number];
  /** Minutes after the beginning of the period's day, or hour. */
  readonly minute: number;
}

/** How rotated files are compressed. */
export type Compression = "gzip" | "zstd";

/** Absent is what is not configured; a channel without any has no such object. */
export interface LogSettings {
  /** What is put around each line. */
  readonly format?: LineFormat;
  /** When it is rotated, besides by size. */
  readonly rotate?: RotationTimes;
  /** Milliseconds after which a rotated file is deleted. */
  readonly maxAgeMs?: number;
  /** How rotated files are compressed. */
  readonly compress?: Compression;
  /** gid -1: the group stays. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Permission bits of the files. */
  readonly mode?: number;
  /** Beyond Supervisor's: absent where only its own syslog setting is there. */
  readonly syslog?: SyslogSettings;
  /** A program whose log cannot take more waits; absent: its oldest lines are dropped. */
  readonly policy?: "block";
  /** Lines go to the journal of this machine as well. */
  readonly journald?: true;
}

/** As it would be written in a configuration. */
export function formatText(format: LineFormat): string {
  if (format === "json") return format;
  return format
    .map((part) =>
      typeof part === "string"
        ? part.replaceAll("{", "{{").replaceAll("}", "}}")
        : `{${part.field}}`
    )
    .join("");
}

/** As it would be written in a configuration. */
export function rotationText(times: RotationTimes): string {
  if ("cron" in times) return `cron: ${times.cron}`;
  const { period, minute } = times;
  if (minute === 0) return period;
  const two = (n: number) => String(n).padStart(2, "0");
  const hour = period === "hourly" ? "" : two(Math.floor(minute / 60));
  return `${period}@${hour}:${two(minute % 60)}`;
}

/** By number, as syslog(3) has them. */
export const FACILITIES = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "clock",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

/** By number, as syslog(3) has them. */
export const SEVERITIES = [
  "emerg",
  "alert",
  "crit",
  "err",
  "warning",
  "notice",
  "info",
  "debug",
] as const;

/** A syslog that is not this machine's own socket. */
export type SyslogTarget =
  | { readonly kind: "udp" | "tcp"; readonly host: string; readonly port: number }
  /** A unix socket for datagrams. */
  | { readonly kind: "unix"; readonly path: string };

/** How lines are sent to a syslog. */
export interface SyslogSettings {
  /** null: the syslog of this machine. */
  readonly target: SyslogTarget | null;
  /** null: the name of the process. */
  readonly tag: string | null;
  /** The facility that they are sent with. */
  readonly facility: (typeof FACILITIES)[number];
  /** The severity that they are sent with. */
  readonly severity: (typeof SEVERITIES)[number];
}

/** As it would be written in a configuration. */
export function targetText(target: SyslogTarget): string {
  if (target.kind === "unix") return `unix://${target.path}`;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return `${target.kind}://${host}:${target.port}`;
}
