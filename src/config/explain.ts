/**
 * `supervisord --check --explain`: what becomes of each line of a configuration that was written
 * for Supervisor, or for something like it.
 */
import { changeOf } from "./changed_options.ts";
import { inspectConfig } from "./check.ts";
import { type Diagnostic, formatDiagnostic } from "./diagnostics.ts";
import { adviceForGoPort, adviceForGoValue } from "./go_port.ts";
import type { IniDocument, IniEntry, IniSection } from "./ini.ts";
import type { LoadOptions } from "./load.ts";
import { nearestName } from "./nearest.ts";
import { SECTION_TABLES, tableFor, takesAnyKey } from "./options.ts";
import { isSupervisorKey, isSupervisorSection } from "./supervisor_keys.ts";

/** honoured: as in Supervisor, or new here; changed: see the note; unsupported: has no effect. */
export type Verdict = "honoured" | "changed" | "unsupported";

export interface Explanation {
  readonly verdict: Verdict;
  readonly file: string;
  readonly line: number;
  readonly section: string;
  /** null: the section as a whole. */
  readonly key: string | null;
  /** null where it may be a secret. */
  readonly value: string | null;
  /** Why it is not plainly honoured, or what is remarkable about it. */
  readonly note: string | null;
  /** What to do; null: nothing. */
  readonly action: string | null;
}

