/** Signal names and numbers, and how a process ended. */
import { constants } from "node:os";
import process from "node:process";

/** How a process ended, decoded from a wait status. */
export type ExitStatus =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signalled"; readonly signal: number; readonly coreDumped: boolean }
  | { readonly type: "unknown"; readonly status: number };

const UNSEEN_STATUS = -1;

/** Of a process that was not our child when it ended: only its parent is told how. */
export const UNSEEN: ExitStatus = { type: "unknown", status: UNSEEN_STATUS };

export function isUnseen(exit: ExitStatus): boolean {
  return exit.type === "unknown" && exit.status === UNSEEN_STATUS;
}

/** Names that `node:os` does not list, by platform, as the reference accepts them. */
const EXTRA_SIGNALS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  linux: { SIGCLD: 17, SIGPOLL: 29, SIGRTMIN: 34, SIGRTMAX: 64 },
  darwin: {},
};

const NUMBER_BY_NAME: ReadonlyMap<string, number> = new Map([
  ...Object.entries(constants.signals as unknown as Record<string, number>),
  ...Object.entries(EXTRA_SIGNALS[process.platform] ?? {}),
]);

/** The first name wins, so that 17 reads SIGCHLD and 6 reads SIGABRT. */
const PREFERRED = ["SIGABRT", "SIGCHLD", "SIGIO"];

const NAME_BY_NUMBER: ReadonlyMap<number, string> = (() => {
  const names = new Map<number, string>();
  for (const [name, number] of NUMBER_BY_NAME) if (!names.has(number)) names.set(number, name);
  for (const name of PREFERRED) {
    const number = NUMBER_BY_NAME.get(name);
    if (number !== undefined) names.set(number, name);
  }
  return names;
})();

/** The number for `TERM`, `SIGTERM` or `sigterm`; undefined if the platform has none. */
export function signalNumber(name: string): number | undefined {
  const upper = name.trim().toUpperCase();
  return NUMBER_BY_NAME.get(upper.startsWith("SIG") ? upper : `SIG${upper}`);
}

/** `SIGTERM` for 15; `signal 77` for a number without a name. */
export function signalName(number: number): string {
  return NAME_BY_NUMBER.get(number) ?? `signal ${number}`;
}

export function isKnownSignal(number: number): boolean {
  return number === 0 || NAME_BY_NUMBER.has(number);
}

/**
 * Decode the status that waitpid(2) fills in.
 * @see wait(2): low 7 bits are the signal, bit 7 the core flag, the next byte the exit code
 */
export function decodeWaitStatus(status: number): ExitStatus {
  const signal = status & 0x7f;
  if (signal === 0) return { type: "exited", code: (status >> 8) & 0xff };
  if (signal !== 0x7f) return { type: "signalled", signal, coreDumped: (status & 0x80) !== 0 };
  return { type: "unknown", status };
}

/** The code that policy compares with `exitcodes`; -1 for anything but a normal exit. */
export function exitCodeOf(exit: ExitStatus): number {
  return exit.type === "exited" ? exit.code : -1;
}

/** `exit status 2`, `terminated by SIGABRT (core dumped)`: the reference's words. */
export function describeExit(exit: ExitStatus): string {
  switch (exit.type) {
    case "exited":
      return `exit status ${exit.code}`;
    case "signalled":
      return `terminated by ${signalName(exit.signal)}${exit.coreDumped ? " (core dumped)" : ""}`;
    case "unknown":
      if (isUnseen(exit)) return "exit status unknown, it was not a child";
      return `unknown termination cause 0x${exit.status.toString(16).padStart(4, "0")}`;
  }
}
