/**
 * Finds out about a failure what can be found out afterwards: the last words, the file behind the
 * command, what was left running. Loaded with the first failure. Nothing here throws for what the
 * system refuses: what cannot be seen is left out.
 */
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { splitCommand } from "../config/shell_words.ts";
import type { ProcessSpec } from "../config/types.ts";
import { failureReason, type FailureReport } from "../process/failure.ts";
import { type CommandFile, hintsFor } from "../process/failure_hints.ts";
import type { FailureNote, LogPart } from "./failure_log.ts";
import { type OomCounter, oomVerdict } from "./oom.ts";

const SIGKILL = 9;
const MOST_LINES = 12;
const LINE_LENGTH = 300;
const HEAD_BYTES = 256;
/** Of those that follow the failed process; the first of them are its own. */
const MOST_PROCESSES = 200;
/** PID_MAX_LIMIT of Linux. */
const MOST_PIDS = 2 ** 22;

export interface InspectOptions {
  /** null: nobody knows. */
  readonly oomKilled: boolean | null;
  readonly self: number;
  readonly isManaged: (pid: number) => boolean;
  /** What SUPERVISOR_SERVER_URL is where a program does not say; null: not set. */
  readonly serverUrl: string | null;
}

/** Which of them the kernel has killed for want of memory, as far as that can be told. */
export function killedBySystem(
  notes: readonly FailureNote[],
  counter: Pick<OomCounter, "take">,
): ReadonlyMap<FailureNote, boolean | null> {
  const killed = notes.filter(({ exit }) => exit?.type === "signalled" && exit.signal === SIGKILL);
  if (killed.length === 0) return new Map();
  const verdict = oomVerdict(killed.length, counter.take());
  return new Map(killed.map((note) => [note, verdict]));
}

export function inspect(note: FailureNote, o: InspectOptions): FailureReport {
  const { process, exit, spawnError, standIn, upForMs, isQuick } = note;
  const { spec } = process;
  const output = { stdout: linesOf(note.parts.stdout), stderr: linesOf(note.parts.stderr) };
  // What the daemon has said in the place of a child that could not be started counts even
  // where no log keeps it.
  const text = [standIn ?? "", ...output.stderr, ...output.stdout].join("\n");
  const endedWell = exit?.type === "exited" && exit.code === 0;
  const isRefused = text.includes("couldn't exec ");
  return {
    at: note.at,
    pid: note.pid,
    exit,
    reason: standIn ?? failureReason(exit, spawnError, upForMs),
    upForMs,
    tries: note.tries,
    oomKilled: o.oomKilled,
    usage: note.usage,
    output,
    hints: hintsFor({
      exit,
      spawnError: exit === null ? spawnError : null,
      isQuick,
      command: spec.command,
      directory: spec.directory,
      uid: spec.uid,
      output: text,
      oomKilled: o.oomKilled,
      leftRunning: endedWell && isQuick ? leftRunning(spec, note.pid, o) : [],
      file: isRefused ? commandFile(spec) : null,
    }),
    command: spec.command,
    revision: revisionOf(spec),
  };
}

function linesOf(part: LogPart | null): string[] {
  if (part === null || part.to <= part.from) return [];
  const bytes = readPart(part.path, part.from, part.to - part.from);
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (part.isCut && lines.length > 1) lines.shift();
  return lines.slice(-MOST_LINES).map((line) => plain(line).slice(0, LINE_LENGTH));
}

/** Terminals obey escape sequences, and these lines are shown on one. */
function plain(line: string): string {
  // deno-lint-ignore no-control-regex
  return line.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
}

function readPart(path: string, from: number, length: number): Uint8Array {
  let fd: number | null = null;
  try {
    fd = openSync(path, "r");
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, from));
  } catch {
    return new Uint8Array(0); // rotated away or not ours to read
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** The beginning of the file that the system refused to run. */
function commandFile(spec: ProcessSpec): CommandFile | null {
  const split = splitCommand(spec.command);
  const path = split.ok ? split.words[0] : undefined;
  if (path === undefined || !path.includes("/")) return null;
  const head = new TextDecoder("latin1").decode(readPart(path, 0, HEAD_BYTES));
  if (head === "") return null;
  const line = /^#!([^\n]*)/.exec(head)?.[1] ?? null;
  const interpreter = line === null ? null : /^[ \t]*([^ \t]*)/.exec(line)?.[1] ?? "";
  return {
    path,
    interpreter: interpreter === null ? null : interpreter.replace(/\r$/, ""),
    interpreterExists: interpreter !== null && existsSync(interpreter),
    hasWindowsLineEnds: line?.endsWith("\r") ?? false,
    isElf: head.startsWith("\x7fELF"),
  };
}

/**
 * Processes with the environment of the one that has ended: it must have started them. They are
 * younger than it, so the pids that follow its own are looked at; after the highest come the low ones.
 */
function leftRunning(spec: ProcessSpec, pid: number, o: InspectOptions): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const url = spec.serverUrl ?? o.serverUrl;
  const marks = [
    `SUPERVISOR_PROCESS_NAME=${spec.name}`,
    `SUPERVISOR_GROUP_NAME=${spec.group}`,
    // Another daemon on this machine may have a program of the same name.
    ...(url === null || url === "" ? [] : [`SUPERVISOR_SERVER_URL=${url}`]),
  ];
  const after = (other: number) => other > pid ? other - pid : other + MOST_PIDS;
  return names.map(Number).filter((other) => other > 0).sort((a, b) => after(a) - after(b))
    .slice(0, MOST_PROCESSES)
    .filter((other) => other !== o.self && !o.isManaged(other) && hasMarks(other, marks));
}

function hasMarks(pid: number, marks: readonly string[]): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return marks.every((mark) => variables.includes(mark));
  } catch {
    return false; // gone meanwhile, or another user's
  }
}

const REVISIONS = new WeakMap<ProcessSpec, string>();

/** Eight digits that differ when a setting does. Of variables only the names go in. */
function revisionOf(spec: ProcessSpec): string {
  let revision = REVISIONS.get(spec);
  if (revision === undefined) {
    const settings = { ...spec, environment: Object.keys(spec.environment) };
    revision = createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 8);
    REVISIONS.set(spec, revision);
  }
  return revision;
}
