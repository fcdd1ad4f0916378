/** Commands that cannot be run, or not be stopped. */
import { type Diagnostic, warning } from "../diagnostics.ts";
import { joinPath } from "../paths.ts";
import { splitCommand } from "../shell_words.ts";
import type { LoadEnvironment, ProcessSpec } from "../types.ts";
import { type LintSubject, programPlace, programs } from "./subject.ts";

const SHELLS = /^(?:.*\/)?(?:ba|da|k|z|a)?sh$/;

/** The script of `sh -c 'script'`; null for anything else. */
function shellScript(words: readonly string[]): string | null {
  if (!SHELLS.test(words[0] ?? "")) return null;
  const flag = words.findIndex((word, i) => i > 0 && /^-[a-z]*c$/.test(word));
  return flag === -1 ? null : words[flag + 1] ?? null;
}

/** The shell gets the stop signal, and what it runs stays behind as an orphan. */
export function shellWrappers(subject: LintSubject): Diagnostic[] {
  return programs(subject).flatMap((process) => {
    const split = splitCommand(process.command);
    if (!split.ok || (process.stopAsGroup && process.killAsGroup)) return [];
    const script = shellScript(split.words);
    // A shell replaces itself for a simple last command only when told to, or by luck.
    if (script === null || /(^|[;&|]\s*)exec\s/.test(script)) return [];
    if (!/[;&|\n]/.test(script)) return [];
    return [
      warning(
        subject.document,
        programPlace(subject, process, "command"),
        "stopping this program signals the shell, not what the shell runs",
        "start the last command with exec, or set stopasgroup=true and killasgroup=true",
      ),
    ];
  });
}

type Runnable = Pick<ProcessSpec, "command" | "environment">;

const UNPARSABLE = "the command cannot be parsed: ";

/** What a start would say, found before one is tried. */
export function commands(subject: LintSubject): Diagnostic[] {
  const { document, environment } = subject;
  return programs(subject).flatMap((process) => {
    const problem = commandProblem(process, environment);
    if (problem === null) return [];
    const found = warning(document, programPlace(subject, process, "command"), problem);
    const cut = problem.startsWith(UNPARSABLE) && /\s[;#]/.test(found.sourceLine ?? "");
    const hint = "a ; or # after a space begins a comment, even between quotes";
    return [cut ? { ...found, hint } : found];
  });
}

/** Hooks run at the worst moment to find out that there is no such command. */
export function hookCommands(subject: LintSubject): Diagnostic[] {
  const { document, environment } = subject;
  return programs(subject).flatMap((process) =>
    Object.entries(process.hooks?.commands ?? {}).flatMap(([key, command]) => {
      const problem = commandProblem({ command, environment: process.environment }, environment);
      return problem === null
        ? []
        : [warning(document, programPlace(subject, process, key), `${key}: ${problem}`)];
    })
  );
}

function commandProblem(process: Runnable, environment: LoadEnvironment): string | null {
  const split = splitCommand(process.command);
  if (!split.ok) return UNPARSABLE + split.reason;
  const program = split.words[0];
  if (program === undefined) return "the command is empty";
  const candidates = program.includes("/")
    ? [program]
    : searchPath(process, environment).map((directory) => joinPath(directory, program));
  for (const path of candidates) {
    const facts = environment.stat(path);
    if (facts === null) continue;
    if (facts.isDirectory) return `the command ${path} is a directory`;
    const executable = facts.mode === undefined || (facts.mode & 0o111) !== 0;
    return executable ? null : `the command ${path} is not executable`;
  }
  return `the command ${program} cannot be found`;
}

function searchPath(process: Runnable, environment: LoadEnvironment): string[] {
  const path = process.environment["PATH"] ?? environment.env["PATH"];
  return (path ?? "/bin:/usr/bin:/usr/local/bin").split(":");
}
