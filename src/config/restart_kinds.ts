/** The kinds of values of the keys about restarts and endings. */
import type { BackoffShape, RestartLimit } from "../process/restart_policy.ts";
import { parseDuration } from "./duration.ts";
import { ValueError } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import { repr, strip } from "./python_text.ts";
import { integer, type Kind } from "./values.ts";

/** One of a few words, in any case. */
export function oneOf<const W extends string>(words: readonly W[]): Kind<W> {
  const wanted = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return {
    name: wanted,
    wanted,
    convert(text) {
      const word = strip(text).toLowerCase();
      const found = words.find((known) => known === word);
      if (found !== undefined) return found;
      const nearest = nearestName(word, words);
      const hint = nearest === null ? wanted : `${wanted}; did you mean ${nearest}?`;
      throw new ValueError(`not one of ${wanted}: ${repr(text)}`, hint);
    },
  };
}

const RETRIES = "a whole number, or unlimited";

/** Infinity for `unlimited`, a word that Supervisor refuses. */
export const startRetries: Kind<number> = {
  name: RETRIES,
  wanted: RETRIES,
  convert: (text, host) =>
    strip(text).toLowerCase() === "unlimited" ? Infinity : integer.convert(text, host),
};

export const backoffShape: Kind<BackoffShape> = oneOf(["constant", "linear", "exponential"]);

const FACTOR = "a number from 1 to 100";

export const backoffFactor: Kind<number> = {
  name: "number",
  wanted: FACTOR,
  convert(text) {
    const factor = decimal(text);
    if (factor !== null && factor >= 1 && factor <= 100) return factor;
    throw new ValueError(`not a number from 1 to 100: ${repr(text)}`, FACTOR);
  },
};

const JITTER = "a part of the delay from 0 to 1, or a percentage such as 20%";

/** 0.2 for `0.2` and for `20%` (in a file: `20%%`). */
export const jitter: Kind<number> = {
  name: "part or percentage",
  wanted: JITTER,
  convert(text) {
    const trimmed = strip(text);
    const isPercentage = trimmed.endsWith("%");
    const number = decimal(isPercentage ? trimmed.slice(0, -1) : trimmed);
    const part = number === null ? -1 : isPercentage ? number / 100 : number;
    if (part >= 0 && part <= 1) return part;
    throw new ValueError(`not a part of the delay: ${repr(text)}`, JITTER);
  },
};

const LIMIT = "a number of restarts and a time, such as 5/60s";

export const restartLimit: Kind<RestartLimit> = {
  name: "number/time",
  wanted: LIMIT,
  convert(text) {
    const match = /^\s*(\d{1,5})\s*\/\s*(\S.*)$/.exec(text);
    const count = Number(match?.[1] ?? 0);
    if (match === null || count === 0) {
      throw new ValueError(`not a number of restarts and a time: ${repr(text)}`, LIMIT);
    }
    const withinMs = parseDuration(match[2] ?? "");
    if (withinMs === 0) throw new ValueError(`the time must be more than 0: ${repr(text)}`, LIMIT);
    return { count, withinMs };
  },
};

function decimal(text: string): number | null {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null;
}
