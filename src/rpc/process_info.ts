/** A process as clients see it: the info struct and its one-line description. */
import type { Daemon, ManagedProcess } from "../daemon/types.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import type { Clock } from "../runtime/types.ts";
import { allProcessesByName } from "./namespec.ts";
import { PROCESS_STATE_CODES, type ProcessState } from "../process/states.ts";

/** Members in the order in which the reference writes them. */
export interface ProcessInfo {
  readonly [member: string]: string | number;
  readonly name: string;
  readonly group: string;
  /** Epoch seconds, like stop and now; 0: never. */
  readonly start: number;
  readonly stop: number;
  readonly now: number;
  readonly state: number;
  readonly statename: ProcessState;
  readonly spawnerr: string;
  readonly exitstatus: number;
  /** An older name of stdout_logfile. */
  readonly logfile: string;
  readonly stdout_logfile: string;
  readonly stderr_logfile: string;
  readonly pid: number;
  readonly description: string;
}

/** The largest integer of XML-RPC; times stop there in January 2038. */
const MAX_INT = 2 ** 31 - 1;

interface Rendered {
  readonly info: ProcessInfo;
  readonly waitingFor: string | null;
  readonly record: ProcessRecord;
  readonly uptime: number;
}

/**
 * The latest struct of each process. Records are immutable, so within one second the same
 * record gives the same struct; being the same (frozen) object, it is also put on the wire only
 * once.
 */
const latest = new WeakMap<ManagedProcess, Rendered>();

/** The info struct of one process, frozen. */
export function processInfo({ clock }: Daemon, process: ManagedProcess): ProcessInfo {
  return infoAt(process, clock, { wall: clock.wall(), mono: clock.monotonic() });
}

/** A moment on both clocks, in milliseconds. */
interface Moment {
  readonly wall: number;
  readonly mono: number;
}

function infoAt(process: ManagedProcess, clock: Clock, moment: Moment): ProcessInfo {
  const record = process.record;
  const now = epochSeconds(moment.wall);
  const uptime = uptimeSeconds(record, moment);
  const stdout = process.logPath("stdout") ?? "";
  const stderr = process.logPath("stderr") ?? "";

  const known = latest.get(process);
  if (
    known !== undefined && known.record === record && known.waitingFor === process.waitingFor &&
    known.uptime === uptime &&
    known.info.now === now && known.info.stdout_logfile === stdout &&
    known.info.stderr_logfile === stderr
  ) {
    return known.info;
  }

  const info: ProcessInfo = Object.freeze({
    name: process.name,
    group: process.groupName,
    start: epochSeconds(record.startedAt?.wall ?? 0),
    stop: epochSeconds(record.stoppedAt?.wall ?? 0),
    now,
    state: PROCESS_STATE_CODES[record.state],
    statename: record.state,
    spawnerr: record.spawnError ?? "",
    exitstatus: record.exitCode ?? 0,
    logfile: stdout,
    stdout_logfile: stdout,
    stderr_logfile: stderr,
    pid: record.pid,
    description: process.waitingFor ?? describe(process.name, record, uptime, clock),
  });
  latest.set(process, { info, waitingFor: process.waitingFor, record, uptime });
  return info;
}

const latestLists = new WeakMap<Daemon, readonly ProcessInfo[]>();

/** The info structs of all processes, by name; the same array again when nothing has changed. */
export function allProcessInfo(daemon: Daemon): readonly ProcessInfo[] {
  const moment = { wall: daemon.clock.wall(), mono: daemon.clock.monotonic() };
  const infos = allProcessesByName(daemon).map((process) => infoAt(process, daemon.clock, moment));
  const known = latestLists.get(daemon);
  if (known?.length === infos.length && infos.every((info, i) => info === known[i])) return known;
  latestLists.set(daemon, Object.freeze(infos));
  return infos;
}

function epochSeconds(wall: number): number {
  return Math.min(Math.floor(wall / 1000), MAX_INT);
}

/**
 * The difference of `now` and `start`, as in the reference, but measured on the clock that does not
 * jump. That all uptimes change in the same moment also makes them cheap (see `latest`).
 */
function uptimeSeconds({ state, startedAt }: ProcessRecord, { mono }: Moment): number {
  if (state !== "RUNNING" || startedAt === null) return 0;
  const afterFullSecond = startedAt.wall % 1000;
  return Math.max(0, Math.floor((mono - startedAt.mono + afterFullSecond) / 1000));
}

/** The description column of `supervisorctl status`. */
function describe(name: string, record: ProcessRecord, uptime: number, clock: Clock): string {
  switch (record.state) {
    case "RUNNING":
      return `pid ${record.pid}, uptime ${formatUptime(uptime)}`;
    case "FATAL":
    case "BACKOFF":
      return record.spawnError || `unknown error (try "tail ${name}")`;
    case "STOPPED":
    case "EXITED":
      return record.startedAt === null
        ? "Not started"
        : formatStopTime(localDate(clock, record.stoppedAt?.wall ?? 0));
    default:
      return "";
  }
}

/** `0:00:05`, `1 day, 3:04:05`, `12 days, 13:14:15`. @param seconds whole and not negative */
export function formatUptime(seconds: number): string {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds % 86400 / 3600);
  const minutes = Math.floor(seconds % 3600 / 60);
  const clock = `${hours}:${twoDigits(minutes)}:${twoDigits(seconds % 60)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function localDate(clock: Clock, wall: number): Date {
  return new Date(wall + clock.utcOffset(wall));
}

/**
 * `Nov 23 08:33 AM`, English whatever the locale.
 *
 * @param local a date whose UTC fields are those of local time
 */
export function formatStopTime(local: Date): string {
  const month = MONTHS[local.getUTCMonth()];
  const hour = local.getUTCHours() % 12 || 12;
  const half = local.getUTCHours() < 12 ? "AM" : "PM";
  return `${month} ${twoDigits(local.getUTCDate())} ` +
    `${twoDigits(hour)}:${twoDigits(local.getUTCMinutes())} ${half}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
