/** Sections, keys and lines that are not read as whoever wrote them meant. */
import { type Diagnostic, warning } from "../diagnostics.ts";
import type { IniDocument, IniEntry } from "../ini.ts";
import { nearestName } from "../nearest.ts";
import { SECTION_TABLES, tableFor, takesAnyKey } from "../options.ts";
import { headerOf, type LintSubject, placeOf } from "./subject.ts";

function sectionHint(name: string): string | null {
  const names = SECTION_TABLES.map(({ section }) => section);
  const colon = name.indexOf(":");
  const prefix = colon === -1 ? name : name.slice(0, colon + 1);
  const nearest = nearestName(prefix.toLowerCase().trim(), names);
  if (nearest === null || nearest === prefix) return null;
  return `did you mean [${nearest}${colon === -1 ? "" : name.slice(colon + 1)}]?`;
}

/** Nothing reads them, so a mistyped name goes unnoticed until the setting is missed. */
export function unknownNames({ document }: LintSubject): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const section of document.sections()) {
    const table = tableFor(section.name);
    if (table === undefined) {
      const message = `unknown section [${section.name}]: nothing reads it`;
      found.push(warning(document, headerOf(section), message, sectionHint(section.name)));
      continue;
    }
    if (takesAnyKey(section.name)) continue;
    const known = table.options.map(({ key }) => key);
    for (const entry of section.entries.values()) {
      if (known.includes(entry.key) || isInherited(document, section.name, entry)) continue;
      found.push(unknownKey(document, section.name, entry, known));
    }
  }
  return found;
}

/** It stands in a template, and is told of there. */
function isInherited(document: IniDocument, section: string, { file, line }: IniEntry): boolean {
  const owner = document.sections().filter((other) =>
    /^(template:|program-defaults$)/.test(other.name)
  )
    .find(({ entries }) =>
      [...entries.values()].some((entry) => entry.file === file && entry.line === line)
    );
  return owner !== undefined && owner.name !== section;
}

function unknownKey(
  document: IniDocument,
  section: string,
  entry: IniEntry,
  known: readonly string[],
): Diagnostic {
  const place = { file: entry.file, line: entry.line, column: 1, found: entry.key };
  if (entry.key.startsWith("[")) {
    const message = `this line is read as a key of [${section}], not as a section header`;
    return warning(document, place, message, "its closing bracket is missing or commented out");
  }
  const nearest = nearestName(entry.key, known);
  const hint = nearest === null ? null : `did you mean ${nearest}?`;
  return warning(document, place, `unknown key "${entry.key}" in [${section}]`, hint);
}

/** An indented header or key is text of the value above it. */
export function swallowedLines({ document }: LintSubject): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { name, entries } of document.sections()) {
    for (const entry of entries.values()) {
      const lines = entry.value.split("\n");
      const known = tableFor(name)?.options.map(({ key }) => key) ?? [];
      const swallowed = lines.slice(1).find((line) =>
        /^\[[^\]]+:[^\]]*\]/.test(line) || known.includes(/^(\w+)\s*[=:]/.exec(line)?.[1] ?? "")
      );
      if (swallowed === undefined) continue;
      const message = `the indented line "${swallowed}" belongs to the value of ${entry.key}`;
      found.push(warning(document, placeOf(entry), message, "take its indentation away"));
    }
  }
  return found;
}
