/** Processes, groups and the daemon as the API tells them. */
import process from "node:process";
import { buildInfo } from "../../build_info.ts";
import type { Daemon, ManagedGroup, ManagedProcess, OutputCounts } from "../../daemon/types.ts";
import type { LeftBehind } from "../../daemon/tree_keeper.ts";
import type { Usage } from "../../daemon/proc_stats.ts";
import { scheduleView } from "./schedule_view.ts";
import type { HealthView } from "../../process/health.ts";
import { namespecOf } from "../../rpc/namespec.ts";
import { processInfo } from "../../rpc/process_info.ts";
import { COMPATIBILITY_VERSION } from "../../rpc/version.ts";
import { exitView, lastFailureView } from "./failure_view.ts";
import type { ProcessRow } from "./schemas/processes.ts";

/** ISO 8601 in UTC. @param wall milliseconds since the epoch */
export function isoTime(wall: number): string {
  return new Date(wall).toISOString();
}

/** @param usage left out when nobody asked for it; null when it is not known */
export function processRow(
  daemon: Daemon,
  managed: ManagedProcess,
  usage?: Usage | null,
): ProcessRow {
  const { record, spec } = managed;
  const runs = record.pid !== 0 && record.startedAt !== null;
  return {
    name: managed.name,
    group: managed.groupName,
    namespec: namespecOf(managed),
    program: spec.program,
    state: record.state,
    description: processInfo(daemon, managed).description,
    pid: record.pid === 0 ? null : record.pid,
    uptimeSeconds: runs
      ? Math.max(0, Math.round(daemon.clock.monotonic() - record.startedAt.mono) / 1000)
      : null,
    startedAt: record.startedAt === null ? null : isoTime(record.startedAt.wall),
    stoppedAt: record.stoppedAt === null ? null : isoTime(record.stoppedAt.wall),
    starts: record.starts,
    restarts: record.restarts,
    tries: record.tries,
    spawnError: record.spawnError,
    ...(managed.waitingFor === null ? {} : { waitingFor: managed.waitingFor }),
    priority: spec.priority,
    ...(spec.tags === undefined ? {} : { tags: [...spec.tags] }),
    autostart: spec.autostart,
    ...(managed.isDisabled ? { disabled: true } : {}),
    ...scaledView(daemon, spec.program),
    autorestart: spec.autorestart,
    lastExit: record.lastExit === null ? null : exitView(record.lastExit),
    lastFailure: lastFailureView(managed.failures),
    logs: { stdout: managed.logPath("stdout"), stderr: managed.logPath("stderr") },
    ...droppedView(managed),
    ...blockedView(managed),
    redirectStderr: spec.redirectStderr,
    ...(managed.leftBehind === null ? {} : { leftBehind: leftBehindView(managed.leftBehind) }),
    ...(managed.isAdopted ? { adopted: true } : {}),
    ...(managed.health === null ? {} : { health: healthView(managed.health) }),
    ...(spec.schedule === undefined ? {} : { schedule: scheduleView(managed, spec.schedule) }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function scaledView({ config: { scaled } }: Daemon, program: string) {
  const found = scaled?.find((one) => one.program === program);
  if (found === undefined) return {};
  return { scaled: { configured: found.configured, numprocs: found.numprocs } };
}

/** Only where there is something to tell. */
function droppedView(managed: ManagedProcess) {
  const stdout = managed.outputCounts("stdout").dropped;
  const stderr = managed.outputCounts("stderr").dropped;
  return stdout + stderr === 0 ? {} : { dropped: { stdout, stderr } };
}

/** Only where a process waits for its log. */
function blockedView(managed: ManagedProcess) {
  const stdout = managed.outputCounts("stdout").blocked;
  const stderr = managed.outputCounts("stderr").blocked;
  if (stdout === undefined && stderr === undefined) return {};
  const view = (blocked: OutputCounts["blocked"]) =>
    blocked === undefined ? null : { seconds: Math.round(blocked.ms) / 1000, now: blocked.isNow };
  return { blocked: { stdout: view(stdout), stderr: view(stderr) } };
}

function leftBehindView({ wall, ended, killed, remaining }: LeftBehind) {
  return { at: isoTime(wall), ended, killed, remaining: [...remaining] };
}

function healthView({ ready, status, since, detail }: HealthView) {
  return { ready, status, since: isoTime(since), detail };
}

export function groupView({ name, spec, processes, eventQueue }: ManagedGroup) {
  return {
    name,
    kind: spec.kind,
    priority: spec.priority,
    source: spec.source,
    processes: processes.map(namespecOf),
    byState: countStates(processes),
    eventQueue,
  };
}

export function daemonView(daemon: Daemon) {
  const groups = daemon.groups();
  const processes = groups.flatMap((group) => group.processes);
  const uptime = daemon.statistics.uptimeSeconds(daemon.clock.monotonic());
  const { bun, deno } = process.versions as Readonly<Record<string, string | undefined>>;
  return {
    version: buildInfo.version,
    compatibilityVersion: COMPATIBILITY_VERSION,
    build: { commit: buildInfo.commit, target: buildInfo.target },
    runtime: bun !== undefined
      ? { name: "bun", version: bun }
      : { name: "deno", version: deno ?? "" },
    pid: daemon.pid,
    state: daemon.state,
    startedAt: isoTime(daemon.clock.wall() - uptime * 1000),
    uptimeSeconds: Math.round(uptime * 1000) / 1000,
    identifier: daemon.identifier,
    configFile: daemon.config.file,
    logPath: daemon.mainLogPath,
    logLevel: daemon.config.daemon.loglevel,
    groups: groups.length,
    processes: { total: processes.length, byState: countStates(processes) },
    generation: daemon.successor?.generation ?? 1,
    upgradeFailure: daemon.successor?.lastFailure ?? null,
  };
}

function countStates(processes: readonly ManagedProcess[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { record } of processes) counts[record.state] = (counts[record.state] ?? 0) + 1;
  return counts;
}
