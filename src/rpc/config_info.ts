/** The configuration as clients see it: one struct for each process of the last read. */
import type { ChannelSpec, GroupSpec, LogTarget, ProcessSpec } from "../config/types.ts";
import type { Channel, Daemon, ManagedProcess } from "../daemon/types.ts";
import type { Autorestart } from "../process/machine_types.ts";
import type { Struct, Value } from "../xmlrpc/value.ts";
import { compareText } from "./namespec.ts";

const MAX_INT = 2 ** 31 - 1;

/** The structs of all configured processes, sorted by process name. */
export function allConfigInfo(daemon: Daemon): Struct[] {
  return daemon.config.groups
    .flatMap((group) => group.processes.map((process) => ({ group, process })))
    .sort((a, b) => compareText(a.process.name, b.process.name))
    .map(({ group, process }) => configInfo(daemon, group, process));
}

/** Members in the order of the reference. XML-RPC has no null: what is unset reads "none". */
function configInfo(daemon: Daemon, group: GroupSpec, spec: ProcessSpec): Struct {
  const active = daemon.group(group.name);
  const managed = active?.process(spec.name);
  return {
    autostart: spec.autostart,
    autorestart: autorestartValue(spec.autorestart),
    directory: spec.directory ?? "none",
    uid: spec.uid ?? "none",
    command: spec.command,
    exitcodes: spec.exitCodes,
    group: group.name,
    group_prio: group.priority,
    inuse: active !== undefined,
    killasgroup: spec.killAsGroup,
    name: spec.name,
    process_prio: spec.priority,
    redirect_stderr: spec.redirectStderr,
    // XML-RPC has no infinity.
    startretries: Number.isFinite(spec.startRetries) ? spec.startRetries : MAX_INT,
    startsecs: spec.startSecs,
    ...channelInfo("stdout", spec.stdout, managed),
    stopsignal: spec.stopSignal,
    stopwaitsecs: spec.stopWaitSecs,
    ...channelInfo("stderr", spec.stderr, managed),
    serverurl: spec.serverUrl ?? "none",
  };
}

function channelInfo(channel: Channel, spec: ChannelSpec, managed?: ManagedProcess): Struct {
  return {
    [`${channel}_capture_maxbytes`]: spec.captureMaxBytes,
    [`${channel}_events_enabled`]: spec.eventsEnabled,
    [`${channel}_logfile`]: logfileValue(spec.log, managed?.logPath(channel) ?? null),
    [`${channel}_logfile_backups`]: spec.backups,
    [`${channel}_logfile_maxbytes`]: spec.maxBytes,
    [`${channel}_syslog`]: spec.syslog,
  };
}

function logfileValue(target: LogTarget, activePath: string | null): string {
  switch (target.kind) {
    case "none":
      return "none";
    case "file":
      return target.path;
    case "auto":
      return activePath ?? "auto";
  }
}

/** The reference fails on "always" (HTTP 500 for the whole listing); true is what it means. */
function autorestartValue(autorestart: Autorestart): Value {
  switch (autorestart) {
    case "always":
      return true;
    case "never":
      return false;
    case "unexpected":
      return "unexpected";
  }
}
