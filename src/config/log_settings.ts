/**
 * The keys about the log of a channel that Supervisor does not have. What is not configured is not
 * in the result, so that a program without any of it is the very object it was.
 */
import {
  LINE_FIELDS,
  type LineField,
  type LineFormat,
  type LogSettings,
  ROTATION_PERIODS,
  type RotationTimes,
} from "../process/log_settings.ts";
import { cronExpression } from "./cron_expression.ts";
import { ValueError } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import type { Option } from "./options/option.ts";
import { repr, strip } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import { readSyslogSettings, type SyslogRows } from "./syslog_settings.ts";
import type { Kind } from "./values.ts";

const FORMAT = "json, or text with {message} and fields such as {time}, {name} and {stream}";

function isField(name: string): name is LineField {
  return (LINE_FIELDS as readonly string[]).includes(name);
}

function fieldError(text: string, name: string): ValueError {
  const nearest = nearestName(name, LINE_FIELDS);
  const hint = nearest === null ? `one of ${LINE_FIELDS.join(", ")}` : `did you mean {${nearest}}?`;
  return new ValueError(`unknown field {${name}} in the format ${repr(text)}`, hint);
}

/** null: lines as they are. `{{` and `}}` stand for braces. */
export const lineFormat: Kind<LineFormat | null> = {
  name: "line format",
  wanted: FORMAT,
  convert(text) {
    const written = strip(text);
    const word = written.toLowerCase();
    if (word === "plain" || word === "") return null;
    if (word === "json") return "json";
    const parts: (string | { readonly field: LineField })[] = [];
    let literal = "";
    for (const [piece, name] of written.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g)) {
      if (name !== undefined) {
        if (!isField(name)) throw fieldError(text, name);
        if (literal !== "") parts.push(literal);
        literal = "";
        parts.push({ field: name });
      } else if (piece === "{" || piece === "}") {
        throw new ValueError(`a single ${piece} in the format ${repr(text)}`, `${piece}${piece}`);
      } else literal += piece === "{{" ? "{" : piece === "}}" ? "}" : piece;
    }
    if (literal !== "") parts.push(literal);
    const messages = parts.filter((part) => typeof part !== "string" && part.field === "message");
    if (messages.length !== 1) {
      throw new ValueError(`the format ${repr(text)} must have {message} once`, FORMAT);
    }
    return parts;
  },
};

const ROTATE = "never, hourly, daily, weekly or monthly, perhaps with @HH:MM (hourly: @:MM), or " +
  "cron: and an expression";

/** null: by size alone. */
export const rotationTimes: Kind<RotationTimes | null> = {
  name: "period",
  wanted: ROTATE,
  convert(text, environment) {
    const written = strip(text).toLowerCase();
    if (written === "never") return null;
    if (written.startsWith("cron:")) {
      const cron = cronExpression.convert(strip(text).slice("cron:".length), environment);
      if (cron !== null) return { cron };
    }
    const match = /^([a-z]+)(?:\s*@\s*(\d{1,2})?:(\d{2}))?$/.exec(written);
    const period = ROTATION_PERIODS.find((known) => known === match?.[1]);
    if (match === null || period === undefined) {
      const nearest = nearestName(/^[a-z]*/.exec(written)![0], ROTATION_PERIODS);
      const hint = nearest === null ? ROTATE : `${ROTATE}; did you mean ${nearest}?`;
      throw new ValueError(`not a time of rotation: ${repr(text)}`, hint);
    }
    const hour = Number(match[2] ?? 0);
    const minute = Number(match[3] ?? 0);
    if (hour > 23 || minute > 59 || (period === "hourly" && match[2] !== undefined)) {
      throw new ValueError(`not a time of rotation: ${repr(text)}`, ROTATE);
    }
    return { period, minute: hour * 60 + minute };
  },
};

/** The rows of one channel. */
interface Rows extends SyslogRows {
  readonly journald: Option<boolean>;
  readonly log_format: Option<LineFormat | null>;
  readonly log_policy: Option<"drop" | "block">;
  readonly logfile_rotate: Option<RotationTimes | null>;
  readonly logfile_maxage: Option<number>;
  readonly logfile_compress: Option<"none" | "gzip" | "zstd">;
  readonly logfile_owner: Option<{ readonly uid: number; readonly gid: number } | null>;
  readonly logfile_mode: Option<number | null>;
}

/** @throws ConfigError, or notes it */
export function readLogSettings(
  reader: SectionReader,
  rows: Rows,
): { readonly extras?: LogSettings } {
  const keys = [
    rows.log_format,
    rows.log_policy,
    rows.logfile_rotate,
    rows.logfile_maxage,
    rows.logfile_compress,
    rows.logfile_owner,
    rows.logfile_mode,
    rows.syslog_target,
    rows.syslog_tag,
    rows.syslog_facility,
    rows.syslog_severity,
    rows.journald,
  ];
  // Nearly every program: there may be thousands, and defaults need not be read to be dropped.
  if (!keys.some(({ key }) => reader.entry(key) !== undefined)) return {};
  const format = reader.read(rows.log_format);
  const policy = reader.read(rows.log_policy);
  const rotate = reader.read(rows.logfile_rotate);
  const maxAgeMs = reader.read(rows.logfile_maxage);
  const compress = reader.read(rows.logfile_compress);
  const owner = reader.read(rows.logfile_owner);
  const mode = reader.read(rows.logfile_mode);
  reader.rule(rows.logfile_mode.key, () => {
    if (mode === null || (mode & ~0o777) === 0) return;
    throw new ValueError(`not the mode of a log: ${mode.toString(8)}`, "permissions such as 0640");
  }, () => {});
  const syslog = readSyslogSettings(reader, rows);
  const journald = reader.read(rows.journald);
  const extras: LogSettings = {
    ...(format === null ? {} : { format }),
    ...(policy === "drop" ? {} : { policy }),
    ...(rotate === null ? {} : { rotate }),
    ...(maxAgeMs === 0 ? {} : { maxAgeMs }),
    ...(compress === "none" ? {} : { compress }),
    ...(owner === null ? {} : { owner }),
    ...(mode === null ? {} : { mode }),
    ...(syslog === null ? {} : { syslog }),
    ...(journald ? { journald } : {}),
  };
  return Object.keys(extras).length === 0 ? {} : { extras };
}
