/** `supervisord --check`: every problem of a configuration, without starting anything. */
import { checkStatus, type Diagnostic, formatDiagnostics, fromError } from "./diagnostics.ts";
import { ConfigError, ProblemCollector } from "./errors.ts";
import { IniDocument } from "./ini.ts";
import { lint } from "./lint.ts";
import { type LoadOptions, readConfiguration } from "./load.ts";
import type { Config } from "./types.ts";

export { type Diagnostic, formatDiagnostic, formatDiagnostics } from "./diagnostics.ts";
export { checkStatus } from "./diagnostics.ts";

/**
 * Loads the configuration like a start would, but goes on after each error, and then looks
 * for what loads and still is not meant. Errors come in the order they are found in, which
 * is the order a start would stop at them.
 */
export function checkConfig(options: LoadOptions): Diagnostic[] {
  return inspectConfig(options).diagnostics;
}

export interface Inspected {
  readonly diagnostics: Diagnostic[];
  /** What the files say. */
  readonly document: IniDocument;
  /** What could be understood of it; null when it could not be read at all. */
  readonly config: Config | null;
}

/** The same, with what was read. */
export function inspectConfig(options: LoadOptions): Inspected {
  const problems = new ProblemCollector();
  const document = new IniDocument();
  try {
    const config = readConfiguration(options, problems, document);
    const errors = problems.errors.map((error) => fromError(error, document));
    const { environment } = options;
    const incomplete = errors.length > 0;
    const warnings = lint({ config, document, environment, incomplete });
    const uncovered = warnings.filter((each) => !isCovered(each, errors));
    return { diagnostics: unique([...errors, ...uncovered]), document, config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const found = [...problems.errors, error].map((each) => fromError(each, document));
    return { diagnostics: unique(found), document, config: null };
  }
}

/** A line with an error went on with the default; what is odd about that is nobody's doing. */
function isCovered(warning: Diagnostic, errors: readonly Diagnostic[]): boolean {
  return warning.line !== null &&
    errors.some(({ file, line }) => file === warning.file && line === warning.line);
}

/** Keys that are read for each process, or once for the group and once for its processes. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { file, line, column, message } = diagnostic;
    const key = JSON.stringify([file, line, column, message]);
    if (!seen.has(key)) seen.set(key, diagnostic);
  }
  return [...seen.values()];
}

/** What a check has to say, ready to be printed. */
export interface CheckReport {
  /** For stdout. */
  readonly text: string;
  /** 0: fine; 1: warnings, and --strict was given; 2: errors. */
  readonly status: 0 | 1 | 2;
}

/** The findings as text, and the exit status they come to. */
export function reportCheck(diagnostics: readonly Diagnostic[], strict: boolean): CheckReport {
  return { text: formatDiagnostics(diagnostics), status: checkStatus(diagnostics, strict) };
}
