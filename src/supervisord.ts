/**
 * The composition root of the daemon: start-up order, wiring, the reload loop, the exit status.
 *
 * @see spec of the start-up sequence in docs/architecture.md
 */
import { closeSync, existsSync, openSync } from "node:fs";
import process from "node:process";
import type { ReadExtras } from "./config/load.ts";
import type { Config } from "./config/types.ts";
import { removeOldAutoLogs } from "./daemon/auto_logs.ts";
import {
  dropPrivileges,
  raiseLimits,
  RUNNING_AS_ROOT,
  StartupError,
  writePidFile,
} from "./daemon/host.ts";
import { Housekeeper } from "./daemon/housekeeper.ts";
import { type MainLog, openMainLog } from "./daemon/main_log.ts";
import type { ServiceManager } from "./daemon/service_manager.ts";
import { withoutServiceVariables } from "./daemon/service_variables.ts";
import type { Ledger } from "./daemon/orphans/ledger.ts";
import { Supervisor } from "./daemon/supervisor.ts";
import { type Choices, readChoices, stateFileOf } from "./daemon/state_file.ts";
import type { Surroundings } from "./daemon/surroundings.ts";
import { EventBus } from "./events/bus.ts";
import type { AuditLog } from "./http/access/audit.ts";
import type { Inheritance } from "./handover/accept.ts";
import type { HandoverState } from "./handover/state.ts";
import {
  describeBuild,
  goOnWithLog,
  removeOtherPidFile,
  successorFor,
  writeSuccessionMessages,
} from "./handover/succession.ts";
import { createServerApp } from "./http/app.ts";
import type { ServerSnapshot } from "./http/handover.ts";
import { openServers } from "./http/listen.ts";
import type { DaemonState } from "./process/states.ts";
import { createRpc, type Rpc } from "./rpc/methods.ts";
import type { Runtime } from "./runtime/types.ts";

export interface SupervisordOptions {
  readonly runtime: Runtime;
  /** The configuration as it was read before anything else happened. */
  readonly config: Config;
  /**
   * Reads it again, with the same command line.
   *
   * @param previous the active configuration when only that is to be replaced (a reread), null
   *   when the daemon starts over
   * @throws ConfigError
   */
  readonly readConfig: (previous: Config | null, extras?: ReadExtras) => Config;
  /** What the program before this one has left to go on with; null for a start. */
  readonly inheritance?: Inheritance | null;
  /**
   * How this program was started, so that another can take over; null when none can. The answer
   * to a signal that came before there was anybody to hear it is due once signals are watched.
   */
  readonly start?: HandoverState["start"] | null;
  readonly earlySignals?: () => readonly string[];
  /** The environment that children inherit. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Sockets are open, the log is written. When the daemon runs in the background this is where
   * it leaves the terminal; returns lines for the log.
   */
  readonly detach: ((log: Surroundings["log"]) => void) | null;
  /** Everything is up and the pid file is written. */
  readonly onReady: () => void;
  readonly stderr: (text: string) => void;
}

/** What outlives one generation of the reload loop. */
interface Lifetime {
  /** Taken by the first generation. */
  inheritance: Inheritance | null;
  /** How many programs this daemon has been. */
  readonly generation: number;
  serial: number;
  exitStatus: number;
  isFirst: boolean;
  readonly devNull: number;
  service: ServiceManager | null;
}

/**
 * Runs until a shutdown is asked for.
 *
 * @returns the exit status: 0, or that of the program whose end is the end of the daemon
 * @throws StartupError when the daemon cannot come up; whatever was opened is closed again
 */
export async function runSupervisord(o: SupervisordOptions): Promise<number> {
  o.runtime.system.closeOnExecFrom(3);
  const state = o.inheritance?.state;
  const lifetime: Lifetime = {
    inheritance: o.inheritance ?? null,
    generation: state?.generation ?? 1,
    serial: state?.serial ?? 0,
    exitStatus: 0,
    isFirst: state === undefined,
    devNull: openSync("/dev/null", "r+"),
    service: null,
  };
  let config = o.config;
  try {
    while (await runGeneration(o, lifetime, config) === "RESTARTING") {
      lifetime.isFirst = false;
      config = readAgain(o, config);
    }
  } finally {
    lifetime.service?.stop();
    closeSync(lifetime.devNull);
  }
  return lifetime.exitStatus;
}

