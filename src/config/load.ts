/**
 * Configuration files to a Config: the main file, its includes, then every section, in the
 * order in which the reference reads them, because its first error is the one users see.
 */
import { CTL_DEFAULTS, readCtlSection } from "./ctl_section.ts";
import { finishDaemon, readDaemonSection } from "./daemon_section.ts";
import { checkDependencies } from "./dependencies.ts";
import { DecodeError, decodeText } from "./decode_text.ts";
import { ConfigError, type Problems, stopAtFirst, ValueError } from "./errors.ts";
import { environmentNames, expand, Names } from "./expand.ts";
import { glob } from "./glob.ts";
import { readGroups, withMemberSockets } from "./groups.ts";
import { describeProblems, IniDocument, type IniProblem, readIni } from "./ini.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import { absolutePath, directoryOf, joinPath } from "./paths.ts";
import { checkRpcInterfaces, readRpcInterfaces } from "./plugins.ts";
import { splitWords } from "./python_text.ts";
import { defaultSearchPaths, searchConfigFile } from "./search.ts";
import { computeServerUrl, readServers } from "./servers.ts";
import { applyTemplates } from "./templates.ts";
import { readTokens } from "./tokens.ts";
import { readVariables } from "./variables.ts";
import type {
  CommandLineOptions,
  Config,
  CtlConfig,
  GroupSpec,
  LoadEnvironment,
  LoadMessage,
} from "./types.ts";

const HERE = "%(here)s";

/** What a configuration is loaded from. */
export interface LoadOptions {
  /** As given with -c or found; relative to the working directory. */
  readonly configFile: string;
  /** Options of the command line by key; they win over the file. */
  readonly options: CommandLineOptions;
  /** Files, users and variables, as the configuration is to see them. */
  readonly environment: LoadEnvironment;
  /**
   * The active configuration, when this is a reread: its [supervisord] environment stays
   * known as `%(ENV_x)s`, and what only a start checks is not checked.
   */
  readonly previous?: Config;
  /** Numbers of processes by program, instead of what `numprocs` says. */
  readonly scale?: Readonly<Record<string, number>>;
  /** Filled with what the files say, for whoever wants to know where a key stands. */
  readonly document?: IniDocument;
}

/** What reading again may be told. */
export type ReadExtras = Pick<LoadOptions, "scale" | "document">;

/**
 * Reads everything that supervisord needs.
 * @throws ConfigError with the reference's text for the first thing that is wrong
 */
export function loadConfig(options: LoadOptions): Config {
  return readConfiguration(options, stopAtFirst);
}

/**
 * Reads everything, handing each error to `problems`; what it does not let pass is thrown.
 * @param document filled with what the files say, also when this throws
 * @throws ConfigError
 */
export function readConfiguration(
  options: LoadOptions,
  problems: Problems,
  document = options.document ?? new IniDocument(),
): Config {
  const { configFile, previous } = options;
  const environment = rememberingStats(options.environment);
  const file = absolutePath(configFile, environment.cwd);
  const context: LoadContext = {
    document,
    file: configFile,
    here: directoryOf(file),
    environment,
    problems,
    environmentNames: environmentNames({ ...environment.env, ...previous?.daemon.environment }),
    messages: [],
    ...(options.scale === undefined ? {} : { scale: options.scale }),
    scaled: [],
  };
  readFile(context, configFile, readMainFile(configFile, environment));
  readIncludes(context);
  applyTemplates(context);
  readVariables(context);
  problems.attempt(() => {
    if (document.section("supervisord") !== undefined) return;
    throw new ConfigError(".ini file does not include supervisord section");
  }, () => {});
  const section = readDaemonSection(context);
  const interfaces = readRpcInterfaces(context);
  const groups = readGroups(context);
  checkDependencies(context, groups);
  const servers = readServers(context);
  const tokens = readTokens(context);
  const isStart = previous === undefined;
  const daemon = finishDaemon(context, section, options.options, isStart);
  if (isStart && servers.length > 0) checkRpcInterfaces(context, interfaces);
  return {
    file,
    here: context.here,
    daemon,
    servers,
    ...(tokens.length === 0 ? {} : { tokens }),
    groups: groups.map((group) =>
      withEnvironment(withMemberSockets(context, group), section.environment)
    ),
    ...(context.scaled.length === 0 ? {} : { scaled: context.scaled }),
    rpcNamespaces: interfaces.map(({ name }) => name),
    serverUrl: computeServerUrl(servers),
    messages: inLogOrder(context.messages),
  };
}

/** A thousand programs log to a handful of directories: each is looked at once per reading. */
function rememberingStats(environment: LoadEnvironment): LoadEnvironment {
  const known = new Map<string, ReturnType<LoadEnvironment["stat"]>>();
  const stat = (path: string) => {
    let facts = known.get(path);
    if (facts === undefined) known.set(path, facts = environment.stat(path));
    return facts;
  };
  const { cwd, env, hostName, uid, users } = environment;
  return {
    readFile: (path) => environment.readFile(path),
    listDirectory: (path) => environment.listDirectory(path),
    stat,
    cwd,
    env,
    hostName,
    uid,
    users,
    // These two may have to be worked out, so they are asked for only when needed.
    get tempDirectory() {
      return environment.tempDirectory;
    },
    get home() {
      return environment.home;
    },
  };
}

