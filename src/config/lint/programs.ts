/** Programs that come back without end, and groups without any. */
import { type Diagnostic, warning } from "../diagnostics.ts";
import type { GroupSpec } from "../types.ts";
import { type LintSubject, programPlace, programs } from "./subject.ts";

export function restartStorms(subject: LintSubject): Diagnostic[] {
  return programs(subject)
    .filter(({ autorestart, startSecs, restart }) =>
      autorestart === "always" && startSecs <= 0 && restart?.delay?.afterRun !== true &&
      (restart?.limit ?? null) === null
    )
    .map((process) =>
      warning(
        subject.document,
        programPlace(subject, process, "startsecs"),
        "with startsecs=0 every exit counts as a success, and autorestart=true starts at once " +
          "again, without pause and without end",
        "set startsecs=1 or more",
      )
    );
}

export function emptyGroups(subject: LintSubject): Diagnostic[] {
  if (subject.incomplete) return [];
  return subject.config.groups.filter(({ processes }) => processes.length === 0)
    .map((group: GroupSpec) =>
      warning(
        subject.document,
        { file: group.source.file, line: group.source.line, column: 1 },
        `group ${group.name} has no processes`,
      )
    );
}