/** The file was good when the restart was asked for; if it no longer is, the old one still is. */
function readAgain(o: SupervisordOptions, old: Config): Config {
  try {
    return o.readConfig(null);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { ...old, messages: [...old.messages, { level: "critical", text }] };
  }
}

async function runGeneration(
  o: SupervisordOptions,
  lifetime: Lifetime,
  initial: Config,
): Promise<DaemonState> {
  const { runtime } = o;
  const left = lifetime.inheritance?.state ?? null;
  lifetime.inheritance = null;
  const chosen = applyChoices(o, initial);
  let { config } = chosen;
  const infos = prepareHost(o, lifetime, config);
  const mainLog = left === null ? openLog(runtime, config) : goOnWithLog(runtime, config, left);
  const log: Surroundings["log"] = (level, text) => mainLog.logger.log(level, text);
  if (left === null) writeStartMessages(runtime, config, infos, log);
  else writeSuccessionMessages(runtime, config, left, log);

  const { daemon } = config;
  if (left === null && !daemon.nocleanup) {
    removeOldAutoLogs(daemon.childlogdir, daemon.identifier, (text) => log("warn", text));
  }
  const housekeeper = new Housekeeper({
    clock: runtime.clock,
    release: () => runtime.releaseMemory(),
  });
  const noteActivity = () => housekeeper.noteActivity();
  const ledger = await openLedger(runtime, config, log, left !== null).catch((error: Error) => {
    mainLog.logger.close();
    throw error;
  });
  const surroundings: Surroundings = {
    runtime,
    bus: new EventBus(),
    log,
    isLogged: (level) => mainLog.logger.isEnabled(level),
    environment: withoutServiceVariables(o.environment),
    settings: () => config.daemon,
    config: () => config,
    devNull: lifetime.devNull,
    nextSerial: () => lifetime.serial++,
    ...(ledger === null ? {} : { births: ledger }),
  };
  const supervisor = new Supervisor({
    surroundings,
    readConfig: o.readConfig,
    choices: chosen.choices,
    adoptConfig: (read) => {
      warnOfIneffectiveEdits(config, read, log);
      config = { ...read, daemon: mergeSafeSettings(config.daemon, read.daemon) };
    },
    onActivity: noteActivity,
    mainLog,
  });

  const cleanUp: (() => void | Promise<void>)[] = [() => mainLog.logger.close()];
  if (ledger !== null) cleanUp.push(() => ledger.close());
  try {
    cleanUp.push(() => supervisor.dispose(), () => housekeeper.stop());
    const audit = await openAudit(runtime, config, log).catch((error: Error) => {
      // At a start that is a reason not to start; now it is too late for that.
      if (left === null) throw error;
      log("critical", error.message);
      return null;
    });
    if (audit !== null) cleanUp.push(() => audit.close());
    const watch = () => {
      const reopen = () => audit?.reopen();
      cleanUp.push(watchSignals(o, supervisor, mainLog, reopen), surviveDefects(log));
    };
    let endOrphans = () => {};
    if (left === null) {
      activate(supervisor);
      await supervisor.prepare();
      if (ledger !== null) {
        // Before the servers: nobody is to start what runs already.
        const { recoverOrphans } = await import("./daemon/orphans/recover.ts");
        endOrphans = await recoverOrphans({ ledger, supervisor, surroundings });
      } else if (lifetime.isFirst) {
        await warnOfUnclaimed(runtime, config, log);
      }
    } else {
      // Before the servers: children wait for none of them.
      await supervisor.restore(left.supervisor);
      if (ledger !== null) {
        ledger.open();
        for (const process of supervisor.groups().flatMap(({ processes }) => processes)) {
          if (process.record.pid !== 0) ledger.note(process.spec, process.record.pid);
        }
      }
      watch();
      // Whoever has ended until now: nobody was there to hear the signal that told of it.
      supervisor.reap();
    }
    const servers = await openHttpServers(o, supervisor, {
      config,
      log,
      noteActivity,
      audit,
      left: left?.servers ?? null,
    });
    cleanUp.push(() => servers.close());
    if (left === null) watch();
    if (o.start) {
      supervisor.statistics.handovers = lifetime.generation - 1;
      supervisor.successor = successorFor({
        surroundings,
        supervisor,
        servers,
        start: o.start,
        generation: lifetime.generation,
        config: () => config,
        serial: () => lifetime.serial,
        mainLog: () => mainLog.logger.unwritten(),
      });
    }
    if (lifetime.isFirst && o.detach !== null) o.detach(log);
    const removePidFile = writePidFile(daemon.pidfile, runtime.pid);
    if (removePidFile === null) log("critical", `could not write pidfile ${daemon.pidfile}`);
    else cleanUp.push(removePidFile);
    const tellServiceManager = async () => {
      const service = await serviceManager(o, lifetime, log);
      if (service !== null) cleanUp.push(service.follow(supervisor, supervisor.events));
    };
    if (left === null) {
      log("info", `supervisord started with pid ${runtime.pid}`);
      if (lifetime.isFirst) o.onReady();
      await tellServiceManager();
      endOrphans();
      supervisor.begin();
    } else {
      removeOtherPidFile(left.config.daemon.pidfile, daemon.pidfile);
      log("info", `supervisord with pid ${runtime.pid} goes on as ${describeBuild()}`);
      await tellServiceManager();
    }
    noteActivity();
    const state = await supervisor.finished();
    lifetime.exitStatus = supervisor.exitStatus;
    return state;
  } finally {
    // In reverse: sockets and pid file go before the log that would tell of trouble with them.
    for (const undo of cleanUp.reverse()) await undo();
  }
}

