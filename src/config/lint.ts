/** Warnings: configurations that load, and still will not do what was meant. */
import { type Diagnostic, warning } from "./diagnostics.ts";
import {
  certificates,
  readablePasswords,
  runningAsRoot,
  secretFiles,
  tokenGroups,
} from "./lint/access.ts";
import { commands, hookCommands, shellWrappers } from "./lint/commands.ts";
import { dependencies } from "./lint/dependencies.ts";
import { doubledPercents, idleLogPolicies, rotatedStreams, sharedLogs } from "./lint/logs.ts";
import { swallowedLines, unknownNames } from "./lint/names.ts";
import { emptyGroups, restartStorms } from "./lint/programs.ts";
import type { LintSubject, Rule } from "./lint/subject.ts";

const RULES: readonly Rule[] = [
  unknownNames,
  swallowedLines,
  doubledPercents,
  rotatedStreams,
  sharedLogs,
  idleLogPolicies,
  shellWrappers,
  commands,
  hookCommands,
  restartStorms,
  dependencies,
  emptyGroups,
  runningAsRoot,
  readablePasswords,
  certificates,
  tokenGroups,
  secretFiles,
  loadMessages,
];

/** What loading itself had to remark. */
function loadMessages({ config, document }: LintSubject): Diagnostic[] {
  return config.messages.filter(({ level }) => level !== "info")
    .map(({ text, source }) => warning(document, { ...(source ?? { file: config.file }) }, text));
}

/** Everything that looks wrong in a configuration that can be used, in the order of the files. */
export function lint(subject: LintSubject): Diagnostic[] {
  const files = [...subject.document.sources.keys()];
  const rank = ({ file }: Diagnostic) => file === null ? -1 : files.indexOf(file);
  return RULES.flatMap((rule) => rule(subject))
    .sort((a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0));
}
