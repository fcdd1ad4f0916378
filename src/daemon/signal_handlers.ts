/** What the daemon does when it is sent a signal. */
import type { Runtime } from "../runtime/types.ts";
import type { MainLog } from "./main_log.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Surroundings } from "./surroundings.ts";

export interface SignalOptions {
  readonly runtime: Runtime;
  readonly supervisor: Supervisor;
  readonly mainLog: MainLog;
  /** SIGUSR2: files that are neither the main log nor that of a process. */
  readonly reopenOthers: () => void;
  /**
   * Asked once the handlers are in place: signals that came before there was anybody to hear them,
   * and are due then.
   */
  readonly early: () => readonly string[];
}

/** @returns what ends it */
export function watchSignals(o: SignalOptions): () => void {
  const { runtime, supervisor, mainLog } = o;
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
      o.reopenOthers();
    },
    SIGCHLD() {
      log("debug", "received SIGCHLD indicating a child quit");
      supervisor.reap();
    },
  };
  const stops = Object.entries(handlers).map(([name, handler]) => runtime.onSignal(name, handler));
  // What came while one program became the next is due when everything is there again.
  for (const name of o.early()) runtime.clock.after(0, () => handlers[name]?.());
  return () => {
    for (const stop of stops) stop();
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
