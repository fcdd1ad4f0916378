/** Warnings: configurations that load, and still will not do what was meant. */
import { type Diagnostic, warning, type WarningPlace } from "./diagnostics.ts";
import type { IniDocument, IniEntry, IniSection } from "./ini.ts";
import { dependencyWarnings } from "./lint_dependencies.ts";
import { nearestName } from "./nearest.ts";
import { SECTION_TABLES, tableFor, takesAnyKey } from "./options.ts";
import { isScrypt } from "./password_hash.ts";
import { joinPath } from "./paths.ts";
import { splitCommand } from "./shell_words.ts";
import type { ChannelSpec, Config, GroupSpec, LoadEnvironment, ProcessSpec } from "./types.ts";

export interface LintSubject {
  readonly config: Config;
  readonly document: IniDocument;
  readonly environment: LoadEnvironment;
  /** Errors were left out: what depends on the whole is not looked at. */
  readonly incomplete: boolean;
}

type Rule = (subject: LintSubject) => Diagnostic[];

function placeOf(entry: IniEntry): WarningPlace {
  const { file, line, column, value } = entry;
  return { file, line, column, found: value };
}

function headerOf({ file, line, name }: IniSection): WarningPlace {
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
function programPlace(subject: LintSubject, process: ProcessSpec, key: string): WarningPlace {
  const section = sectionOf(subject.document, process);
  if (section === undefined) return { file: subject.config.file };
  const entry = subject.document.entry(section.name, key);
  return entry === undefined ? headerOf(section) : placeOf(entry);
}

/** One process per program section: copies would repeat every finding. */
function programs({ config }: LintSubject): ProcessSpec[] {
  const byProgram = new Map<string, ProcessSpec>();
  for (const { kind, processes } of config.groups) {
    for (const process of processes) {
      const key = `${kind} ${process.program}`;
      if (!byProgram.has(key)) byProgram.set(key, process);
    }
  }
  return [...byProgram.values()];
}

function sectionHint(name: string): string | null {
  const names = SECTION_TABLES.map(({ section }) => section);
  const colon = name.indexOf(":");
  const prefix = colon === -1 ? name : name.slice(0, colon + 1);
  const nearest = nearestName(prefix.toLowerCase().trim(), names);
  if (nearest === null || nearest === prefix) return null;
  return `did you mean [${nearest}${colon === -1 ? "" : name.slice(colon + 1)}]?`;
}

/** Nothing reads them, so a mistyped name goes unnoticed until the setting is missed. */
function unknownNames({ document }: LintSubject): Diagnostic[] {
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
function swallowedLines({ document }: LintSubject): Diagnostic[] {
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

/** `%%%%` was needed where log paths were expanded twice. */
function doubledPercents({ document }: LintSubject): Diagnostic[] {
  return document.sections().flatMap(({ entries }) =>
    [...entries.values()]
      .filter(({ key, value }) => /^std(out|err)_logfile$/.test(key) && value.includes("%%%%"))
      .map((entry) =>
        warning(
          document,
          placeOf(entry),
          "log paths are expanded once here: this gives two percent signs",
          "write %% for one percent sign",
        )
      )
  );
}

const UNSEEKABLE = /^\/dev\/(stdout|stderr|tty|pts\/.*|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/;

interface Channel {
  readonly name: "stdout" | "stderr";
  readonly spec: ChannelSpec;
}

function channels(process: ProcessSpec): Channel[] {
  return [{ name: "stdout", spec: process.stdout }, { name: "stderr", spec: process.stderr }];
}

/** Works here, and fails on every write with Supervisor, which tries to rotate a pipe. */
function rotatedStreams(subject: LintSubject): Diagnostic[] {
  return programs(subject).flatMap((process) =>
    channels(process).flatMap(({ name, spec }) => {
      if (spec.log.kind !== "file" || spec.maxBytes === 0) return [];
      if (!UNSEEKABLE.test(spec.log.path)) return [];
      const place = programPlace(subject, process, `${name}_logfile`);
      const message = `${spec.log.path} cannot be rotated`;
      return [warning(subject.document, place, message, `set ${name}_logfile_maxbytes=0`)];
    })
  );
}

/** Each writer would rotate the file away under the other. */
function sharedLogs(subject: LintSubject): Diagnostic[] {
  const writers = new Map<string, { process: ProcessSpec; channel: string }>();
  const found: Diagnostic[] = [];
  const reported = new Set<string>();
  for (const { processes } of subject.config.groups) {
    for (const process of processes) {
      for (const { name, spec } of channels(process)) {
        if (spec.log.kind !== "file" || spec.maxBytes === 0) continue;
        const { path } = spec.log;
        const other = writers.get(path);
        writers.set(path, { process, channel: name });
        if (other === undefined || path.startsWith("/dev/") || reported.has(path)) continue;
        reported.add(path);
        const place = programPlace(subject, process, `${name}_logfile`);
        const who = `${other.process.name} (${other.channel}) and ${process.name} (${name})`;
        const hint = shareHint(other.process, process);
        const message = `${who} write and rotate the same file`;
        found.push(warning(subject.document, place, message, hint));
      }
    }
  }
  return found;
}

function shareHint(first: ProcessSpec, second: ProcessSpec): string {
  if (first === second) return "use redirect_stderr=true for both in one file";
  if (first.program === second.program) return "put %(process_num)d into the path";
  return "give each its own file, or set the maxbytes of both to 0";
}

const SHELLS = /^(?:.*\/)?(?:ba|da|k|z|a)?sh$/;

/** The script of `sh -c 'script'`; null for anything else. */
function shellScript(words: readonly string[]): string | null {
  if (!SHELLS.test(words[0] ?? "")) return null;
  const flag = words.findIndex((word, i) => i > 0 && /^-[a-z]*c$/.test(word));
  return flag === -1 ? null : words[flag + 1] ?? null;
}

/** The shell gets the stop signal, and what it runs stays behind as an orphan. */
function shellWrappers(subject: LintSubject): Diagnostic[] {
  return programs(subject).flatMap((process) => {
    const split = splitCommand(process.command);
    if (!split.ok || (process.stopAsGroup && process.killAsGroup)) return [];
    const script = shellScript(split.words);
    // A shell replaces itself for a simple last command only when told to, or by luck.
    if (script === null || /(^|[;&|]\s*)exec\s/.test(script)) return [];
    if (!/[;&|\n]/.test(script)) return [];
    return [
      warning(
        subject.document,
        programPlace(subject, process, "command"),
        "stopping this program signals the shell, not what the shell runs",
        "start the last command with exec, or set stopasgroup=true and killasgroup=true",
      ),
    ];
  });
}

function searchPath(process: Runnable, environment: LoadEnvironment): string[] {
  const path = process.environment["PATH"] ?? environment.env["PATH"];
  return (path ?? "/bin:/usr/bin:/usr/local/bin").split(":");
}

/** What a start would say, found before one is tried. */
function commands(subject: LintSubject): Diagnostic[] {
  const { document, environment } = subject;
  return programs(subject).flatMap((process) => {
    const problem = commandProblem(process, environment);
    if (problem === null) return [];
    const found = warning(document, programPlace(subject, process, "command"), problem);
    const cut = problem.startsWith(UNPARSABLE) && /\s[;#]/.test(found.sourceLine ?? "");
    const hint = "a ; or # after a space begins a comment, even between quotes";
    return [cut ? { ...found, hint } : found];
  });
}

const UNPARSABLE = "the command cannot be parsed: ";

/** Hooks run at the worst moment to find out that there is no such command. */
function hookCommands(subject: LintSubject): Diagnostic[] {
  const { document, environment } = subject;
  return programs(subject).flatMap((process) =>
    Object.entries(process.hooks?.commands ?? {}).flatMap(([key, command]) => {
      const problem = commandProblem({ command, environment: process.environment }, environment);
      return problem === null
        ? []
        : [warning(document, programPlace(subject, process, key), `${key}: ${problem}`)];
    })
  );
}

type Runnable = Pick<ProcessSpec, "command" | "environment">;

function commandProblem(process: Runnable, environment: LoadEnvironment): string | null {
  const split = splitCommand(process.command);
  if (!split.ok) return UNPARSABLE + split.reason;
  const program = split.words[0];
  if (program === undefined) return "the command is empty";
  const candidates = program.includes("/")
    ? [program]
    : searchPath(process, environment).map((directory) => joinPath(directory, program));
  for (const path of candidates) {
    const facts = environment.stat(path);
    if (facts === null) continue;
    if (facts.isDirectory) return `the command ${path} is a directory`;
    const executable = facts.mode === undefined || (facts.mode & 0o111) !== 0;
    return executable ? null : `the command ${path} is not executable`;
  }
  return `the command ${program} cannot be found`;
}

function restartStorms(subject: LintSubject): Diagnostic[] {
  return programs(subject)
    .filter(({ autorestart, startSecs, restart }) =>
      autorestart === "always" && startSecs <= 0 && restart?.delay?.afterRun !== true &&
      (restart?.limit ?? null) === null
    )
    .map((process) =>
      warning(
        subject.document,
        programPlace(subject, process, "startsecs"),
        "with startsecs=0 every exit counts as a success, and autorestart=true starts at once " +
          "again, without pause and without end",
        "set startsecs=1 or more",
      )
    );
}

function emptyGroups(subject: LintSubject): Diagnostic[] {
  if (subject.incomplete) return [];
  return subject.config.groups.filter(({ processes }) => processes.length === 0)
    .map((group: GroupSpec) =>
      warning(
        subject.document,
        { file: group.source.file, line: group.source.line, column: 1 },
        `group ${group.name} has no processes`,
      )
    );
}

function runningAsRoot({ config, document, environment }: LintSubject): Diagnostic[] {
  if (environment.uid !== 0 || config.daemon.uid !== null) return [];
  if (document.entry("supervisord", "user") !== undefined) return [];
  const section = document.section("supervisord");
  const place = section === undefined ? { file: config.file } : headerOf(section);
  const message = "the daemon will run as root, because no user= is set";
  return [warning(document, place, message, "set user=root if that is meant")];
}

function readablePasswords({ document, environment }: LintSubject): Diagnostic[] {
  const found: Diagnostic[] = [];
  const reported = new Set<string>();
  for (const { name, entries } of document.sections()) {
    const secret = ["password", "token"].find((key) => entries.get(key)?.value);
    const entry = secret === undefined ? undefined : entries.get(secret);
    if (secret === undefined || entry === undefined || reported.has(entry.file)) continue;
    if (tableFor(name)?.options.some(({ key }) => key === secret) !== true) continue;
    // What a hash says helps nobody to come in.
    if (isScrypt(entry.value)) continue;
    const mode = environment.stat(entry.file)?.mode ?? 0;
    if ((mode & 0o004) === 0) continue;
    reported.add(entry.file);
    const place = { ...placeOf(entry), column: 1, found: secret };
    const message = `everybody on this machine can read the ${secret} in this file`;
    found.push(warning(document, place, message, "chmod o-r"));
  }
  return found;
}

/** A group that is not there is one that nobody may operate, with the rest of the list in order. */
function tokenGroups({ config, document, incomplete }: LintSubject): Diagnostic[] {
  if (incomplete) return [];
  const known = config.groups.map(({ name }) => name);
  return (config.tokens ?? []).flatMap(({ name, groups }) => {
    const entry = document.entry(`token:${name}`, "groups");
    if (groups === null || entry === undefined) return [];
    return groups.filter((group) => !known.includes(group)).map((group) => {
      const nearest = nearestName(group, known);
      const hint = nearest === null ? null : `did you mean ${nearest}?`;
      return warning(document, placeOf(entry), `there is no group "${group}"`, hint);
    });
  });
}

const PEM_KEYS = ["certificate", "private_key", "client_ca"];

/** Found when the server is opened, at the latest; a key that all can read is found never. */
function certificates({ document, environment, config }: LintSubject): Diagnostic[] {
  return config.servers.flatMap(({ section, tls }) => {
    if (tls === undefined) return [];
    const paths = [tls.certificate, tls.privateKey, tls.clientCa];
    return PEM_KEYS.flatMap((key, i) => {
      const path = paths[i] ?? null;
      const entry = document.entry(section, key);
      if (path === null || entry === undefined) return [];
      const facts = environment.stat(path);
      if (facts === null) {
        return [warning(document, placeOf(entry), `the file ${path} is not there`)];
      }
      if (path !== tls.privateKey || ((facts.mode ?? 0) & 0o004) === 0) return [];
      const message = `everybody on this machine can read the private key in ${path}`;
      return [warning(document, placeOf(entry), message, "chmod o-r")];
    });
  });
}

/** Read at each start; whoever else can read them needs no daemon to tell. */
function secretFiles(subject: LintSubject): Diagnostic[] {
  const { document, environment } = subject;
  return programs(subject).flatMap((process) =>
    Object.entries(process.secretFiles ?? {}).flatMap(([name, path]) => {
      const facts = environment.stat(path);
      const place = programPlace(subject, process, "secret_files");
      if (facts === null) return [warning(document, place, `the secret ${path} is not there`)];
      if (((facts.mode ?? 0) & 0o004) === 0) return [];
      const message = `everybody on this machine can read the secret ${name} in ${path}`;
      return [warning(document, place, message, "chmod o-r")];
    })
  );
}

/** What loading itself had to remark. */
function loadMessages({ config, document }: LintSubject): Diagnostic[] {
  return config.messages.filter(({ level }) => level !== "info")
    .map(({ text, source }) => warning(document, { ...(source ?? { file: config.file }) }, text));
}

function dependencies(subject: LintSubject): Diagnostic[] {
  return dependencyWarnings(subject.config).map(({ process, message, hint }) =>
    warning(subject.document, programPlace(subject, process, "depends_on"), message, hint)
  );
}

const RULES: readonly Rule[] = [
  unknownNames,
  swallowedLines,
  doubledPercents,
  rotatedStreams,
  sharedLogs,
  shellWrappers,
  commands,
  hookCommands,
  restartStorms,
  dependencies,
  emptyGroups,
  runningAsRoot,
  readablePasswords,
  certificates,
  tokenGroups,
  secretFiles,
  loadMessages,
];

/** Everything that looks wrong in a configuration that can be used, in the order of the files. */
export function lint(subject: LintSubject): Diagnostic[] {
  const files = [...subject.document.sources.keys()];
  const rank = ({ file }: Diagnostic) => file === null ? -1 : files.indexOf(file);
  return RULES.flatMap((rule) => rule(subject))
    .sort((a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0));
}
