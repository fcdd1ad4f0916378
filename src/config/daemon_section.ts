/** [supervisord], and what the command line says instead. */
import type { OrphanPolicy } from "../process/orphans.ts";
import { Names } from "./expand.ts";
import { type LoadContext, readerFor } from "./load_context.ts";
import type { Option } from "./options/option.ts";
import { SUPERVISORD } from "./options/supervisord.ts";
import { normalizePath } from "./paths.ts";
import type { CommandLineOptions, DaemonSpec, LoadEnvironment } from "./types.ts";
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