/** null where nobody above us wants to know. */
async function serviceManager(
  { environment, runtime }: SupervisordOptions,
  lifetime: Lifetime,
  log: Surroundings["log"],
): Promise<ServiceManager | null> {
  if (!environment["NOTIFY_SOCKET"]) return null;
  const { ServiceManager } = await import("./daemon/service_manager.ts");
  return lifetime.service ??= new ServiceManager({ environment, runtime, log });
}

/**
 * What was decided at run time goes before what the file says. Nothing that is wrong with it keeps
 * the daemon from starting.
 */
function applyChoices(
  o: SupervisordOptions,
  config: Config,
): { readonly config: Config; readonly choices: Choices } {
  const path = stateFileOf(config.daemon);
  const { choices, problem } = readChoices(path);
  const withMessage = (text: string): Config => ({
    ...config,
    messages: [...config.messages, { level: "critical", text }],
  });
  if (problem !== null) return { config: withMessage(problem), choices };
  if (Object.keys(choices.scale).length === 0) return { config, choices };
  try {
    const scaled = o.readConfig(null, { scale: choices.scale });
    return { config: { ...config, groups: scaled.groups, scaled: scaled.scaled ?? [] }, choices };
  } catch (error) {
    // Then it is not the numbers that are wrong: the configuration in force has them already.
    if (!canBeRead(o)) return { config, choices };
    const reason = error instanceof Error ? error.message : String(error);
    const text = `what the state file ${path} says of numbers of processes is ignored: ${reason}`;
    return { config: withMessage(text), choices: { ...choices, scale: {} } };
  }
}

function canBeRead(o: SupervisordOptions): boolean {
  try {
    o.readConfig(null);
    return true;
  } catch {
    return false;
  }
}

