/** What the readers of all sections share while one configuration is being read. */
import type { Problems } from "./errors.ts";
import { Names } from "./expand.ts";
import type { FormatValue } from "./percent_format.ts";
import type { IniDocument } from "./ini.ts";
import type { Option } from "./options/option.ts";
import { normalizePath } from "./paths.ts";
import { strip } from "./python_text.ts";
import { SectionReader } from "./section_reader.ts";
import type { LoadEnvironment, LoadMessage, ScaledProgram } from "./types.ts";

export interface LoadContext {
  readonly document: IniDocument;
  /** The main file as it was named. */
  readonly file: string;
  readonly here: string;
  readonly environment: LoadEnvironment;
  readonly problems: Problems;
  /** `ENV_` names; [supervisord] environment= adds to them for everything read after it. */
  readonly environmentNames: Map<string, FormatValue>;
  readonly messages: LoadMessage[];
  /** Numbers of processes by program, instead of what `numprocs` says. */
  readonly scale?: Readonly<Record<string, number>>;
  /** Filled with the programs for which that makes a difference. */
  readonly scaled: ScaledProgram[];
}

export interface ReaderRule {
  /** Names besides the `ENV_` ones. */
  readonly own?: Readonly<Record<string, FormatValue>>;
  readonly suffix?: string;
}

/** A reader for one section, with the names that may be used in it. */
export function readerFor(
  context: LoadContext,
  section: string,
  { own = {}, suffix = "" }: ReaderRule = {},
): SectionReader {
  return new SectionReader({
    document: context.document,
    section,
    environment: context.environment,
    problems: context.problems,
    names: new Names(context.environmentNames, own),
    suffix,
  });
}

/** Reads keys that name a file, relative to nothing but the working directory as all others. */
export function pathReader(context: LoadContext, reader: SectionReader) {
  const names = new Names(context.environmentNames, { here: context.here });
  return (option: Option<string | null>): string | null => {
    const path = reader.read(option, { names });
    return path === null ? null : normalizePath(strip(path), context.environment);
  };
}
