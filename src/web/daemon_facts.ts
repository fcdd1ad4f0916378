/** What there is to say about the daemon itself. */
import type { Daemon } from "../daemon/types.ts";
import { COMPATIBILITY_VERSION } from "../rpc/version.ts";

/** Rows of name and value. The script replaces them by what the API tells, which is more. */
export function daemonFacts(daemon: Daemon): [name: string, value: string][] {
  const processes = daemon.groups().flatMap((group) => group.processes);
  const running = processes.filter(({ record }) => record.state === "RUNNING").length;
  return [
    ["State", daemon.state],
    ["Identifier", daemon.identifier],
    ["PID", String(daemon.pid)],
    ["Compatible with Supervisor", COMPATIBILITY_VERSION],
    ["Configuration", daemon.config.file],
    ["Main log", daemon.mainLogName],
    ["Log level", daemon.config.daemon.loglevel],
    ["Processes", `${running} of ${processes.length} running`],
  ];
}
