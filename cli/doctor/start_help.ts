/** What to do about a supervisord that did not start, for who sees it on a terminal. */
import { absolutePath } from "../../src/config/paths.ts";
import { nearestName } from "../../src/config/nearest.ts";
import type { RunningDaemon } from "./facts.ts";

export interface FailedStart {
  /** As it is told behind "Error: ". */
  readonly message: string;
  /** As it was given; null: it was searched for. */
  readonly configFile: string | null;
  /** Where it was given. */
  readonly cwd: string;
  readonly daemons: readonly RunningDaemon[];
  /** Long options, without dashes. */
  readonly options: readonly string[];
}

/** @returns lines; none where the message says it all */
export function startHelp(failed: FailedStart): string[] {
  const { message, configFile, cwd, daemons, options } = failed;
  const file = configFile ?? "the configuration";
  if (/^(could not find config file|No config file found)/.test(message)) {
    const name = configFile ?? "supervisord.conf";
    return [
      `echo_supervisord_conf > ${name} makes a commented one, supervisord -c ${name} starts it`,
      "supervisord --demo shows what it does, without a file",
    ];
  }
  if (message.startsWith("Another program is already listening")) {
    const path = configFile === null ? null : absolutePath(configFile, cwd);
    const same = daemons.find((daemon) => path !== null && daemon.configFile === path);
    return same === undefined
      ? [
        `[inet_http_server] and [unix_http_server] of ${file} say where it would listen`,
        "ss -ltpx, as root, names the programs that listen",
      ]
      : [
        `a supervisord runs with this file already, as pid ${same.pid}: ` +
        `supervisorctl -c ${configFile} status`,
      ];
  }
  if (message.startsWith("Can't drop privilege as nonroot user")) {
    return [
      `${file} has user= in [supervisord], and only root becomes another user`,
      "start it with sudo, or take user= out to run it as who you are",
    ];
  }
  if (/^could not open the main log: EACCES/.test(message)) {
    return [
      `logfile= in [supervisord] of ${file} has to be where this user may write`,
      "start it with sudo, or name another place",
    ];
  }
  if (/^Cannot open an HTTP server: .*EACCES/.test(message)) {
    return ["ports below 1024 are for root, and a socket's directory has to be writable"];
  }
  const option = /^option --(\S+) not recognized/.exec(message)?.[1];
  const near = option === undefined ? null : nearestName(option, options);
  return near === null ? [] : [`did you mean --${near}?`];
}