function prepareHost(o: SupervisordOptions, lifetime: Lifetime, config: Config): string[] {
  if (!lifetime.isFirst) return [];
  const { daemon } = config;
  const infos: string[] = [];
  if (daemon.uid !== null) {
    dropPrivileges(o.runtime, daemon.uid);
    infos.push(`Set uid to user ${daemon.uid} succeeded`);
  }
  infos.push(...raiseLimits(o.runtime, daemon.minfds, daemon.minprocs));
  return infos;
}

function openLog(runtime: Runtime, config: Config): MainLog {
  try {
    return openMainLog(runtime, config.daemon);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(`could not open the main log: ${reason}`, 1);
  }
}

function writeStartMessages(
  runtime: Runtime,
  config: Config,
  infos: readonly string[],
  log: Surroundings["log"],
): void {
  for (const level of ["critical", "warn", "info"] as const) {
    if (level === "critical" && config.daemon.uid === null && runtime.system.getuid() === 0) {
      log(level, RUNNING_AS_ROOT);
    }
    for (const message of config.messages) if (message.level === level) log(level, message.text);
    if (level === "info") { for (const text of infos) log(level, text); }
  }
}

function activate(supervisor: Supervisor): void {
  try {
    supervisor.activateGroups();
  } catch (cause) {
    throw new StartupError(cause instanceof Error ? cause.message : String(cause), 1);
  }
}

