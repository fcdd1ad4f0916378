/** [supervisord], the HTTP servers, [rpcinterface:x], [ctlplugin:x] and [supervisorctl]. */
import { ConfigError, ValueError } from "./errors.ts";
import { Names } from "./expand.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import type { Option } from "./options/option.ts";
import { CTL_PLUGIN, RPC_INTERFACE } from "./options/plugins.ts";
import { INET_SERVER, UNIX_SERVER } from "./options/servers.ts";
import { SUPERVISORCTL } from "./options/supervisorctl.ts";
import { SUPERVISORD } from "./options/supervisord.ts";
import { scryptHash } from "./access_values.ts";
import { isScrypt, parseScrypt } from "./password_hash.ts";
import { normalizePath } from "./paths.ts";
import { strip } from "./python_text.ts";
import type { ReadRule, SectionReader } from "./section_reader.ts";
import type {
  CommandLineOptions,
  CtlConfig,
  DaemonSpec,
  LoadEnvironment,
  ServerSpec,
} from "./types.ts";
import type { OrphanPolicy } from "../process/orphans.ts";
import { user } from "./values.ts";

/** [supervisord] before the command line and the user database have had their say. */
export type DaemonSection = Omit<DaemonSpec, "uid" | "orphans"> & {
  readonly user: string | null;
  readonly onOrphans: OrphanPolicy | null;
  readonly childrenFile: string | null;
};

/**
 * Keys are read in the reference's order, because the first bad one is what gets reported.
 * @throws ConfigError
 */
export function readDaemonSection(context: LoadContext): DaemonSection {
  const { here, environment, environmentNames } = context;
  const reader = readerFor(context, "supervisord", { own: { here } });
  const minfds = reader.read(SUPERVISORD.minfds);
  const minprocs = reader.read(SUPERVISORD.minprocs);
  const directory = reader.read(SUPERVISORD.directory);
  const userName = reader.read(SUPERVISORD.user);
  const umask = reader.read(SUPERVISORD.umask);
  const logfile = reader.read(SUPERVISORD.logfile);
  const logfileMaxBytes = reader.read(SUPERVISORD.logfile_maxbytes);
  const logfileBackups = reader.read(SUPERVISORD.logfile_backups);
  const loglevel = reader.read(SUPERVISORD.loglevel);
  const pidfile = reader.read(SUPERVISORD.pidfile);
  const identifier = reader.read(SUPERVISORD.identifier);
  const nodaemon = reader.read(SUPERVISORD.nodaemon);
  const silent = reader.read(SUPERVISORD.silent);
  const childlogdir = reader.read(SUPERVISORD.childlogdir) ?? environment.tempDirectory;
  const nocleanup = reader.read(SUPERVISORD.nocleanup);
  const stripAnsi = reader.read(SUPERVISORD.strip_ansi);
  const auditLog = reader.read(SUPERVISORD.audit_log);
  const audit = auditLog === null ? null : {
    path: normalizePath(auditLog, environment),
    maxBytes: reader.read(SUPERVISORD.audit_log_maxbytes),
    backups: reader.read(SUPERVISORD.audit_log_backups),
  };
  const pairs = reader.read(SUPERVISORD.environment, {
    names: new Names(environmentNames, { here, host_node_name: environment.hostName }),
    label: "environment",
  });
  const exitWhen = reader.read(SUPERVISORD.exit_when);
  const stateFile = reader.read(SUPERVISORD.state_file);
  const onOrphans = reader.read(SUPERVISORD.on_orphans);
  const childrenFile = reader.read(SUPERVISORD.children_file);
  for (const [name, value] of Object.entries(pairs)) environmentNames.set(`ENV_${name}`, value);
  return {
    user: userName,
    environment: pairs,
    minfds,
    minprocs,
    directory,
    umask,
    logfile,
    logfileMaxBytes,
    logfileBackups,
    loglevel,
    pidfile,
    identifier,
    nodaemon,
    silent,
    childlogdir,
    nocleanup,
    stripAnsi,
    ...(audit === null ? {} : { audit }),
    ...(stateFile === null ? {} : { stateFile: normalizePath(stateFile, environment) }),
    exitWhen,
    onOrphans,
    childrenFile,
  };
}

/** The command line wins over the file; its texts go through the same rows. */
function override<T>(
  options: CommandLineOptions,
  row: Option<T>,
  fromFile: T,
  environment: LoadEnvironment,
): T {
  const given = options[row.key];
  if (given === undefined) return fromFile;
  return row.convert(given === true ? "true" : given, environment);
}

