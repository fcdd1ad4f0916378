/** The colour of a state, on a terminal only and never against NO_COLOR (no-color.org). */
import process from "node:process";
import type { ProcessState } from "../../src/process/states.ts";
import { isTerminal } from "../is_terminal.ts";

const GREEN = 32;
const YELLOW = 33;
const RED = 31;

const STATE_COLOURS: Readonly<Partial<Record<ProcessState, number>>> = {
  RUNNING: GREEN,
  STARTING: YELLOW,
  BACKOFF: YELLOW,
  STOPPING: YELLOW,
  FATAL: RED,
  UNKNOWN: RED,
};

let isOn: boolean | null = null;

/** Wraps the padded name of a state in its colour, if colours are wanted. */
export function paintState(state: ProcessState, text: string): string {
  const colour = STATE_COLOURS[state];
  if (colour === undefined) return text;
  isOn ??= wantsColour();
  return isOn ? `\x1b[${colour}m${text}\x1b[0m` : text;
}

function wantsColour(): boolean {
  const { NO_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (TERM === undefined || TERM === "dumb") return false;
  return isTerminal(1);
}
