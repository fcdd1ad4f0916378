/** `status -v`: below each line of `status` what else there is to say, a fact a line. */
import { readProcessInfos } from "../../src/client/answers.ts";
import { splitWords } from "../../src/config/python_text.ts";
import { STOPPED_STATES } from "../../src/process/states.ts";
import { getJson, sayRefusal } from "./api.ts";
import { makeNamespec } from "./names.ts";
import { select } from "./process_commands.ts";
import { STATUS_EXIT } from "./results.ts";
import type { Session } from "./session.ts";
import { formatStatus } from "./status_table.ts";

interface Failure {
  readonly failedAt: string;
  readonly reason: string;
  readonly exit: { readonly text: string } | null;
  readonly oomKilled: boolean | null;
  readonly usage: {
    readonly userSeconds: number;
    readonly systemSeconds: number;
    readonly maxResidentBytes: number;
  } | null;
  readonly output: { readonly stdout: readonly string[]; readonly stderr: readonly string[] };
  readonly hints: readonly { readonly text: string }[];
  readonly command: string;
  readonly revision: string;
}

interface Blocked {
  readonly seconds: number;
  readonly now: boolean;
}

/** The parts of a process that are told; what a program does not use is not there. */
interface Process {
  readonly namespec: string;
  readonly pid: number | null;
  readonly tags?: readonly string[];
  readonly starts: number;
  readonly restarts: number;
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
  readonly lastExit: { readonly text: string } | null;
  readonly lastFailure: object | null;
  readonly waitingFor?: string;
  readonly health?: {
    readonly ready: boolean;
    readonly status: string;
    readonly since: string;
    readonly detail: string;
  };
  readonly schedule?: {
    readonly expression: string;
    readonly timezone: string | null;
    readonly next: string | null;
    readonly isQueued: boolean;
    readonly skipped: number;
    readonly timedOut: number;
  };
  readonly disabled?: boolean;
  readonly scaled?: { readonly configured: number; readonly numprocs: number };
  readonly adopted?: true;
  readonly leftBehind?: {
    readonly ended: number;
    readonly killed: number;
    readonly remaining: readonly number[];
  };
  readonly dropped?: { readonly stdout: number; readonly stderr: number };
  readonly blocked?: { readonly stdout: Blocked | null; readonly stderr: Blocked | null };
  readonly logs: { readonly stdout: string | null; readonly stderr: string | null };
  /** By key. */
  readonly extras?: Readonly<Record<string, unknown>>;
}

export async function verboseStatus(session: Session, rest: string): Promise<void> {
  const all = readProcessInfos(await session.call("getAllProcessInfo"));
  const names = splitWords(rest);
  const shown = names.length === 0 || names.includes("all") ? all : select(session, all, names);
  const lines = formatStatus(shown);
  try {
    const { processes } = await getJson(session, "/api/v1/processes?extras=true") as {
      readonly processes: readonly Process[];
    };
    const known = new Map(processes.map((process) => [process.namespec, process]));
    for (const [i, { group, name }] of shown.entries()) {
      session.output.line(lines[i] ?? "");
      const process = known.get(makeNamespec(group, name));
      if (process !== undefined) await tell(session, process);
    }
  } catch (error) {
    sayRefusal(session, error);
    return;
  }
  if (shown.some(({ stateName }) => (STOPPED_STATES as ReadonlySet<string>).has(stateName))) {
    session.exitStatus = STATUS_EXIT.NOT_RUNNING;
  }
}

async function tell(session: Session, process: Process): Promise<void> {
  for (const [label, text] of factsOf(process)) fact(session, label, text);
  Object.entries(process.extras ?? {}).forEach(([key, value], i) =>
    fact(session, i === 0 ? "settings" : "", `${key} = ${settingText(value)}`)
  );
  if (process.lastFailure === null) return;
  const path = `/api/v1/processes/${encodeURIComponent(process.namespec)}/failures`;
  const { failures } = await getJson(session, path) as { readonly failures: readonly Failure[] };
  const [latest] = failures;
  if (latest === undefined) return;
  for (const [label, text] of failureFacts(latest)) fact(session, label, text);
  for (const channel of ["stderr", "stdout"] as const) {
    latest.output[channel].forEach((line, i) => fact(session, i === 0 ? channel : "", `| ${line}`));
  }
}

