/** What the rules look at, and where in the files a finding belongs. */
import type { Diagnostic, WarningPlace } from "../diagnostics.ts";
import type { IniDocument, IniEntry, IniSection } from "../ini.ts";
import type { Config, LoadEnvironment, ProcessSpec } from "../types.ts";

export interface LintSubject {
  readonly config: Config;
  readonly document: IniDocument;
  readonly environment: LoadEnvironment;
  /** Errors were left out: what depends on the whole is not looked at. */
  readonly incomplete: boolean;
}

export type Rule = (subject: LintSubject) => Diagnostic[];

export function placeOf(entry: IniEntry): WarningPlace {
  const { file, line, column, value } = entry;
  return { file, line, column, found: value };
}

export function headerOf({ file, line, name }: IniSection): WarningPlace {
  return { file, line, column: 1, found: `[${name}]` };
}

/** Sections and the program kinds whose keys ProcessSpec comes from. */
function sectionOf(document: IniDocument, process: ProcessSpec): IniSection | undefined {
  for (const kind of ["program", "fcgi-program", "eventlistener"]) {
    const section = document.section(`${kind}:${process.program}`);
    if (section !== undefined) return section;
  }
  return undefined;
}

/** The key a program's setting stands at, else its header. */
export function programPlace(
  subject: LintSubject,
  process: ProcessSpec,
  key: string,
): WarningPlace {
  const section = sectionOf(subject.document, process);
  if (section === undefined) return { file: subject.config.file };
  const entry = subject.document.entry(section.name, key);
  return entry === undefined ? headerOf(section) : placeOf(entry);
}

/** One process per program section: copies would repeat every finding. */
export function programs({ config }: LintSubject): ProcessSpec[] {
  const byProgram = new Map<string, ProcessSpec>();
  for (const { kind, processes } of config.groups) {
    for (const process of processes) {
      const key = `${kind} ${process.program}`;
      if (!byProgram.has(key)) byProgram.set(key, process);
    }
  }
  return [...byProgram.values()];
}
