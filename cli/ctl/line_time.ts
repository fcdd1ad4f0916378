/** When a log line was written, if it says so; and the moments that people name. */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** How far into a line a time is looked for: levels and brackets may stand before it. */
const LOOK_AT = 80;

/** 2026-11-23T20:10:53.208Z, 2026/11/23 20:10:53,208; a zone may follow. */
const ISO =
  /(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s?(Z|[+-]\d{2}:?\d{2})?/;
/** 23/Nov/2026:20:10:53 +0000 */
const COMMON = /(\d{2})\/([A-Za-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?: ([+-]\d{4}))?/;
/** Nov 23 20:10:53, without a year. */
const SYSLOG = /\b([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})\b/;

/**
 * Milliseconds since the epoch; null when the line carries no time. A time without a zone is
 * local time.
 *
 * @param now for formats without a year: the latest such day that is not in the future
 */
export function timeOfLine(line: string, now: number): number | null {
  const start = line.slice(0, LOOK_AT);
  const iso = ISO.exec(start);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, fraction = "0", zone] = iso;
    const milliseconds = Math.floor(Number(`0.${fraction}`) * 1000);
    return moment(
      [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)],
      milliseconds,
      zone,
    );
  }
  const common = COMMON.exec(start);
  if (common !== null) {
    const [, day, month = "", year, hour, minute, second, zone] = common;
    const index = MONTHS.indexOf(month.toLowerCase());
    if (index === -1) return null;
    return moment(
      [Number(year), index, Number(day), Number(hour), Number(minute), Number(second)],
      0,
      zone,
    );
  }
  const syslog = SYSLOG.exec(start);
  if (syslog === null) return null;
  const [, month = "", day, hour, minute, second] = syslog;
  const index = MONTHS.indexOf(month.toLowerCase());
  if (index === -1) return null;
  const inYear = (year: number) =>
    new Date(year, index, Number(day), Number(hour), Number(minute), Number(second)).getTime();
  const year = new Date(now).getFullYear();
  const time = inYear(year);
  return time > now + 86_400_000 ? inYear(year - 1) : time;
}

type Parts = [year: number, month: number, day: number, hour: number, min: number, sec: number];

function moment(parts: Parts, milliseconds: number, zone: string | undefined): number {
  if (zone === undefined) return new Date(...parts).getTime() + milliseconds;
  const utc = Date.UTC(...parts) + milliseconds;
  if (zone === "Z") return utc;
  const [, sign, hours, minutes] = /([+-])(\d{2}):?(\d{2})/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? utc + offset : utc - offset;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** `90s`, `10m`, `2h`, `1d`, `08:30`, or a date with or without a time; null for anything else. */
export function parseSince(text: string, now: number): number | null {
  const span = /^(\d+)([smhdw])$/.exec(text);
  if (span !== null) return now - Number(span[1]) * (UNITS[span[2] as string] as number) * 1000;
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (clock !== null) {
    const date = new Date(now);
    date.setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), 0);
    return date.getTime() > now ? date.getTime() - 86_400_000 : date.getTime();
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return timeOfLine(`${text} 00:00:00`, now);
  const short = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}$/.test(text) ? `${text}:00` : text;
  return ISO.exec(short)?.index === 0 ? timeOfLine(short, now) : null;
}
