/** The option reference as Markdown, made of the very table that the readers go by. */
import { SECTION_TABLES, type SectionTable } from "../../src/config/options.ts";
import { CHANNELS } from "../../src/config/options/channels.ts";
import { FCGI, LISTENER } from "../../src/config/options/groups.ts";
import type { Option } from "../../src/config/options/option.ts";
import { PROGRAM } from "../../src/config/options/program.ts";
import { isSupervisorKey, isSupervisorSection } from "../../src/config/supervisor_keys.ts";

type AnyOption = Option<unknown>;

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->

# Every option

Printed by \`supervisord print options\` from the table that the program itself reads by; do not edit
it. _New_ marks what Supervisor 4 does not know: it ignores such keys, so one
file can serve both. A key that is absent means its default; words in place of a value say what
happens without the key. \`supervisord --check\` reports every problem of a file, and
\`supervisord --check --explain\` what becomes of each of its lines.
`;

/** Sections that are told apart by what they add, in place of a repetition. */
const ADDITIONS: Readonly<Record<string, { keys: readonly string[]; text: string }>> = {
  "eventlistener:": {
    keys: Object.values(LISTENER).map(({ key }) => key),
    text: "All keys of [\\[program:x\\]](#programx), with another default for `priority`, and:",
  },
  "template:": {
    keys: [],
    text: "All keys of [\\[program:x\\]](#programx), for the programs that `use` it. New.",
  },
  "program-defaults": {
    keys: [],
    text: "All keys of [\\[program:x\\]](#programx), for every program. New.",
  },
  "env:": {
    keys: [],
    text: "Its keys are [variables of the environment](environment.md) of programs. New.",
  },
  variables: { keys: [], text: "Its keys are names for [`%(var_NAME)s`](environment.md). New." },
  "fcgi-program:": {
    keys: Object.values(FCGI).map(({ key }) => key),
    text: "All keys of [\\[program:x\\]](#programx), and:",
  },
};

const COLUMNS = ["key", "value", "default", "what it does", "new"] as const;

/** Ready for docs/options.md. */
export function optionReference(): string {
  return [INTRODUCTION, ...SECTION_TABLES.map(section)].join("\n");
}

function section(table: SectionTable): string {
  const addition = ADDITIONS[table.section];
  const rows = addition === undefined
    ? table.options
    : table.options.filter(({ key }) => addition.keys.includes(key));
  const text = addition?.text ??
    (isSupervisorSection(table.section) ? null : "Supervisor ignores this section.");
  const heading = `## [${table.title}]\n`;
  const parts = text === null ? [heading] : [heading, `${text}\n`];
  if (table.section === "program:") return [...parts, programTables(table)].join("\n");
  if (rows.length === 0) return parts.join("\n");
  return [...parts, markdownTable(rows.map((row) => cells(table, row)))].join("\n");
}

/** Some seventy keys are read more easily apart: Supervisor's own, the output, what is new. */
function programTables(table: SectionTable): string {
  const output = Object.values(CHANNELS).flatMap((channel) =>
    Object.values(channel).map(({ key }) => key)
  );
  const own = new Set<string>(Object.values(PROGRAM).map(({ key }) => key));
  const part = (title: string, chosen: (row: AnyOption) => boolean) =>
    `### ${title}\n\n${
      markdownTable(table.options.filter(chosen).map((row) => cells(table, row)))
    }`;
  const isOld = ({ key }: AnyOption) => isSupervisorKey(table.section, key);
  return [
    part("As in Supervisor", (row) => own.has(row.key) && isOld(row)),
    part("Output", ({ key }) => output.includes(key) || /^std(out|err)_/.test(key)),
    part("New", (row) => !isOld(row) && !/^std(out|err)_/.test(row.key)),
  ].join("\n");
}

function cells(table: SectionTable, row: AnyOption): readonly string[] {
  const isOld = isSupervisorKey(table.section, row.key) || !isSupervisorSection(table.section);
  return [
    code(row.key),
    escape(row.kind.name),
    row.absent === "" ? "empty" : row.default === null ? escape(row.absent) : code(row.absent),
    escape(row.doc),
    isOld ? "" : "yes",
  ];
}

/**
 * Without padding: a row that is added must not change all the others. The last column goes where
 * it would be empty or the same throughout.
 */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const isTelling = new Set(rows.map((row) => row.at(-1))).size > 1;
  const line = (row: readonly string[]) =>
    `| ${(isTelling ? row : row.slice(0, -1)).join(" | ")} |\n`;
  return [line(COLUMNS), line(COLUMNS.map(() => "---")), ...rows.map(line)].join("");
}

/** Text that Markdown would otherwise take for markup. */
function escape(text: string): string {
  return text.replaceAll(/[\\|*_<>[\]]/g, "\\$&");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
