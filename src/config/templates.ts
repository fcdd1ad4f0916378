/**
 * What several programs have in common: keys of [program-defaults] and of the [template:x] that
 * `use = x` names become keys of the program, with the place where they stand. A program's own keys
 * win over its templates, a later template over an earlier one, all of them over the defaults.
 */
import { ValueError } from "./errors.ts";
import type { IniEntry, IniSection } from "./ini.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import { nearestName } from "./nearest.ts";
import { PROGRAM } from "./options/program.ts";
import { strip } from "./python_text.ts";

const DEFAULTS = "program-defaults";
const PREFIX = "template:";
const PROGRAMS = /^(?:program|fcgi-program|eventlistener):/;
const USE = PROGRAM.use.key;

/** @throws ConfigError, or notes it */
export function applyTemplates(context: LoadContext): void {
  const { document } = context;
  const sections = document.sections();
  const templates = new Map(
    sections.filter(({ name }) => name.startsWith(PREFIX))
      .map((section) => [strip(section.name.slice(PREFIX.length)), section]),
  );
  const defaults = document.section(DEFAULTS);
  const programs = sections.filter(({ name }) => PROGRAMS.test(name));
  // Nearly every configuration: nothing is gone through key by key.
  const isUsed = defaults !== undefined || programs.some(({ entries }) => entries.has(USE));
  if (!isUsed) return;
  const keysOf = templateReader(context, templates);
  const common = defaults === undefined ? new Map<string, IniEntry>() : keysOf(defaults, []);
  for (const section of programs) {
    const own = new Map(section.entries);
    for (const [key, entry] of [...common, ...keysOf(section, [])]) {
      if (key !== USE && !own.has(key)) section.entries.set(key, entry);
    }
  }
}

type Keys = Map<string, IniEntry>;

/** The keys of a section over those of the templates it uses. */
function templateReader(
  context: LoadContext,
  templates: ReadonlyMap<string, IniSection>,
): (section: IniSection, path: readonly string[]) => Keys {
  const read = (section: IniSection, path: readonly string[]): Keys => {
    const keys: Keys = new Map();
    const used = section.entries.get(USE)?.value ?? "";
    for (const name of used.split(",").map(strip).filter((word) => word !== "")) {
      const template = readerFor(context, section.name).rule(
        USE,
        () => find(templates, name, path),
        () => null,
      );
      if (template === null) continue;
      for (const [key, entry] of read(template, [...path, name])) keys.set(key, entry);
    }
    for (const [key, entry] of section.entries) keys.set(key, entry);
    return keys;
  };
  return read;
}

function find(
  templates: ReadonlyMap<string, IniSection>,
  name: string,
  path: readonly string[],
): IniSection {
  if (path.includes(name)) {
    const circle = [...path.slice(path.indexOf(name)), name].join(" -> ");
    throw new ValueError(`templates use each other in a circle: ${circle}`, "no circle");
  }
  const template = templates.get(name);
  if (template !== undefined) return template;
  const nearest = nearestName(name, [...templates.keys()]);
  const hint = nearest === null ? "the name of a [template:x]" : `did you mean ${nearest}?`;
  throw new ValueError(`there is no section [template:${name}]`, hint);
}