/**
 * Merges the command line in and makes paths absolute.
 * @param checkUser false on a reread, where a user that has gone missing changes nothing
 * @throws ConfigError for an unknown user
 */
export function finishDaemon(
  context: LoadContext,
  section: DaemonSection,
  options: CommandLineOptions,
  checkUser: boolean,
): DaemonSpec {
  const { environment } = context;
  const { user: userInFile, onOrphans, childrenFile, ...rest } = section;
  const effective = <T>(row: Option<T>, fromFile: T) =>
    override(options, row, fromFile, environment);
  const userName = effective(SUPERVISORD.user, userInFile);
  const logfile = effective(SUPERVISORD.logfile, rest.logfile) || rest.logfile;
  const pidfile = effective(SUPERVISORD.pidfile, rest.pidfile) || rest.pidfile;
  const children = childrenFile ?? `${pidfile.replace(/\.pid$/, "")}.children`;
  return {
    ...rest,
    ...(onOrphans === null
      ? {}
      : { orphans: { policy: onOrphans, file: normalizePath(children, environment) } }),
    uid: userName === null ? null : daemonUser(context, userName, checkUser),
    logfile: logfile === "syslog" ? logfile : normalizePath(logfile, environment),
    pidfile: normalizePath(pidfile, environment),
    umask: effective(SUPERVISORD.umask, rest.umask),
    directory: effective(SUPERVISORD.directory, rest.directory),
    logfileMaxBytes: effective(SUPERVISORD.logfile_maxbytes, rest.logfileMaxBytes),
    logfileBackups: effective(SUPERVISORD.logfile_backups, rest.logfileBackups),
    loglevel: effective(SUPERVISORD.loglevel, rest.loglevel),
    identifier: effective(SUPERVISORD.identifier, rest.identifier),
    childlogdir: effective(SUPERVISORD.childlogdir, rest.childlogdir) ?? environment.tempDirectory,
    minfds: effective(SUPERVISORD.minfds, rest.minfds),
    minprocs: effective(SUPERVISORD.minprocs, rest.minprocs),
    nodaemon: effective(SUPERVISORD.nodaemon, rest.nodaemon),
    silent: effective(SUPERVISORD.silent, rest.silent),
    nocleanup: effective(SUPERVISORD.nocleanup, rest.nocleanup),
    stripAnsi: effective(SUPERVISORD.strip_ansi, rest.stripAnsi),
  };
}

function daemonUser(context: LoadContext, name: string, mustExist: boolean): number | null {
  const reader = readerFor(context, "supervisord");
  if (mustExist) {
    return reader.rule(
      SUPERVISORD.user.key,
      () => user.convert(name, context.environment),
      () => null,
    );
  }
  try {
    return user.convert(name, context.environment);
  } catch {
    // Only the number is lost, and a daemon that is running does not change its user any more.
    return null;
  }
}

/** Servers in the order they are opened: inet ones first, then unix ones. */
export function readServers(context: LoadContext): ServerSpec[] {
  const sections = context.document.sections().map((section) => section.name);
  const inet = sections.filter((name) => name.startsWith("inet_http_server"));
  const unix = sections.filter((name) => name.startsWith("unix_http_server"));
  const attempt = (read: () => ServerSpec) => context.problems.attempt(read, () => null);
  return [
    ...inet.map((name) => attempt(() => readInetServer(context, name))),
    ...unix.map((name) => attempt(() => readUnixServer(context, name))),
  ].filter((server) => server !== null);
}

function readCredentials(reader: SectionReader): ServerSpec["credentials"] {
  const username = reader.read(UNIX_SERVER.username);
  const password = reader.read(UNIX_SERVER.password);
  if ((username === null) !== (password === null)) {
    const text = `Section [${reader.section}] contains incomplete authentication: ` +
      "If a username or a password is specified, both the username and password must be specified";
    throw reader.error(new ValueError(text), username === null ? "password" : "username");
  }
  // An empty user name switches authentication off.
  if (username === null || password === null || username === "") return null;
  if (isScrypt(password) && parseScrypt(password) === null) {
    const text = `Section [${reader.section}] has a password that begins like a hash and is none`;
    throw reader.error(new ValueError(text, scryptHash.wanted), "password");
  }
  return { username, password };
}

function readAnonymous(reader: SectionReader): Pick<ServerSpec, "anonymous"> {
  const anonymous = reader.read(UNIX_SERVER.anonymous);
  return anonymous === null ? {} : { anonymous };
}

