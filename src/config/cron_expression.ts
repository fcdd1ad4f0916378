/**
 * Checks a cron expression and says what is wrong with which field. When it comes next is reckoned
 * by a library that is loaded with the first schedule; whatever passes here, that one accepts.
 */
import { ValueError } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import { repr, splitWords } from "./python_text.ts";
import type { Kind } from "./values.ts";

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Words for numbers, the first one for `least`. */
  readonly words?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const SECOND: Field = { name: "second", least: 0, most: 59 };
const DAY: Field = { name: "day of month", least: 1, most: 31 };
const MONTH: Field = { name: "month", least: 1, most: 12, words: MONTHS };
/** 0 and 7 are Sunday. */
const WEEKDAY: Field = { name: "day of week", least: 0, most: 7, words: DAYS };
const FIELDS: readonly Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  DAY,
  MONTH,
  WEEKDAY,
];

const NICKNAMES = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];

const WANTED = "minute hour day month weekday, such as 30 2 * * MON-FRI; a sixth field in front " +
  "is the second; or @hourly, @daily, @weekly, @monthly, @yearly";

/** The expression with single blanks; null for nothing. */
export const cronExpression: Kind<string | null> = {
  name: "cron expression",
  wanted: WANTED,
  convert: (text) => text.trim() === "" ? null : checkCron(text),
};

/** @throws ValueError */
function checkCron(text: string): string {
  const words = splitWords(text);
  const [first = ""] = words;
  if (first.startsWith("@")) {
    const nickname = words.join(" ").toLowerCase();
    if (NICKNAMES.includes(nickname)) return nickname;
    const nearest = nearestName(nickname, NICKNAMES);
    const hint = nearest === null ? NICKNAMES.join(", ") : `did you mean ${nearest}?`;
    throw new ValueError(`unknown schedule ${repr(text)}`, hint);
  }
  if (words.length !== 5 && words.length !== 6) {
    const found = `${words.length} field${words.length === 1 ? "" : "s"}`;
    throw new ValueError(
      `a cron expression has 5 or 6 fields, not ${found}: ${repr(text)}`,
      WANTED,
    );
  }
  const fields = words.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  words.forEach((word, i) => {
    const field = fields[i];
    if (field !== undefined) word.split(",").forEach((item) => checkItem(item, field));
  });
  const [days = "", months = "", weekdays = ""] = words.slice(-3);
  refuseNever(text, days, months, weekdays);
  return words.join(" ");
}

/** @throws ValueError */
function checkItem(item: string, field: Field): void {
  if (isSpecial(item, field)) return;
  const match = /^(?:([*?])|([^-/]+)(?:-([^-/]+))?)(?:\/(\d+))?$/.exec(item);
  const [, star, from, to, step] = match ?? [];
  // A step without a range (5/10) is read in different ways by different crons.
  const isAmbiguous = from !== undefined && to === undefined && step !== undefined;
  if (match === null || isAmbiguous || (star === "?" && step !== undefined)) {
    throw bad(item, field, `${spanOf(field)}, a range, or */n`);
  }
  if (step !== undefined) {
    const size = field.most - field.least + 1;
    if (Number(step) < 1 || Number(step) > size) throw bad(item, field, `a step from 1 to ${size}`);
  }
  if (from === undefined) return;
  const start = numberOf(from, item, field);
  if (to === undefined) return;
  if (numberOf(to, item, field) < start) {
    throw bad(item, field, "the smaller end of a range first");
  }
}

/** `L`, `15W` and `LW` of a month; `FRI#2` and `FRIL`, which are the second and the last Friday. */
function isSpecial(item: string, field: Field): boolean {
  if (field === DAY) return /^(?:LW?|(?:[1-9]|[12]\d|3[01])W)$/i.test(item);
  if (field !== WEEKDAY) return false;
  const match = /^([A-Z]{3}|[0-7])(?:#[1-5]|L)$/i.exec(item);
  if (match === null) return false;
  numberOf(match[1] ?? "", item, field);
  return true;
}

/** @throws ValueError */
function numberOf(word: string, item: string, field: Field): number {
  const index = field.words?.indexOf(word.toUpperCase()) ?? -1;
  if (index !== -1) return field.least + index;
  const number = /^\d{1,2}$/.test(word) ? Number(word) : -1;
  if (number >= field.least && number <= field.most) return number;
  throw bad(item, field, spanOf(field));
}

function spanOf({ least, most, words }: Field): string {
  const span = `${least} to ${most}`;
  return words === undefined ? span : `${span}, or ${words[0]} to ${words.at(-1)}`;
}

function bad(item: string, { name }: Field, wanted: string): ValueError {
  return new ValueError(`bad ${name} ${repr(item)} in a cron expression`, wanted);
}

const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `0 0 30 2 *` would wait for ever. @throws ValueError */
function refuseNever(text: string, days: string, months: string, weekdays: string): void {
  if (!/^\d+(?:,\d+)*$/.test(days) || !/^[*?]$/.test(weekdays) || months.startsWith("*")) return;
  const earliest = Math.min(...days.split(",").map(Number));
  const longest = Math.max(
    ...months.split(",").flatMap((item) => {
      const [from = "", to = from] = (item.split("/")[0] ?? "").split("-");
      const first = numberOf(from, item, MONTH);
      const count = numberOf(to, item, MONTH) - first + 1;
      return Array.from({ length: count }, (_, i) => LONGEST[first - 1 + i] ?? 0);
    }),
  );
  if (earliest > longest) {
    throw new ValueError(`no month of these has such a day: ${repr(text)}`, "a date that exists");
  }
}

const ZONE = "a name of the time zone database, such as Europe/Berlin or UTC";

export const timeZone: Kind<string> = {
  name: "time zone",
  wanted: ZONE,
  convert(text) {
    const name = text.trim();
    try {
      return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
    } catch {
      const nearest = nearestName(name, Intl.supportedValuesOf("timeZone"));
      const hint = nearest === null ? ZONE : `${ZONE}; did you mean ${nearest}?`;
      throw new ValueError(`unknown time zone ${repr(text)}`, hint);
    }
  },
};
