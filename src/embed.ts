/**
 * A supervisor inside another program: the same engine as supervisord's, without what belongs
 * to a daemon (main log file, pid file, user, limits, signals of the terminal).
 */
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import type { Config, DaemonSpec } from "./config/types.ts";
import { readChoices, stateFileOf } from "./daemon/state_file.ts";
import { Supervisor } from "./daemon/supervisor.ts";
import type { Daemon } from "./daemon/types.ts";
import { EventBus } from "./events/bus.ts";
import type { LogLevel } from "./process/machine_types.ts";
import { getRuntime } from "./runtime/mod.ts";

/** What is to be embedded, and what it may do. */
export interface EmbedOptions {
  /** As loadConfig() gives it. */
  readonly config: Config;
  /** Told every line of the log. Default: nobody is. */
  readonly log?: (level: LogLevel, text: string) => void;
  /**
   * The environment that children inherit under their own `environment=`. Default: that of
   * this program.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /** Opens the servers of the configuration, too. Default: true. */
  readonly servers?: boolean;
}

/** A supervisor that runs inside this program. */
export interface EmbeddedSupervisor {
  /** Groups, processes and what may be asked of them. */
  readonly daemon: Daemon;
  /** Stops all processes in order and closes the servers. Resolves when nothing is left. */
  stop(): Promise<void>;
}

/**
 * Starts the programs of a configuration under this program, which must run on Bun or Deno.
 * While it lasts, every child of this program is collected by it: nothing else here may wait
 * for the exit of a child process.
 *
 * @throws Error with a sentence, when a log, a FastCGI socket or a server cannot be opened;
 *   nothing is left open or running then
 */
export async function embedSupervisor(options: EmbedOptions): Promise<EmbeddedSupervisor> {
  const runtime = getRuntime();
  const log = options.log ?? ((): void => {});
  let config = options.config;
  let serial = 0;
  const devNull = openSync("/dev/null", "r+");
  const settings = (): DaemonSpec => config.daemon;
  const supervisor = new Supervisor({
    surroundings: {
      runtime,
      bus: new EventBus(),
      log,
      isLogged: () => options.log !== undefined,
      environment: options.environment ?? definedEnvironment(),
      settings,
      config: () => config,
      devNull,
      nextSerial: () => serial++,
    },
    readConfig: () => config,
    choices: readChoices(stateFileOf(settings())).choices,
    adoptConfig: (read) => config = read,
    mainLog: { name: "none", path: null, clear: () => {} },
  });
  const ignoreChildren = runtime.onSignal("SIGCHLD", () => supervisor.reap());
  const release = (): void => {
    supervisor.dispose();
    ignoreChildren();
    closeSync(devNull);
  };
  try {
    supervisor.activateGroups();
    await supervisor.prepare();
    const servers = options.servers === false ? null : await openServers(supervisor, config, log);
    supervisor.begin();
    return {
      daemon: supervisor,
      async stop(): Promise<void> {
        supervisor.requestShutdown();
        await supervisor.finished();
        await servers?.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Loaded only when there is something to serve. */
async function openServers(
  supervisor: Supervisor,
  config: Config,
  log: (level: LogLevel, text: string) => void,
): Promise<{ close(): Promise<void> }> {
  const [{ createServerApp }, listen, { createRpc }] = await Promise.all([
    import("./http/app.ts"),
    import("./http/listen.ts"),
    import("./rpc/methods.ts"),
  ]);
  const rpc = createRpc(supervisor, config.rpcNamespaces);
  return await listen.openServers({
    servers: config.servers,
    appFor: (server) => createServerApp({ daemon: supervisor, rpc, server }),
    runtime: getRuntime(),
    rpcNamespaces: config.rpcNamespaces,
    log,
    stderr: (text) => log("warn", text.trimEnd()),
  });
}

function definedEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
