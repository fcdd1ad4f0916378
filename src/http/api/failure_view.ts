/** Why a process failed, as the API tells it. */
import type { FailureReport } from "../../process/failure.ts";
import { describeExit, type ExitStatus, signalName } from "../../process/signals.ts";

export function exitView(exit: ExitStatus) {
  return {
    code: exit.type === "exited" ? exit.code : null,
    signal: exit.type === "signalled" ? signalName(exit.signal) : null,
    text: describeExit(exit),
  };
}

export function failureView(report: FailureReport) {
  const { at, exit, upForMs, hints, ...facts } = report;
  return {
    failedAt: new Date(at).toISOString(),
    exit: exit === null ? null : exitView(exit),
    coreDumped: exit?.type === "signalled" && exit.coreDumped,
    uptimeSeconds: upForMs === null ? null : Math.round(upForMs) / 1000,
    hints: hints.map(({ code, text }) => ({ code, text })),
    ...facts,
  };
}

/** The latest failure in a line, for rows: the reason, and the likeliest hint. */
export function lastFailureView(reports: readonly FailureReport[]) {
  const report = reports.at(-1);
  if (report === undefined) return null;
  const { at, reason, hints } = report;
  return { failedAt: new Date(at).toISOString(), reason, hint: hints[0]?.text ?? null };
}
