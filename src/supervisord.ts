/**
 * The composition root of the daemon: start-up order, wiring, the reload loop, the exit status.
 *
 * @see spec of the start-up sequence in docs/architecture.md
 */
import { closeSync, openSync } from "node:fs";
import { ineffectiveEdits, withSettingsInForce } from "./config/live_settings.ts";
import type { ReadExtras } from "./config/load.ts";
import type { Config } from "./config/types.ts";
import { applyChoices } from "./daemon/chosen_config.ts";
import { surviveDefects } from "./daemon/defects.ts";
import {
  activateGroups,
  beginLog,
  cleanUpLogs,
  prepareHost,
  writeStartMessages,
} from "./daemon/fresh_start.ts";
import { writePidFile } from "./daemon/host.ts";
import { Housekeeper } from "./daemon/housekeeper.ts";
import { continueLedger, openLedger, warnOfUnclaimed } from "./daemon/orphans/startup.ts";
import type { ServiceManager } from "./daemon/service_manager.ts";
import { withoutServiceVariables } from "./daemon/service_variables.ts";
import { watchSignals } from "./daemon/signal_handlers.ts";
import { Supervisor } from "./daemon/supervisor.ts";
import type { Surroundings } from "./daemon/surroundings.ts";
import { EventBus } from "./events/bus.ts";
import type { Inheritance } from "./handover/accept.ts";
import type { HandoverState } from "./handover/state.ts";
import {
  describeBuild,
  goOnWithLog,
  removeOtherPidFile,
  successorFor,
  writeSuccessionMessages,
} from "./handover/succession.ts";
import type { AuditLog } from "./http/access/audit.ts";
import { openAudit } from "./http/access/open_audit.ts";
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

/** From a configuration to everything running, and back. */
async function runGeneration(
  o: SupervisordOptions,
  lifetime: Lifetime,
  initial: Config,
): Promise<DaemonState> {
  const { runtime } = o;
  const left = lifetime.inheritance?.state ?? null;
  const goesOn = left !== null;
  lifetime.inheritance = null;
  const chosen = applyChoices(o.readConfig, initial);
  let { config } = chosen;
  const { daemon } = config;
  const infos = lifetime.isFirst ? prepareHost(runtime, daemon) : [];
  const mainLog = goesOn ? goOnWithLog(runtime, config, left) : beginLog(runtime, daemon);
  const log: Surroundings["log"] = (level, text) => mainLog.logger.log(level, text);
  if (goesOn) {
    writeSuccessionMessages(runtime, config, left, log);
  } else {
    writeStartMessages(runtime, config, infos, log);
    cleanUpLogs(daemon, log);
  }

  const cleanUp: (() => void | Promise<void>)[] = [() => mainLog.logger.close()];
  try {
    const housekeeper = new Housekeeper({
      clock: runtime.clock,
      release: () => runtime.releaseMemory(),
    });
    const noteActivity = () => housekeeper.noteActivity();
    const ledger = await openLedger({ runtime, log }, config, goesOn);
    if (ledger !== null) cleanUp.push(() => ledger.close());
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
        for (const text of ineffectiveEdits(config, read)) log("warn", text);
        config = withSettingsInForce(config, read);
      },
      onActivity: noteActivity,
      mainLog,
    });
    cleanUp.push(() => supervisor.dispose(), () => housekeeper.stop());
    const audit = await openAudit({ runtime, log }, config, goesOn);
    if (audit !== null) cleanUp.push(() => audit.close());
    const watch = () => {
      const early = () => o.earlySignals?.() ?? [];
      const reopenOthers = () => audit?.reopen();
      cleanUp.push(
        watchSignals({ runtime, supervisor, mainLog, reopenOthers, early }),
        surviveDefects(log),
      );
    };

    let endOrphans = () => {};
    if (goesOn) {
      // Before the servers: children wait for none of them.
      await supervisor.restore(left.supervisor);
      if (ledger !== null) continueLedger(ledger, supervisor);
      watch();
      // Whoever has ended until now: nobody was there to hear the signal that told of it.
      supervisor.reap();
    } else {
      activateGroups(supervisor);
      await supervisor.prepare();
      if (ledger !== null) {
        // Before the servers: nobody is to start what runs already.
        const { recoverOrphans } = await import("./daemon/orphans/recover.ts");
        endOrphans = await recoverOrphans({ ledger, supervisor, surroundings });
      } else if (lifetime.isFirst) {
        await warnOfUnclaimed({ runtime, log }, config);
      }
    }
    const servers = await openHttpServers(o, supervisor, {
      config,
      log,
      noteActivity,
      audit,
      left: left?.servers ?? null,
    });
    cleanUp.push(() => servers.close());
    if (!goesOn) watch();
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
    if (goesOn) {
      removeOtherPidFile(left.config.daemon.pidfile, daemon.pidfile);
      log("info", `supervisord with pid ${runtime.pid} goes on as ${describeBuild()}`);
    } else {
      log("info", `supervisord started with pid ${runtime.pid}`);
      if (lifetime.isFirst) o.onReady();
    }
    const service = await serviceManager(o, lifetime, log);
    if (service !== null) cleanUp.push(service.follow(supervisor, supervisor.events));
    if (!goesOn) {
      endOrphans();
      supervisor.begin();
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