function readInetServer(context: LoadContext, section: string): ServerSpec {
  const reader = readerFor(context, section);
  const credentials = readCredentials(reader);
  const address = reader.required(INET_SERVER.port, `section [${section}] has no port value`);
  return {
    section,
    address: { kind: "inet", ...address },
    credentials,
    ...readAnonymous(reader),
    ...readTls(context, reader),
  };
}

/** Whether the files can be used is found out when the server is opened. */
function readTls(context: LoadContext, reader: SectionReader): Pick<ServerSpec, "tls"> {
  const path = pathReader(context, reader);
  const certificate = path(INET_SERVER.certificate);
  const privateKey = path(INET_SERVER.private_key);
  const clientCa = path(INET_SERVER.client_ca);
  const entry = reader.entry(INET_SERVER.certificate.key);
  if (certificate !== null && entry !== undefined) {
    const source = { file: entry.file, line: entry.line };
    return { tls: { certificate, privateKey: privateKey ?? certificate, clientCa, source } };
  }
  const alone = privateKey !== null ? INET_SERVER.private_key : INET_SERVER.client_ca;
  if (privateKey === null && clientCa === null) return {};
  const text = `Section [${reader.section}] has a ${alone.key} without a certificate`;
  throw reader.error(new ValueError(text, `${INET_SERVER.certificate.key} as well`), alone.key);
}

/** Reads keys that name a file, relative to nothing but the working directory as all others. */
function pathReader(context: LoadContext, reader: SectionReader) {
  const names = new Names(context.environmentNames, { here: context.here });
  return (option: Option<string | null>): string | null => {
    const path = reader.read(option, { names });
    return path === null ? null : normalizePath(strip(path), context.environment);
  };
}

function readUnixServer(context: LoadContext, section: string): ServerSpec {
  const reader = readerFor(context, section);
  const names = new Names(context.environmentNames, { here: context.here });
  const missing = `section [${section}] has no file value`;
  const file = reader.required(UNIX_SERVER.file, missing, { names });
  const path = normalizePath(strip(file), context.environment);
  const credentials = readCredentials(reader);
  const owner = reader.read(UNIX_SERVER.chown, {
    sayInstead: (value) => `Invalid sockchown value ${value}`,
  });
  const mode = reader.read(UNIX_SERVER.chmod, {
    sayInstead: (value) => `Invalid chmod value ${value}`,
  });
  return {
    section,
    address: { kind: "unix", path, mode, owner },
    credentials,
    ...readAnonymous(reader),
  };
}

/** What children are told when their serverurl is AUTO: the first unix server, else the last inet one. */
export function computeServerUrl(servers: readonly ServerSpec[]): string | null {
  let url: string | null = null;
  for (const { address, tls } of servers) {
    if (address.kind === "unix") return `unix://${address.path}`;
    const host = address.host === "" ? "localhost" : address.host;
    url = `${tls === undefined ? "http" : "https"}://${host}:${address.port}`;
  }
  return url;
}

const NOT_SUPPORTED = "Python plugins are not supported";

/** `module:attribute`, with the spaces and the trailing `[extras]` of an entry point. */
const OBJECT_REFERENCE = /^([\w.]+)\s*:\s*([\w.]+)\s*(\[[^\n]*\]\s*)?$/;

/** Whether a Python object reference means the one that is built in here. */
export function isBuiltIn(reference: string, builtIn: string): boolean {
  const match = OBJECT_REFERENCE.exec(reference);
  return match !== null && `${match[1]}:${match[2]}` === builtIn;
}

export function unresolvable(reference: string, section: string): ValueError {
  return new ValueError(
    `${reference} cannot be resolved within [${section}]: ${NOT_SUPPORTED}`,
    "the factory that is built in",
  );
}

/** One [rpcinterface:x] or [ctlplugin:x]. */
export interface Plugin {
  readonly name: string;
  readonly section: string;
  /** Keys besides the factory: arguments for it. */
  readonly extras: readonly string[];
}

interface PluginRule {
  readonly prefix: string;
  readonly factory: Option<string | null>;
  /** The only reference that can be resolved; null: none. */
  readonly builtIn: string | null;
}

