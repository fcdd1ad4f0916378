/** The colour of a state, on a terminal only and never against NO_COLOR (no-color.org). */
import { fstatSync, readlinkSync } from "node:fs";
import process from "node:process";
import type { ProcessState } from "../../src/process/states.ts";

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
  try {
    return fstatSync(1).isCharacterDevice() && isTerminal();
  } catch {
    // Closed: nobody will see the colours.
    return false;
  }
}

/**
 * The stream that knows is a quarter of a `status` to make; on Linux a name tells nearly always.
 */
function isTerminal(): boolean {
  const name = nameOfOutput();
  if (name === "/dev/null") return false;
  return name.startsWith("/dev/pts/") || process.stdout.isTTY === true;
}

/** "" on systems that have no /proc. */
function nameOfOutput(): string {
  try {
    return readlinkSync("/proc/self/fd/1");
  } catch {
    return "";
  }
}
