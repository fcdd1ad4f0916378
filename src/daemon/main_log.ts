/** The daemon's own log: a file or syslog, and the terminal while in the foreground. */
import { basename } from "node:path";
import type { DaemonSpec } from "../config/types.ts";
import { Logger } from "../logs/logger.ts";
import { openSink } from "../logs/open_sink.ts";
import { SyslogSink } from "../logs/syslog_sink.ts";
import type { LogSink } from "../logs/types.ts";
import type { Runtime } from "../runtime/types.ts";

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
  const sinks: LogSink[] = [];
  const main: LogSink = logfile === "syslog"
    ? new SyslogSink({
      send: (line) => runtime.system.syslog(basename(runtime.invokedAs), line),
    })
    : openSink({
      path: logfile,
      maxBytes: settings.logfileMaxBytes,
      backups: settings.logfileBackups,
      openWriter: (fd) => runtime.openWriter(fd),
      // The log cannot report its own trouble; the sink keeps and counts what it could not write.
      onError: () => {},
    });
  sinks.push(main);
  // With logfile=/dev/stdout every line would come out twice.
  if (settings.nodaemon && !settings.silent && !isStdout(logfile)) {
    sinks.push(openSink({
      path: STDOUT,
      maxBytes: 0,
      backups: 0,
      openWriter: (fd) => runtime.openWriter(fd),
      onError: () => {},
    }));
  }
  const logger = new Logger({ level: settings.loglevel, sinks, clock: runtime.clock });
  return {
    logger,
    name: logfile,
    path: main.path,
    clear: () => {
      main.clear();
      logger.log("info", "reopening log file");
    },
  };
}

function isStdout(path: string): boolean {
  return path === STDOUT || path === "/dev/fd/1" || path === "/proc/self/fd/1";
}