export interface Explained {
  readonly options: readonly Explanation[];
  /** What is wrong with no line in particular. */
  readonly others: readonly Diagnostic[];
  /** All findings, as --check has them: the exit status goes by these. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the configuration as a start would, and judges every key of it in order. */
export function explainConfig(options: LoadOptions): Explained {
  const { diagnostics, document } = inspectConfig(options);
  const explained = inOrder(document, [
    ...document.defaults().map((entry) => explainDefault(entry, diagnostics)),
    ...document.sections().flatMap((section) => explainSection(section, diagnostics)),
  ]);
  const places = new Set(explained.map(({ file, line }) => `${file}:${line}`));
  const others = diagnostics.filter(({ file, line }) => !places.has(`${file}:${line}`));
  return { options: explained, others, diagnostics };
}

/** The order of the files, and of the lines in them. A line stands for itself once. */
function inOrder(document: IniDocument, explained: readonly Explanation[]): Explanation[] {
  const files = [...document.sources.keys()];
  const byPlace = new Map<string, Explanation>();
  for (const each of explained) {
    const place = `${each.file}:${each.line}`;
    if (!byPlace.has(place)) byPlace.set(place, each);
  }
  return [...byPlace.values()].sort((a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line
  );
}

const SECRET = /password|token|secret|hash|environment/;

function shown(entry: IniEntry): string | null {
  return SECRET.test(entry.key) ? null : entry.value.replaceAll(/\s*\n\s*/g, " ");
}

function explainDefault(entry: IniEntry, diagnostics: readonly Diagnostic[]): Explanation {
  const { file, line, key } = entry;
  const place = { file, line, section: "DEFAULT", key, value: shown(entry) };
  const error = diagnostics.find((each) => each.severity === "error" && isAbout(each, entry));
  if (error !== undefined) return refused(place, error);
  const note = "for every section that does not say it itself";
  return { ...place, verdict: "honoured", note, action: null };
}

function refused(
  place: Omit<Explanation, "verdict" | "note" | "action">,
  { message: note, hint }: Diagnostic,
): Explanation {
  return { ...place, verdict: "unsupported", note, action: hint ?? "mend it" };
}

function explainSection(section: IniSection, diagnostics: readonly Diagnostic[]): Explanation[] {
  const table = tableFor(section.name);
  if (table !== undefined && !section.name.startsWith("ctlplugin:")) {
    return [...section.entries.values()].map((entry) =>
      explainEntry(section, entry, diagnostics.filter((each) => isAbout(each, entry)))
    );
  }
  const { file, line, name } = section;
  const note = table === undefined
    ? "nothing reads this section"
    : "plugins in Python cannot be loaded";
  const header: Explanation = {
    ...{ verdict: "unsupported", file, line, section: name, key: null, value: null, note },
    action: sectionAction(name),
  };
  const entries = [...section.entries.values()].map((entry): Explanation => ({
    ...{ verdict: "unsupported", file: entry.file, line: entry.line, section: name },
    ...{ key: entry.key, value: shown(entry), note, action: null },
  }));
  return [header, ...entries];
}

function sectionAction(name: string): string {
  if (name === "program-default") {
    return "a section of the port to Go; put what all programs share into [program-defaults]";
  }
  if (name.startsWith("ctlplugin:")) {
    return "take it out; supervisorctl --json or the JSON API serve scripts";
  }
  const prefixes = SECTION_TABLES.map(({ section }) => section);
  const [, word = "", rest = ""] = /^([^:]*:?)(.*)$/s.exec(name) ?? [];
  const near = nearestName(word.toLowerCase().trim(), prefixes);
  return near === null ? "take it out" : `did you mean [${near}${rest}]?`;
}

function isAbout(diagnostic: Diagnostic, entry: IniEntry): boolean {
  return diagnostic.file === entry.file && diagnostic.line === entry.line;
}

function explainEntry(
  section: IniSection,
  entry: IniEntry,
  findings: readonly Diagnostic[],
): Explanation {
  const { file, line, key } = entry;
  const isVariable = section.name.startsWith("env:");
  const value = isVariable ? null : shown(entry);
  const place = { file, line, section: section.name, key, value };
  const table = tableFor(section.name);
  const known = table?.options.map((option) => option.key) ?? [];
  const error = findings.find(({ severity }) => severity === "error");
  const meant = known.includes(key) ? adviceForGoValue(key, entry.value) : null;
  if (error !== undefined) {
    return refused(place, meant === null ? error : { ...error, hint: meant });
  }
  if (meant !== null) {
    return { ...place, verdict: "changed", note: "it is taken as it stands", action: meant };
  }
  if (!known.includes(key) && !takesAnyKey(section.name)) {
    const [warning] = findings;
    const action = adviceForGoPort(key, known) ?? warning?.hint ?? "take it out";
    return { ...place, verdict: "unsupported", note: warning?.message ?? "unknown key", action };
  }
  const change = changeOf(section, entry);
  if (change !== null) return { ...place, verdict: "changed", ...change };
  const [finding] = findings;
  if (finding !== undefined) {
    return { ...place, verdict: "honoured", note: finding.message, action: finding.hint };
  }
  const kind = table?.section ?? "";
  const isNew = !takesAnyKey(section.name) && !isSupervisorKey(kind, key);
  const note = !isSupervisorSection(kind)
    ? "new here: Supervisor ignores this section"
    : isNew
    ? "new here: Supervisor ignores this key"
    : null;
  return { ...place, verdict: "honoured", note, action: null };
}

/** For people: a line for each, in the form that editors jump to, and what to do below it. */
export function formatExplained({ options, others }: Explained): string {
  const width = Math.max(0, ...options.map(({ file, line }) => `${file}:${line}`.length));
  const lines = options.map((each) => {
    const { verdict, file, line, section, key, value, note, action } = each;
    const place = `${file}:${line}:`.padEnd(width + 1);
    const setting = key === null ? "" : ` ${key} = ${value ?? "(not shown)"}`;
    const more = [...note === null ? [] : [note], ...action === null ? [] : [`-> ${action}`]];
    return [
      `${place} ${verdict.padEnd(11)} [${section}]${setting}`,
      ...more.map((text) => `    ${text}`),
    ].join("\n") + "\n";
  });
  const count = (wanted: Verdict) => options.filter(({ verdict }) => verdict === wanted).length;
  return [
    ...lines,
    "\n",
    ...others.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`),
    `${count("honoured")} honoured, ${count("changed")} changed, ` +
    `${count("unsupported")} unsupported\n`,
  ].join("");
}
