/** The daemon's own log: a file or syslog, and the terminal while in the foreground. */
import { basename } from "node:path";
import type { DaemonSpec } from "../config/types.ts";
import { Logger } from "../logs/logger.ts";
import { openSink, ownDescriptor } from "../logs/open_sink.ts";
import type { LogSink } from "../logs/types.ts";
import type { Runtime } from "../runtime/types.ts";
import { SYSLOG_USER_INFO } from "./syslog_priority.ts";

export interface MainLog {
  readonly logger: Logger;
  /** As configured, for messages. */
  readonly name: string;
  /** null: nobody can read it back. */
  readonly path: string | null;
  /** @throws Error with `code` */
  clear(): void;
}

const STDOUT = "/dev/stdout";

/** @throws Error with `code` when the file cannot be opened */
export function openMainLog(runtime: Runtime, settings: DaemonSpec): MainLog {
  const { logfile } = settings;
  const isSyslog = logfile === "syslog";
  // Trouble with a sink is told to the others; the one it is about keeps the line with the rest.
  const onError = (error: Error): void => logger.log("critical", error.message);
  const open = (path: string, maxBytes: number, backups: number): LogSink =>
    openSink({
      path,
      maxBytes,
      backups,
      openWriter: (fd) => runtime.openWriter(fd),
      clock: runtime.clock,
      onError,
    });

  const main = isSyslog ? null : open(logfile, settings.logfileMaxBytes, settings.logfileBackups);
  // With logfile=/dev/stdout every line would come out twice.
  const echoes = settings.nodaemon && !settings.silent && !isStdout(logfile);
  const terminal = echoes ? openIfThere(() => open(STDOUT, 0, 0)) : null;
  const logger = new Logger({
    level: settings.loglevel,
    sinks: [main, terminal].filter((sink) => sink !== null),
    clock: runtime.clock,
    ...(isSyslog ? { syslog: syslogOf(runtime) } : {}),
  });
  return {
    logger,
    name: logfile,
    path: main?.path ?? null,
    clear: () => {
      main?.clear();
      logger.log("info", "reopening log file");
    },
  };
}

function syslogOf(runtime: Runtime): (line: string) => void {
  const ident = basename(runtime.invokedAs);
  return (line) => runtime.system.syslog(ident, SYSLOG_USER_INFO, line);
}

/** A daemon started with its stdout closed has nobody to show its lines to. */
function openIfThere(open: () => LogSink): LogSink | null {
  try {
    return open();
  } catch {
    return null;
  }
}

function isStdout(path: string): boolean {
  return ownDescriptor(path) === 1;
}
