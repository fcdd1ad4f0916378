/** A failure that no command expects, as the one line supervisorctl prints for it. */
import { ConnectionError } from "../../src/client/errors.ts";
import { Fault } from "../../src/xmlrpc/value.ts";
import { repr } from "../../src/config/python_text.ts";

/** Standard input ended where an answer was wanted. */
export class EndOfInputError extends Error {
  override name = "EndOfInputError";
  constructor() {
    super("EOF when reading a line");
  }
}

/**
 * The line behind `error: `. Supervisor shows the Python class, file and line around the same
 * text; we name the server where that is what one needs to know.
 */
export function describeError(error: unknown): string {
  if (error instanceof Fault) return `error: ${describeFault(error)}`;
  if (error instanceof ConnectionError) return `error: ${error.message}: ${error.serverUrl}`;
  const text = error instanceof Error ? error.message : String(error);
  // One line, whatever the message looks like.
  return `error: ${text.split("\n", 1)[0]}`;
}

/** `<Fault 6: 'SHUTDOWN_STATE'>` */
export function describeFault(fault: Fault): string {
  return `<Fault ${fault.code}: ${repr(fault.message)}>`;
}