function readPlugin(context: LoadContext, section: string, rule: PluginRule): Plugin {
  const reader = readerFor(context, section);
  const { key } = rule.factory;
  const missing = `section [${section}] does not specify a ${key}`;
  const reference = reader.required(rule.factory, missing);
  if (rule.builtIn === null || !isBuiltIn(reference, rule.builtIn)) {
    throw reader.error(unresolvable(reference, section), key);
  }
  const extras = context.document.keys(section).filter((extra) => extra !== key);
  // Their values are expanded, and may fail at that, before anybody looks at them.
  for (const extra of extras) reader.read({ ...rule.factory, key: extra });
  return { name: section.slice(rule.prefix.length), section, extras };
}

function readPlugins(context: LoadContext, rule: PluginRule): Plugin[] {
  return context.document.sections()
    .filter((section) => section.name.startsWith(rule.prefix))
    .map(({ name }) => context.problems.attempt(() => readPlugin(context, name, rule), () => null))
    .filter((plugin) => plugin !== null);
}

export function readRpcInterfaces(context: LoadContext): Plugin[] {
  return readPlugins(context, {
    prefix: "rpcinterface:",
    factory: RPC_INTERFACE.factory,
    builtIn: "supervisor.rpcinterface:make_main_rpcinterface",
  });
}

/**
 * The built-in interface takes no arguments; the reference finds out when it opens its servers.
 * @throws ConfigError
 */
export function checkRpcInterfaces(context: LoadContext, plugins: readonly Plugin[]): void {
  for (const { name, section, extras } of plugins) {
    if (extras.length === 0) continue;
    readerFor(context, section).rule(extras[0]!, () => {
      throw new ValueError(
        `Could not make ${name} rpc interface`,
        `no key but ${RPC_INTERFACE.factory.key}`,
      );
    }, () => {});
  }
}

export const CTL_DEFAULTS: CtlConfig = {
  serverUrl: "http://localhost:9001",
  username: null,
  password: null,
  prompt: "supervisor",
  historyFile: null,
};

/**
 * [supervisorctl] as supervisorctl reads it.
 * @throws ConfigError
 */
export function readCtlSection(context: LoadContext): CtlConfig {
  const { document, environment, here } = context;
  if (document.section("supervisorctl") === undefined) {
    throw new ConfigError(".ini file does not include supervisorctl section");
  }
  const reader = readerFor(context, "supervisorctl");
  const withHere = { names: new Names(context.environmentNames, { here }) };
  const url = reader.read(SUPERVISORCTL.serverurl, withHere);
  const prompt = reader.read(SUPERVISORCTL.prompt);
  const username = reader.read(SUPERVISORCTL.username);
  const password = reader.read(SUPERVISORCTL.password);
  const history = reader.read(SUPERVISORCTL.history_file, withHere);
  const token = reader.read(SUPERVISORCTL.token) ?? readTokenFile(context, reader, withHere);
  readPlugins(context, { prefix: "ctlplugin:", factory: CTL_PLUGIN.factory, builtIn: null });
  const unix = "unix://";
  return {
    serverUrl: url.startsWith(unix)
      ? unix + normalizePath(url.slice(unix.length), environment)
      : url,
    username,
    password,
    prompt,
    historyFile: history === null || history === "" ? null : normalizePath(history, environment),
    ...(token === null ? {} : { token }),
    ...readTlsClient(context, reader),
  };
}

function readTlsClient(context: LoadContext, reader: SectionReader): Pick<CtlConfig, "tls"> {
  const path = pathReader(context, reader);
  const caFile = path(SUPERVISORCTL.ca_file);
  const certificate = path(SUPERVISORCTL.client_certificate);
  const privateKey = path(SUPERVISORCTL.client_key) ?? certificate;
  const insecure = reader.read(SUPERVISORCTL.insecure);
  const isSet = caFile !== null || certificate !== null || privateKey !== null || insecure;
  return isSet ? { tls: { caFile, certificate, privateKey, insecure } } : {};
}

/** The first line of the file; null without one. @throws ConfigError */
function readTokenFile(
  { environment }: LoadContext,
  reader: SectionReader,
  rule: ReadRule,
): string | null {
  const file = reader.read(SUPERVISORCTL.token_file, rule);
  if (file === null) return null;
  return reader.rule(SUPERVISORCTL.token_file.key, () => {
    const path = normalizePath(file, environment);
    let bytes;
    try {
      bytes = environment.readFile(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ValueError(
        `Cannot read the token in ${path}: ${reason}`,
        "a file that can be read",
      );
    }
    return new TextDecoder().decode(bytes).split("\n", 1)[0]?.trim() ?? "";
  }, () => null);
}
