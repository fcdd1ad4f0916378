/** A process as the table of the status page shows it, and the choice of which ones it shows. */
import type { Daemon, ManagedProcess } from "../daemon/types.ts";
import { describeExit } from "../process/signals.ts";
import { PROCESS_STATE_CODES, type ProcessState } from "../process/states.ts";
import { allProcessesByName, namespecOf } from "../rpc/namespec.ts";
import { processInfo } from "../rpc/process_info.ts";

export interface ProcessRow {
  readonly namespec: string;
  readonly group: string;
  readonly state: ProcessState;
  /** As supervisorctl prints it, and what its checks say where it has any. */
  readonly description: string;
  readonly restarts: number;
  /** How the last process ended; "" before that. */
  readonly lastExit: string;
  /** What probably is the matter with one that failed; "" for all others. */
  readonly why: string;
}

export const STATES = Object.keys(PROCESS_STATE_CODES) as ProcessState[];

/** What the address of the page asks for. */
export interface Filter {
  /** Part of a name, whatever its case. */
  readonly text: string;
  /** Empty: every state. */
  readonly states: readonly ProcessState[];
  /** From 1. */
  readonly page: number;
}

/** More rows than this make pages slow to paint and to read. */
const ROWS_PER_PAGE = 50;

export interface Selection {
  /** Those of this page of the table. */
  readonly rows: readonly ProcessRow[];
  /** How many the filter lets through. */
  readonly matching: number;
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  readonly counts: ReadonlyMap<ProcessState, number>;
}

/** States may come as one list or several parameters; what is no state is left out. */
export function filterFrom(query: URLSearchParams): Filter {
  const wanted = new Set(query.getAll("state").flatMap((list) => list.toUpperCase().split(",")));
  const page = Number(query.get("page"));
  return {
    text: query.get("q") ?? "",
    states: STATES.filter((state) => wanted.has(state)),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** What the filter leaves, sorted by group, then name. */
export function selectProcesses(daemon: Daemon, filter: Filter): Selection {
  const all = allProcessesByName(daemon);
  const counts = new Map<ProcessState, number>();
  for (const { record } of all) counts.set(record.state, (counts.get(record.state) ?? 0) + 1);
  const text = filter.text.toLowerCase();
  const matching = all.filter((process) =>
    (filter.states.length === 0 || filter.states.includes(process.record.state)) &&
    namespecOf(process).toLowerCase().includes(text)
  );
  const pages = Math.max(1, Math.ceil(matching.length / ROWS_PER_PAGE));
  const page = Math.min(filter.page, pages);
  const first = (page - 1) * ROWS_PER_PAGE;
  return {
    rows: matching.slice(first, first + ROWS_PER_PAGE).map((process) => rowOf(daemon, process)),
    matching: matching.length,
    page,
    pages,
    total: all.length,
    counts,
  };
}

/** Of others the latest failure is history. The script has the same list: client/table.js. */
const FAILED_STATES: ReadonlySet<ProcessState> = new Set(["BACKOFF", "EXITED", "FATAL"]);

function whyOf({ failures }: ManagedProcess): string {
  const latest = failures.at(-1);
  return latest === undefined ? "" : latest.hints[0]?.text ?? latest.reason;
}

export function rowOf(daemon: Daemon, process: ManagedProcess): ProcessRow {
  const { state, restarts, lastExit } = process.record;
  return {
    namespec: namespecOf(process),
    group: process.groupName,
    state,
    description: processInfo(daemon, process).description + healthWords(process) +
      scheduleWords(process) + (process.isDisabled ? ", disabled" : ""),
    restarts,
    lastExit: lastExit === null ? "" : describeExit(lastExit),
    why: FAILED_STATES.has(state) ? whyOf(process) : "",
  };
}

/** Behind the description of a process that runs; the script says the same (client/table.js). */
function healthWords({ health, record }: ManagedProcess): string {
  if (health === null || record.pid === 0) return "";
  if (health.status === "unhealthy") return `, unhealthy: ${health.detail}`;
  if (!health.ready) return `, not ready: ${health.detail}`;
  return health.status === "healthy" ? ", healthy" : ", ready";
}

/** The script says the same (client/table.js). */
function scheduleWords({ schedule }: ManagedProcess): string {
  if (!schedule?.next) return "";
  const next = new Date(schedule.next).toISOString().replace("T", " ").slice(0, 19);
  return `, next run ${next} UTC`;
}
