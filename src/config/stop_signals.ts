/** `TERM:10, INT:5, KILL`: signals that ask for the end, each with the seconds it is given. */
import type { StopStep } from "../process/stop_steps.ts";
import { ValueError } from "./errors.ts";
import { parseInteger, repr, strip } from "./python_text.ts";
import { type Kind, signal } from "./values.ts";

const WANTED = "signals in order, each perhaps with seconds: TERM:10, INT:5, KILL";

/** Longer lists are typing errors. */
const MAX_STEPS = 16;

function seconds(text: string, whole: string): number {
  const value = parseInteger(text);
  if (value !== undefined && value >= 0n && value <= 86_400n) return Number(value);
  throw new ValueError(`not a valid number of seconds in ${repr(whole)}: ${repr(text)}`, WANTED);
}

function stepOf(text: string, whole: string, host: Parameters<typeof signal.convert>[1]): StopStep {
  const colon = text.indexOf(":");
  const name = colon === -1 ? text : text.slice(0, colon);
  let number: number;
  try {
    number = signal.convert(name, host);
  } catch (error) {
    throw error instanceof ValueError ? new ValueError(error.message, WANTED) : error;
  }
  return {
    signal: number,
    waitSecs: colon === -1 ? null : seconds(strip(text.slice(colon + 1)), whole),
  };
}

/** The list; a single signal is a list of one. Without seconds a signal has stopwaitsecs. */
export const stopSignals: Kind<readonly StopStep[]> = {
  name: "list of signals",
  wanted: WANTED,
  convert(text, host) {
    const steps = text.split(",").map((part) => stepOf(part, text, host));
    if (steps.length <= MAX_STEPS) return steps;
    throw new ValueError(`more than ${MAX_STEPS} signals in ${repr(text)}`, WANTED);
  },
};

/** `stopsignal`: one signal with Supervisor's own error texts, or the list. */
export const stopSignal: Kind<readonly StopStep[]> = {
  name: signal.name,
  wanted: signal.wanted,
  convert(text, host) {
    // Only what looks like a list: Supervisor has its own words for everything else.
    if (/^[\w ]+[,:][\w ,:]*$/.test(text)) return stopSignals.convert(text, host);
    return [{ signal: signal.convert(text, host), waitSecs: null }];
  },
};