function withEnvironment(group: GroupSpec, below: Readonly<Record<string, string>>): GroupSpec {
  if (Object.keys(below).length === 0) return group;
  return {
    ...group,
    processes: group.processes.map((process) => ({
      ...process,
      environment: { ...below, ...process.environment },
    })),
  };
}

/** The reference logs all warnings, then all that is merely told. */
function inLogOrder(messages: readonly LoadMessage[]): LoadMessage[] {
  const levels = ["critical", "warn", "info"] as const;
  return levels.flatMap((level) => messages.filter((message) => message.level === level));
}

function readMainFile(path: string, environment: LoadEnvironment): Uint8Array {
  if (path === "" || environment.stat(path) === null) {
    throw new ConfigError(`could not find config file ${path}`);
  }
  try {
    return environment.readFile(path);
  } catch (error) {
    throw new ConfigError(`could not read config file ${path}`, { reason: describe(error, path) });
  }
}

function describe(error: unknown, path: string): string {
  const detail = error instanceof Error ? error.message : String(error);
  return `could not read config file ${path}: ${detail}`;
}

/** Reads one file into the document. @throws ConfigError */
function readFile(context: LoadContext, path: string, bytes: Uint8Array): void {
  const { document, problems } = context;
  let text: string;
  try {
    text = decodeText(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    // A missing header is met before bytes that are read later.
    const [first] = readIni(new IniDocument(), error.textBefore, path);
    if (first?.kind === "no-header") {
      throw new ConfigError(describeProblems([first], path), { place: placeOf(first, path) });
    }
    throw new ConfigError(error.message, {
      place: { file: path, line: error.line, column: 1 },
      wanted: error.wanted,
    });
  }
  const unreadable = readIni(document, text, path);
  if (unreadable.length === 0) return;
  if (problems === stopAtFirst) {
    throw new ConfigError(describeProblems(unreadable, path), {
      place: placeOf(unreadable[0]!, path),
      reason: explain(unreadable[0]!),
    });
  }
  for (const problem of onePerCause(unreadable)) {
    problems.attempt(() => {
      throw new ConfigError(describeProblems([problem], path), {
        place: placeOf(problem, path),
        found: problem.text,
        reason: explain(problem),
      });
    }, () => {});
  }
}

/** Every line in front of the first header fails for the same reason. */
function onePerCause(problems: readonly IniProblem[]): IniProblem[] {
  return problems.filter(({ kind }, i) => i === 0 || kind === "unparsable");
}

function explain(problem: IniProblem): string {
  return problem.kind === "no-header"
    ? "this stands before the first [section] header"
    : "this is neither a [section] header nor key=value";
}

function placeOf(problem: IniProblem, file: string) {
  return { file, line: problem.line, column: 1 };
}

function readIncludes(context: LoadContext): void {
  const { document, environment, here, messages } = context;
  if (document.section("include") === undefined) return;
  document.replaceInValues(HERE, here);
  const reader = readerFor(context, "include");
  const entry = reader.entry("files");
  if (entry === undefined) {
    context.problems.attempt(() => {
      const text = ".ini file has [include] section, but no files setting";
      throw reader.error(new ValueError(text), null);
    }, () => {});
    return;
  }
  const names = new Names(context.environmentNames, { here, host_node_name: environment.hostName });
  const patterns = reader.rule(
    "files",
    () => splitWords(expand(entry.value, names, "include.files")),
    () => [],
  );
  const base = directoryOf(absolutePath(context.file, environment.cwd));
  const source = { file: entry.file, line: entry.line };
  for (const written of patterns) {
    const pattern = joinPath(base, written);
    const paths = glob(pattern, environment);
    if (paths.length === 0) {
      messages.push({ level: "warn", text: `No file matches via include "${pattern}"`, source });
    }
    for (const path of paths) readInclude(context, path);
  }
}

function readInclude(context: LoadContext, path: string): void {
  const { document, environment, messages } = context;
  messages.push({ level: "info", text: `Included extra file "${path}" during parsing` });
  let bytes: Uint8Array;
  try {
    bytes = environment.readFile(path);
  } catch {
    // Directories and files that may not be read are passed over without a word, as the
    // reference does; `conf.d/*` would fail on every subdirectory otherwise.
    return;
  }
  context.problems.attempt(() => readFile(context, path, bytes), () => {});
  document.replaceInValues(HERE, directoryOf(absolutePath(path, environment.cwd)));
}

/** What the configuration of supervisorctl is loaded from. */
export interface CtlLoadOptions {
  /** As given with -c; null: look on the search path, and do without if nothing is there. */
  readonly configFile: string | null;
  /** Path of the program, from which the search path goes out. */
  readonly executable: string;
  /** Files, users and variables, as the configuration is to see them. */
  readonly environment: LoadEnvironment;
}

/**
 * Reads [supervisorctl]; includes are not followed. Without any file the defaults apply.
 * @throws ConfigError
 */
export function loadCtlConfig(options: CtlLoadOptions): CtlConfig {
  const { environment, executable } = options;
  const path = options.configFile ??
    searchConfigFile(defaultSearchPaths(executable), environment);
  if (path === undefined) return CTL_DEFAULTS;
  const context: LoadContext = {
    document: new IniDocument(),
    file: path,
    here: directoryOf(absolutePath(path, environment.cwd)),
    environment,
    problems: stopAtFirst,
    environmentNames: environmentNames(environment.env),
    messages: [],
    scaled: [],
  };
  readFile(context, path, readMainFile(path, environment));
  readVariables(context);
  return readCtlSection(context);
}
