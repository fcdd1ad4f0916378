/**
 * Every option of every section in one table, put together of the sections' own in `options/`.
 * The readers, the command line, `--check`, the option reference and the sample's test all go by
 * those rows.
 */
import { CHANNELS } from "./options/channels.ts";
import { FCGI, GROUP, LISTENER } from "./options/groups.ts";
import { type Option, optional } from "./options/option.ts";
import { CTL_PLUGIN, RPC_INTERFACE } from "./options/plugins.ts";
import { PROGRAM } from "./options/program.ts";
import { INET_SERVER, TOKEN, UNIX_SERVER } from "./options/servers.ts";
import { SUPERVISORCTL } from "./options/supervisorctl.ts";
import { SUPERVISORD } from "./options/supervisord.ts";
import { text } from "./values.ts";

/** A section as the option reference and the check of unknown keys see it. */
export interface SectionTable {
  /** `supervisord`, or with a trailing colon a prefix: `program:`. */
  readonly section: string;
  /** For display: `program:x`. */
  readonly title: string;
  readonly options: readonly Option<unknown>[];
}

/** For the reference and the checks; the reader of files looks for this one by itself. */
const INCLUDE = {
  files: optional("files", text, "required", "Patterns of files to read, separated by spaces."),
} as const;

const PROGRAM_KEYS: readonly Option<unknown>[] = [
  ...Object.values(PROGRAM),
  ...Object.values(CHANNELS.stdout),
  ...Object.values(CHANNELS.stderr),
];

function without(options: readonly Option<unknown>[], keys: readonly string[]): Option<unknown>[] {
  return options.filter((row) => !keys.includes(row.key));
}

export const SECTION_TABLES: readonly SectionTable[] = [
  { section: "supervisord", title: "supervisord", options: Object.values(SUPERVISORD) },
  {
    section: "unix_http_server",
    title: "unix_http_server",
    options: Object.values(UNIX_SERVER),
  },
  {
    section: "inet_http_server",
    title: "inet_http_server",
    options: Object.values(INET_SERVER),
  },
  { section: "token:", title: "token:x", options: Object.values(TOKEN) },
  { section: "supervisorctl", title: "supervisorctl", options: Object.values(SUPERVISORCTL) },
  { section: "include", title: "include", options: Object.values(INCLUDE) },
  { section: "program:", title: "program:x", options: PROGRAM_KEYS },
  { section: "template:", title: "template:x", options: PROGRAM_KEYS },
  { section: "program-defaults", title: "program-defaults", options: PROGRAM_KEYS },
  // Their keys are names of variables.
  { section: "env:", title: "env:x", options: [] },
  { section: "variables", title: "variables", options: [] },
  { section: "group:", title: "group:x", options: Object.values(GROUP) },
  {
    section: "eventlistener:",
    title: "eventlistener:x",
    options: [...Object.values(LISTENER), ...without(PROGRAM_KEYS, ["priority"])],
  },
  {
    section: "fcgi-program:",
    title: "fcgi-program:x",
    options: [...Object.values(FCGI), ...PROGRAM_KEYS],
  },
  {
    section: "rpcinterface:",
    title: "rpcinterface:x",
    options: Object.values(RPC_INTERFACE),
  },
  { section: "ctlplugin:", title: "ctlplugin:x", options: Object.values(CTL_PLUGIN) },
];

/** Arguments of a plugin factory and variables can have any name. */
export function takesAnyKey(section: string): boolean {
  return /^(rpcinterface:|ctlplugin:|env:|variables$)/.test(section);
}

/** The table a section is read by; undefined for sections that nothing reads. */
export function tableFor(section: string): SectionTable | undefined {
  return SECTION_TABLES.find((table) => {
    // Whatever starts with these words is a server: `inet_http_server:two`.
    if (table.section.endsWith("_http_server") || table.section.endsWith(":")) {
      return section.startsWith(table.section);
    }
    return section === table.section;
  });
}
