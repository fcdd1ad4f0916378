/**
 * What a program finds in its environment from elsewhere than `environment=`: sections
 * [env:PATTERN] that its name matches, then the files of `environment_files`. Later ones win.
 */
import { DotenvError, parseDotenv } from "./dotenv.ts";
import { ConfigError, ValueError } from "./errors.ts";
import { globPattern } from "./glob.ts";
import type { IniDocument, IniSection } from "./ini.ts";
import type { LoadContext } from "./load_context.ts";
import { ENVIRONMENT_VALUE } from "./options/environment.ts";
import { PROGRAM } from "./options/program.ts";
import { absolutePath, expandHome } from "./paths.ts";
import { strip } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";

const PREFIX = "env:";

type Pairs = Readonly<Record<string, string>>;

interface EnvSection {
  readonly section: IniSection;
  readonly patterns: readonly RegExp[];
}

/** Looked for once per document: there may be thousands of programs. */
const known = new WeakMap<IniDocument, {
  readonly sections: readonly EnvSection[];
  /** By path. */
  readonly files: Map<string, Pairs | null>;
}>();

function knownOf(document: IniDocument) {
  let found = known.get(document);
  if (found === undefined) {
    const sections = document.sections()
      .filter(({ name }) => name.startsWith(PREFIX))
      .map((section) => ({
        section,
        patterns: section.name.slice(PREFIX.length).split(",").map((one) =>
          globPattern(strip(one))
        ),
      }));
    known.set(document, found = { sections, files: new Map() });
  }
  return found;
}

/** @throws ConfigError, or notes it */
export function readProgramEnvironment(
  context: LoadContext,
  reader: SectionReader,
  program: string,
): Pairs {
  const { document } = context;
  const { sections } = knownOf(document);
  const result: Record<string, string> = {};
  for (const { section, patterns } of sections) {
    if (!patterns.some((pattern) => pattern.test(program))) continue;
    Object.assign(result, readSection(reader, section));
  }
  if (reader.entry(PROGRAM.environment_files.key) === undefined) return result;
  for (const written of reader.read(PROGRAM.environment_files)) {
    const pairs = reader.rule(
      PROGRAM.environment_files.key,
      () => readFile(context, written),
      () => null,
    );
    Object.assign(result, pairs);
  }
  return result;
}

function readSection(reader: SectionReader, section: IniSection): Record<string, string> {
  const other = reader.inSection(section.name);
  return Object.fromEntries(
    [...section.entries.keys()].map((key) => [key, other.read({ ...ENVIRONMENT_VALUE, key })]),
  );
}

/** null: it is optional, and not there. */
function readFile(context: LoadContext, written: string): Pairs | null {
  const { environment, document, here } = context;
  const isOptional = /^[-?]/.test(written);
  const path = absolutePath(
    expandHome(strip(written.slice(isOptional ? 1 : 0)), environment),
    here,
  );
  const { files } = knownOf(document);
  const seen = files.get(path);
  if (seen !== undefined) return seen;
  let bytes: Uint8Array;
  try {
    bytes = environment.readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (isOptional && code === "ENOENT") {
      files.set(path, null);
      return null;
    }
    const wanted = code === "ENOENT"
      ? `a file; -${path} if it need not be there`
      : "a file to read";
    throw new ValueError(`cannot read the environment file ${path}: ${code ?? error}`, wanted);
  }
  const pairs = parse(document, path, bytes);
  files.set(path, pairs);
  return pairs;
}

function parse(document: IniDocument, path: string, bytes: Uint8Array): Pairs {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ValueError(`the environment file ${path} is not UTF-8`, "UTF-8");
  }
  try {
    return parseDotenv(text);
  } catch (error) {
    if (!(error instanceof DotenvError)) throw error;
    const { message, line, column, wanted } = error;
    // For the line that the check shows.
    document.sources.set(path, text.replaceAll("\r\n", "\n").split("\n"));
    throw new ConfigError(`${message} in environment file ${path}, line ${line}`, {
      place: { file: path, line, column },
      wanted,
      reason: message,
    });
  }
}
