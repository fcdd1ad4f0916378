/** The actions on the daemon itself: version, open, reload, shutdown. */
import { readText } from "../../src/client/answers.ts";
import { ConnectionError } from "../../src/client/errors.ts";
import { schemeOf } from "../../src/client/server_url.ts";
import { FAULT_CODES } from "../../src/rpc/faults.ts";
import { Fault } from "../../src/xmlrpc/value.ts";
import type { Command } from "./command.ts";
import { findCommand } from "./commands.ts";
import { EXIT } from "./results.ts";
import type { Session } from "./session.ts";

export async function version(session: Session): Promise<void> {
  session.output.line(readText(await session.call("getSupervisorVersion")));
}

/** Whatever the other server's status is, opening it has worked: the exit status stays. */
export async function open(session: Session, url: string): Promise<void> {
  if (!["unix", "http", "https"].includes(schemeOf(url))) {
    session.output.line("ERROR: url must be http:// or unix://");
    session.exitStatus = EXIT.GENERIC;
    return;
  }
  session.switchServer(url);
  const status = findCommand("status") as Command;
  const exitStatus = session.exitStatus;
  if (await session.checkServer(status)) await status.run(session, "");
  session.exitStatus = exitStatus;
}

export async function reload(session: Session, rest: string): Promise<void> {
  if (rest === "--keep") {
    if (!await session.checkServer(findCommand("reload") as Command)) return;
    return (await import("./upgrade_command.ts")).reloadKeeping(session);
  }
  if (rest !== "") {
    return session.usageError("Error: reload accepts no arguments", findCommand("reload"));
  }
  if (!await session.confirm("Really restart the remote supervisord process")) return;
  try {
    await session.call("restart");
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== FAULT_CODES.SHUTDOWN_STATE) throw error;
    session.output.line("ERROR: already shutting down");
    session.exitStatus = EXIT.GENERIC;
    return;
  }
  session.output.line("Restarted supervisord");
}

export async function shutdown(session: Session): Promise<void> {
  if (!await session.confirm("Really shut the remote supervisord process down")) return;
  try {
    await session.call("shutdown");
  } catch (error) {
    if (error instanceof Fault && error.code === FAULT_CODES.SHUTDOWN_STATE) {
      session.output.line("ERROR: already shutting down");
      return;
    }
    const problem = whyNotThere(error);
    if (problem === null) throw error;
    session.output.line(`ERROR: ${session.serverUrl} ${problem} (already shut down?)`);
    session.exitStatus = EXIT.GENERIC;
    return;
  }
  session.output.line("Shut down");
}

function whyNotThere(error: unknown): string | null {
  if (!(error instanceof ConnectionError)) return null;
  if (error.code === "ECONNREFUSED") return "refused connection";
  return error.code === "ENOENT" ? "no such file" : null;
}