/** The code for it is loaded by those who want one. */
async function openAudit(
  runtime: Runtime,
  { daemon: { audit } }: Config,
  log: Surroundings["log"],
): Promise<AuditLog | null> {
  if (audit === undefined) return null;
  const { AuditLog } = await import("./http/access/audit.ts");
  try {
    return new AuditLog({
      ...audit,
      clock: runtime.clock,
      onError: (error) => log("critical", error.message),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(`could not open the audit log: ${reason}`, 1);
  }
}

/** A daemon that was killed may have left children, and nobody has said what is to become of them. */
async function warnOfUnclaimed(
  runtime: Runtime,
  config: Config,
  log: Surroundings["log"],
): Promise<void> {
  if (!existsSync(config.daemon.pidfile)) return;
  const { findUnclaimed, isStalePidFile } = await import("./daemon/orphans/unclaimed.ts");
  if (!isStalePidFile(config.daemon.pidfile, runtime.pid)) return;
  for (const { key, pid } of findUnclaimed(config)) {
    const text = `'${key}' still runs with pid ${pid}, left by a supervisord that was killed, ` +
      "and is started a second time: see on_orphans";
    log("warn", text);
  }
}

/** Who is alive is written down only where that is wanted. */
async function openLedger(
  runtime: Runtime,
  { daemon: { orphans }, file }: Config,
  log: Surroundings["log"],
  goesOn: boolean,
): Promise<Ledger | null> {
  if (orphans === undefined) return null;
  const { Ledger } = await import("./daemon/orphans/ledger.ts");
  const options = { path: orphans.file, policy: orphans.policy, config: file };
  try {
    return new Ledger({ ...options, surroundings: { runtime, log } });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!goesOn) throw new StartupError(`children_file: ${reason}`, 1);
    log("critical", `children_file: ${reason}`);
    return null;
  }
}

interface HttpServersOptions {
  readonly config: Config;
  readonly log: Surroundings["log"];
  readonly noteActivity: () => void;
  readonly audit: AuditLog | null;
  /** Servers of the program before this one. */
  readonly left: readonly ServerSnapshot[] | null;
}

function openHttpServers(
  o: SupervisordOptions,
  supervisor: Supervisor,
  { config, log, noteActivity, audit, left }: HttpServersOptions,
): ReturnType<typeof openServers> {
  const methods = createRpc(supervisor, config.rpcNamespaces);
  const rpc: Rpc = {
    ...methods,
    call(method, params) {
      noteActivity();
      return methods.call(method, params);
    },
    run(method, params) {
      noteActivity();
      return methods.run(method, params);
    },
  };
  return openServers({
    servers: config.servers,
    appFor: (server) =>
      createServerApp({
        daemon: supervisor,
        rpc,
        server,
        audit,
        peerOf: (fd) => o.runtime.system.peerOf(fd),
      }),
    hasTokens: config.tokens !== undefined,
    runtime: o.runtime,
    rpcNamespaces: config.rpcNamespaces,
    log,
    stderr: o.stderr,
    ...(left === null ? {} : { left }),
  });
}

function watchSignals(
  { runtime, earlySignals }: SupervisordOptions,
  supervisor: Supervisor,
  mainLog: MainLog,
  reopenOthers: () => void,
): () => void {
  const log: Surroundings["log"] = (level, text) => mainLog.logger.log(level, text);
  const exit = (name: string) => () => {
    log("warn", `received ${name} indicating exit request`);
    supervisor.requestShutdown();
  };
  const handlers: Readonly<Record<string, () => void>> = {
    SIGTERM: exit("SIGTERM"),
    SIGINT: exit("SIGINT"),
    SIGQUIT: exit("SIGQUIT"),
    SIGHUP: () => restartOnHangUp(supervisor, log),
    SIGUSR2() {
      log("info", "received SIGUSR2 indicating log reopen request");
      mainLog.logger.reopen();
      log("info", "supervisord logreopen");
      supervisor.reopenLogs();
      reopenOthers();
    },
    SIGCHLD() {
      log("debug", "received SIGCHLD indicating a child quit");
      supervisor.reap();
    },
  };
  const stops = Object.entries(handlers).map(([name, handler]) => runtime.onSignal(name, handler));
  // What came while one program became the next is due now, when everything is there again.
  for (const name of earlySignals?.() ?? []) {
    runtime.clock.after(0, () => handlers[name]?.());
  }
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * A defect somewhere in the daemon is no reason to abandon the programs it looks after: it is
 * written down in full and supervision goes on.
 */
function surviveDefects(log: Surroundings["log"]): () => void {
  const note = (error: unknown): void => {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    log("critical", `uncaptured exception: ${text}`);
  };
  const events = ["uncaughtException", "unhandledRejection"] as const;
  for (const event of events) process.on(event, note);
  return () => {
    for (const event of events) process.off(event, note);
  };
}

function restartOnHangUp(supervisor: Supervisor, log: Surroundings["log"]): void {
  if (supervisor.state === "SHUTDOWN") {
    log("warn", "ignored SIGHUP indicating restart request (shutdown in progress)");
    return;
  }
  log("warn", "received SIGHUP indicating restart request");
  try {
    supervisor.requestRestart();
  } catch (error) {
    // The reference stops everything first and then dies of the file it cannot read.
    const text = error instanceof Error ? error.message : String(error);
    log("error", `not restarted, the configuration cannot be read: ${text}`);
  }
}

/** Settings that a reread may change under the running daemon. */
const LIVE_SETTINGS = [
  "identifier",
  "stripAnsi",
  "childlogdir",
  "environment",
  "exitWhen",
] as const;

function mergeSafeSettings(old: Config["daemon"], read: Config["daemon"]): Config["daemon"] {
  const live = LIVE_SETTINGS.map((key) => [key, read[key]] as const);
  return { ...old, ...Object.fromEntries(live) };
}

function warnOfIneffectiveEdits(old: Config, read: Config, log: Surroundings["log"]): void {
  const live = new Set<string>(LIVE_SETTINGS);
  const keys = (Object.keys(read.daemon) as (keyof Config["daemon"])[]).filter((key) =>
    !live.has(key) && JSON.stringify(read.daemon[key]) !== JSON.stringify(old.daemon[key])
  );
  for (const key of keys) {
    log(
      "warn",
      `[supervisord] ${key.toLowerCase()} has changed: this takes effect at the next restart`,
    );
  }
  // The tokens themselves are looked up at each login; only the first of them closes a door.
  const isFirstToken = old.tokens === undefined && read.tokens !== undefined;
  if (isFirstToken || JSON.stringify(read.servers) !== JSON.stringify(old.servers)) {
    log("warn", "the HTTP servers have changed: this takes effect at the next restart");
  }
}
