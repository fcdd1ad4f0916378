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

export type LineField = (typeof LINE_FIELDS)[number];

/** `json`, or what each line consists of: text as it is, and fields. */
export type LineFormat =
  | "json"
  | readonly (string | { readonly field: LineField })[];

export const ROTATION_PERIODS = ["hourly", "daily", "weekly", "monthly"] as const;

export interface RotationTimes {
  readonly period: (typeof ROTATION_PERIODS)[number];
  /** Minutes after the beginning of the period's day, or hour. */
  readonly minute: number;
}

export type Compression = "gzip" | "zstd";

/** Absent is what is not configured; a channel without any has no such object. */
export interface LogSettings {
  readonly format?: LineFormat;
  readonly rotate?: RotationTimes;
  /** Milliseconds after which a rotated file is deleted. */
  readonly maxAgeMs?: number;
  readonly compress?: Compression;
  /** gid -1: the group stays. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly mode?: number;
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
export function rotationText({ period, minute }: RotationTimes): string {
  if (minute === 0) return period;
  const two = (n: number) => String(n).padStart(2, "0");
  const hour = period === "hourly" ? "" : two(Math.floor(minute / 60));
  return `${period}@${hour}:${two(minute % 60)}`;
}
