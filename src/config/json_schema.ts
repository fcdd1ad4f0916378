/**
 * The configuration as JSON Schema, for editors and generators: an object of sections, each an
 * object of keys. Values may always be text, since an expansion (`%(ENV_X)s`) can stand anywhere.
 */
import { SECTION_TABLES, type SectionTable } from "./options.ts";
import type { Option } from "./options/option.ts";

type Json = Record<string, unknown>;

/** @see https://json-schema.org/draft/2020-12/schema */
export function configurationSchema(version: string): Json {
  const exact: Record<string, Json> = {};
  const patterns: Record<string, Json> = {};
  for (const table of SECTION_TABLES) {
    const { section } = table;
    if (section.endsWith(":")) patterns[`^${section}.+$`] = sectionSchema(table);
    // `inet_http_server:two` is one more of them.
    else if (section.endsWith("_http_server")) patterns[`^${section}`] = sectionSchema(table);
    else exact[section] = sectionSchema(table);
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "supervisord.conf",
    description: `Configuration of supervisord ${version}: sections and their keys.`,
    type: "object",
    properties: exact,
    patternProperties: patterns,
  };
}

function sectionSchema({ title, options }: SectionTable): Json {
  return {
    title: `[${title}]`,
    type: "object",
    properties: Object.fromEntries(options.map((row) => [row.key, valueSchema(row)])),
    // Other programs keep keys of their own in the same file.
    additionalProperties: { type: "string" },
  };
}

function valueSchema({ kind, doc, absent, default: fallback }: Option<unknown>): Json {
  return {
    description: `${doc} Value: ${kind.wanted}. Default: ${absent === "" ? "empty" : absent}.`,
    type: TYPES[kind.name] ?? "string",
    ...(fallback === null ? {} : { default: fallback }),
  };
}

/** Kinds that have a type of their own in JSON. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  boolean: ["boolean", "string"],
  integer: ["integer", "string"],
};
