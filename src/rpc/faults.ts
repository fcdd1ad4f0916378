/** Why a call was refused: the codes and names that clients know. */
import { Fault } from "../xmlrpc/value.ts";

export { Fault };

export const FAULT_CODES = {
  UNKNOWN_METHOD: 1,
  INCORRECT_PARAMETERS: 2,
  BAD_ARGUMENTS: 3,
  SIGNATURE_UNSUPPORTED: 4,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  /** Not a fault: the status of a process for which a group call worked. */
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
  /** Not in the reference, which knows no roles. */
  NOT_PERMITTED: 100,
} as const;

export type FaultName = keyof typeof FAULT_CODES;

/** `BAD_NAME: web` as an error to throw; without a detail just the name. */
export function fault(name: FaultName, detail?: string): Fault {
  return new Fault(FAULT_CODES[name], detail === undefined ? name : `${name}: ${detail}`);
}
