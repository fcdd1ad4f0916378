/** The audit log at a start. Its code is loaded by those who want one. */
import type { Config } from "../../config/types.ts";
import { StartupError } from "../../daemon/host.ts";
import type { Surroundings } from "../../daemon/surroundings.ts";
import type { AuditLog } from "./audit.ts";

/**
 * @param goesOn at a start a file that cannot be opened is a reason not to start; for a program
 *   that takes over it is too late for that
 * @returns null: there is none
 * @throws StartupError as a rejection, unless it goes on
 */
export async function openAudit(
  { runtime, log }: Pick<Surroundings, "runtime" | "log">,
  { daemon: { audit } }: Config,
  goesOn: boolean,
): Promise<AuditLog | null> {
  if (audit === undefined) return null;
  try {
    const { AuditLog } = await import("./audit.ts");
    const onError = (error: Error) => log("critical", error.message);
    return new AuditLog({ ...audit, clock: runtime.clock, onError });
  } catch (cause) {
    const text = `could not open the audit log: ${
      cause instanceof Error ? cause.message : String(cause)
    }`;
    if (!goesOn) throw new StartupError(text, 1);
    log("critical", text);
    return null;
  }
}
