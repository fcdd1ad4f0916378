/** Findings of `supervisord --check`, and how they are shown. */
import type { ConfigError } from "./errors.ts";
import type { IniDocument } from "./ini.ts";

/** One finding of a check. */
export interface Diagnostic {
  /** Whether the configuration cannot be used, or is only doubtful. */
  readonly severity: "error" | "warning";
  /** What is the matter, for people. */
  readonly message: string;
  /** null when no file is to blame (nothing was found on the search path). */
  readonly file: string | null;
  /** From 1; null when the whole file is meant. */
  readonly line: number | null;
  /** From 1; null: not known. */
  readonly column: number | null;
  /** What would be right, or what to do; null if the message says it all. */
  readonly hint: string | null;
  /** The line as it stands in the file. */
  readonly sourceLine: string | null;
  /** How many characters to underline, at least 1. */
  readonly length: number;
}

function sourceLineOf(document: IniDocument | null, file: string | null, line: number | null) {
  if (document === null || file === null || line === null) return null;
  return document.sources.get(file)?.[line - 1] ?? null;
}

/** What stands at the place: the first line of the value, or else to the end of the line. */
function underline(sourceLine: string | null, column: number | null, found: string | null): number {
  if (sourceLine === null || column === null) return 1;
  const rest = sourceLine.slice(column - 1).trimEnd();
  const first = (found ?? rest).split("\n")[0]!;
  return Math.max(1, rest.startsWith(first) ? first.length : rest.length);
}

/** An error as a finding. */
export function fromError(error: ConfigError, document: IniDocument | null): Diagnostic {
  const { file, line, column } = error;
  const sourceLine = sourceLineOf(document, file, line);
  return {
    severity: "error",
    message: error.reason,
    file,
    line,
    column,
    hint: error.wanted === null ? null : `wanted: ${error.wanted}`,
    sourceLine,
    length: underline(sourceLine, column, error.found),
  };
}

export interface WarningPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly found?: string;
}

export function warning(
  document: IniDocument,
  place: WarningPlace,
  message: string,
  hint: string | null = null,
): Diagnostic {
  const line = place.line ?? null;
  const column = place.column ?? null;
  const sourceLine = sourceLineOf(document, place.file, line);
  return {
    severity: "warning",
    message,
    file: place.file,
    line,
    column,
    hint,
    sourceLine,
    length: underline(sourceLine, column, place.found ?? null),
  };
}

/**
 * One finding as text, in the form that editors and compilers agree on:
 * `file:line:column: error: message`, the line, a caret under the value, a hint.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { severity, message, file, line, column, hint, sourceLine, length } = diagnostic;
  const place = [file, line, column].filter((part) => part !== null).join(":");
  const lines = [`${place === "" ? "" : `${place}: `}${severity}: ${message}`];
  if (sourceLine !== null && line !== null) {
    const number = String(line);
    const margin = " ".repeat(number.length);
    lines.push(` ${number} | ${sourceLine.replaceAll("\t", " ")}`);
    const indent = " ".repeat(Math.max((column ?? 1) - 1, 0));
    lines.push(` ${margin} | ${indent}${"^".repeat(length)}`);
    if (hint !== null) lines.push(` ${margin} = ${hint}`);
  } else if (hint !== null) lines.push(`  ${hint}`);
  return `${lines.join("\n")}\n`;
}

/**
 * All findings as text, with a last line that counts them.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic["severity"], word: string) => {
    const number = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return `${number} ${word}${number === 1 ? "" : "s"}`;
  };
  const summary = `${count("error", "error")}, ${count("warning", "warning")}\n`;
  return [...diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`), summary].join(
    "",
  );
}

/** 2: errors; 1: warnings, if they count; 0: nothing of the kind. */
export function checkStatus(diagnostics: readonly Diagnostic[], strict: boolean): 0 | 1 | 2 {
  if (diagnostics.some(({ severity }) => severity === "error")) return 2;
  return strict && diagnostics.length > 0 ? 1 : 0;
}
