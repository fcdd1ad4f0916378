/** Ends of programs that are to be the end of the daemon: the verdict, and its words for the log. */
import { endsDaemon, hasEnded, statusOfAll, statusOfEnd } from "../process/endings.ts";
import { dueAt } from "../process/machine.ts";
import { wantsRestart } from "../process/machine_retry.ts";
import type { ProcessRecord } from "../process/machine_types.ts";
import { describeExit } from "../process/signals.ts";
import { STOPPED_STATES } from "../process/states.ts";
import type { Group } from "./group.ts";
import type { Process } from "./process.ts";

export interface Verdict {
  /** The daemon's exit status. */
  readonly status: number;
  /** A line for the log. */
  readonly text: string;
}

export interface JudgeOptions {
  /** The process that has just changed its state. */
  readonly process: Process;
  readonly groups: Iterable<Group>;
  readonly exitWhen: "never" | "all_stopped";
}

/**
 * What the change of one process means for the daemon; null: nothing.
 *
 * Only ends that nobody asked for count: a `supervisorctl stop`, or the first half of a restart,
 * never ends the daemon.
 */
export function judgeEnd({ process, groups, exitWhen }: JudgeOptions): Verdict | null {
  const { spec, record } = process;
  const willRestart = wantsRestart(spec, record);
  if (endsDaemon(spec.ending, record, willRestart)) {
    const status = statusOfEnd(record);
    const text = `shutting down because ${
      describeEnd(process.name, record)
    }: exit status ${status}`;
    return { status, text };
  }
  if (exitWhen === "never" || !hasEnded(record, willRestart)) return null;
  // Listeners serve the others and run for as long as there are any.
  const programs = [...groups]
    .filter((group) => group.spec.kind !== "eventlistener")
    .flatMap((group) => group.processes);
  if (!programs.includes(process) || !programs.every(isOver)) return null;
  const status = statusOfAll(
    programs.map(({ spec, record }) => ({ record, exitCodes: spec.exitCodes })),
  );
  return {
    status,
    text: `shutting down because all programs have ended (exit_when): exit status ${status}`,
  };
}

/** Nothing lives, and nothing is about to start by itself, be it only for want of a dependency. */
function isOver({ spec, record }: Process): boolean {
  return STOPPED_STATES.has(record.state) && dueAt(spec, record, true) === Infinity;
}

function describeEnd(name: string, record: ProcessRecord): string {
  if (record.state === "FATAL") return `${name} is FATAL`;
  return `${name} has ended (${record.lastExit === null ? "" : describeExit(record.lastExit)})`;
}
