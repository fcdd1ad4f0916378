/** Text for a process's standard input. */
import type { Daemon } from "../daemon/types.ts";
import type { Value } from "../xmlrpc/value.ts";
import { fault } from "./faults.ts";
import { plainText } from "./method_table.ts";
import { resolveProcess } from "./namespec.ts";

const UTF8 = new TextEncoder();

/**
 * What may wait for a process that does not read, in bytes: as much as one request can bring. The
 * reference keeps all that comes, until its memory is full.
 */
const MAX_STDIN_BYTES = 64 * 1024 * 1024;

/** @throws Fault INCORRECT_PARAMETERS, BAD_NAME, NOT_RUNNING, NO_FILE, FAILED */
export function sendProcessStdin(daemon: Daemon, name: string, chars: Value): true {
  const bytes = typeof chars === "string" ? UTF8.encode(chars) : chars;
  if (!(bytes instanceof Uint8Array)) throw fault("INCORRECT_PARAMETERS", plainText(chars));
  const process = resolveProcess(daemon, name);
  const { pid, stopping } = process.record;
  if (pid === 0 || stopping) throw fault("NOT_RUNNING", name);
  const { stdinPending } = process;
  if (stdinPending > 0 && stdinPending + bytes.length > MAX_STDIN_BYTES) {
    throw fault("FAILED", `${name} does not read: ${stdinPending} bytes wait for it already`);
  }
  if (!process.writeStdin(bytes)) throw fault("NO_FILE", name);
  return true;
}