const LABEL_WIDTH = 12;

function fact(session: Session, label: string, text: string): void {
  session.output.line(`    ${label.padEnd(LABEL_WIDTH)}${text}`);
}

function factsOf(process: Process): [string, string][] {
  const { starts, restarts, startedAt, stoppedAt, lastExit, logs, health } = process;
  const facts: [string, string | null][] = [
    ["started", startedAt],
    ["stopped", process.pid === null ? stoppedAt : null],
    ["waits", process.waitingFor?.replace(/^waiting /, "") ?? null],
    ["health", health === undefined ? null : healthText(health)],
    ["schedule", process.schedule === undefined ? null : scheduleText(process.schedule)],
    ["next run", process.schedule?.next ?? null],
    ["disabled", process.disabled === true ? "does not start with supervisord" : null],
    ["scaled", process.scaled === undefined ? null : scaledText(process.scaled)],
    ["tags", process.tags?.join(", ") ?? null],
    ["adopted", process.adopted ? "from a killed supervisord, its exit status is unseen" : null],
    ["starts", `${starts}, of those ${restarts} by itself`],
    ["last exit", lastExit?.text ?? null],
    ["left behind", process.leftBehind === undefined ? null : leftBehindText(process.leftBehind)],
    ["stdout log", logs.stdout],
    ["stderr log", logs.stderr],
    ["lost output", process.dropped === undefined ? null : droppedText(process.dropped)],
    ["held up", process.blocked === undefined ? null : blockedText(process.blocked)],
  ];
  return facts.filter((entry): entry is [string, string] => entry[1] !== null);
}

function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.map(settingText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function droppedText({ stdout, stderr }: NonNullable<Process["dropped"]>): string {
  return `${stdout} bytes of stdout, ${stderr} of stderr`;
}

/** null: it never had to wait. */
function blockedText({ stdout, stderr }: NonNullable<Process["blocked"]>): string | null {
  const text = (name: string, blocked: Blocked | null) =>
    blocked === null || (blocked.seconds === 0 && !blocked.now)
      ? []
      : [`by the ${name} log for ${Math.round(blocked.seconds)} s${blocked.now ? ", now" : ""}`];
  return [...text("stdout", stdout), ...text("stderr", stderr)].join("; ") || null;
}

function scaledText({ configured, numprocs }: NonNullable<Process["scaled"]>): string {
  return `${numprocs} processes, ${configured} in the file`;
}

function leftBehindText(left: NonNullable<Process["leftBehind"]>): string {
  const { ended, killed, remaining } = left;
  const there = remaining.length === 0 ? "" : `; still there: pid ${remaining.join(", ")}`;
  return `${ended} processes that ended, ${killed} that had to be killed${there}`;
}

function scheduleText(schedule: NonNullable<Process["schedule"]>): string {
  const { expression, timezone, isQueued, skipped, timedOut } = schedule;
  return [
    timezone === null ? expression : `${expression} (${timezone})`,
    ...(isQueued ? ["a run is queued"] : []),
    ...(skipped === 0 ? [] : [`${skipped} left out`]),
    ...(timedOut === 0 ? [] : [`${timedOut} took too long`]),
  ].join(", ");
}

function healthText({ ready, status, since, detail }: NonNullable<Process["health"]>): string {
  return `${ready ? "ready" : "not ready"}, ${status} since ${since}: ${detail}`;
}

function failureFacts(failure: Failure): [string, string][] {
  const { failedAt, reason, exit, oomKilled, usage, hints, command, revision } = failure;
  const told = exit === null || reason.startsWith(exit.text) ? "" : ` (${exit.text})`;
  const facts: [string, string][] = [["failed", `${failedAt}: ${reason}${told}`]];
  hints.forEach(({ text }, i) => facts.push([i === 0 ? "hint" : "", text]));
  facts.push(["command", `${command} (settings ${revision})`]);
  if (oomKilled === true) facts.push(["memory", "killed by the kernel: out of memory"]);
  if (usage !== null) {
    const cpu = usage.userSeconds + usage.systemSeconds;
    const mib = usage.maxResidentBytes / 2 ** 20;
    facts.push(["used", `${cpu.toFixed(2)} s of CPU, at most ${mib.toFixed(1)} MiB of memory`]);
  }
  return facts;
}
