/** Lengths of time as people write them: `10`, `1.5`, `500ms`, `2m`. */
import { ValueError } from "./errors.ts";
import { repr } from "./python_text.ts";
import type { Kind } from "./values.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const WANTED = "seconds, or a number with ms, s, m, h or d";

/** Longest period of a timer. */
const TIMER_DAYS = 24;

/**
 * @returns milliseconds
 * @throws ValueError
 */
export function parseDuration(text: string, { days } = { days: TIMER_DAYS }): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  const unit = UNITS[match?.[2] ?? "-"];
  if (match === null || unit === undefined) {
    throw new ValueError(`not a length of time: ${repr(text)}`, WANTED);
  }
  const ms = Number(match[1]) * unit;
  if (ms > days * 86_400_000) {
    throw new ValueError(`more than ${days} days: ${repr(text)}`, WANTED);
  }
  return ms;
}

/** Milliseconds, 0 allowed. */
export const duration: Kind<number> = {
  name: "duration",
  wanted: WANTED,
  convert: (text) => parseDuration(text),
};

/** Milliseconds, 0 allowed, for what is compared and not waited for: up to ten years. */
export const longDuration: Kind<number> = {
  name: "duration",
  wanted: WANTED,
  convert: (text) => parseDuration(text, { days: 3653 }),
};

/** Milliseconds, not less than one. */
export const positiveDuration: Kind<number> = {
  name: "duration",
  wanted: `${WANTED}; more than 0`,
  convert(text) {
    const ms = parseDuration(text);
    if (ms < 1) throw new ValueError(`must be more than 0: ${repr(text)}`, WANTED);
    return ms;
  },
};
