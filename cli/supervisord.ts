/** The daemon's program: its options, its two-line errors, and how it comes up. */
import { writeSync } from "node:fs";
import process from "node:process";
import { buildInfo } from "../src/build_info.ts";
import { ConfigError } from "../src/config/errors.ts";
import { hostEnvironment } from "../src/config/host_environment.ts";
import { loadConfig, type ReadExtras } from "../src/config/load.ts";
import { absolutePath } from "../src/config/paths.ts";
import { findConfigFile } from "../src/config/search.ts";
import type { CommandLineOptions, Config, LoadEnvironment } from "../src/config/types.ts";
import { StartupError } from "../src/daemon/host.ts";
import { COMPATIBILITY_VERSION } from "../src/rpc/version.ts";
import { getRuntime } from "../src/runtime/mod.ts";
import type { Runtime } from "../src/runtime/types.ts";
import { HANDOVER_VARIABLE } from "../src/handover/variable.ts";
import { runSupervisord } from "../src/supervisord.ts";
import {
  type CheckArgs,
  parseSupervisordArgs,
  type RunArgs,
  SUPERVISORD_ROWS,
  supervisordHelp,
} from "./argv.ts";
import {
  detach,
  INTERNAL_VARIABLES as BACKGROUND_VARIABLES,
  isDetached,
  launchInBackground,
  reportReady,
} from "./background.ts";
import { UsageError } from "./getopt.ts";
import { usageErrorText } from "./given_options.ts";
import { isTerminal } from "./is_terminal.ts";
import { inheritedEnvironment, quietVariables, startOverQuietly } from "./quiet_collector.ts";

const ROOT_SEARCHES = "Supervisord is running as root and it is searching for its configuration " +
  "file in default locations (including its current working directory); you probably want to " +
  'specify a "-c" argument specifying an absolute path to a configuration file for improved ' +
  "security.";

/** Everything the program needs of its surroundings, gathered once. */
export interface Start {
  readonly runtime: Runtime;
  readonly environment: LoadEnvironment;
  readonly args: readonly string[];
  readonly invokedAs: string;
}

/** @param cwd where relative paths of the configuration begin; default: here */
export function prepareStart(args: readonly string[], invokedAs: string, cwd?: string): Start {
  const runtime = getRuntime();
  return {
    runtime,
    args,
    invokedAs,
    environment: hostEnvironment({
      users: runtime.users,
      uid: process.getuid?.() ?? 0,
      env: inheritedEnvironment([...BACKGROUND_VARIABLES, HANDOVER_VARIABLE]),
      ...(cwd === undefined ? {} : { cwd }),
    }),
  };
}

/** @returns the exit status: 0, 2 for what the user can mend, 1 for the rest */
export async function supervisord(args: readonly string[], invokedAs: string): Promise<number> {
  try {
    return await run(prepareStart(args, invokedAs));
  } catch (error) {
    const isUsage = error instanceof UsageError || error instanceof ConfigError;
    if (!isUsage && !(error instanceof StartupError)) throw error;
    say(2, usageErrorText(error.message, invokedAs));
    await helpWith(error.message, args);
    return error instanceof StartupError ? error.exitStatus : 2;
  }
}

/** Where people look. What a script reads is as Supervisor has it. */
async function helpWith(message: string, args: readonly string[]): Promise<void> {
  if (!isTerminal(2)) return;
  const { startHelp } = await import("./doctor/start_help.ts");
  const { daemonOf, runningDaemons } = await import("./doctor/facts.ts");
  const lines = startHelp({
    message,
    configFile: daemonOf(["supervisord", ...args])?.configFile ?? null,
    cwd: process.cwd(),
    daemons: runningDaemons().filter(({ pid }) => pid !== process.pid),
    options: SUPERVISORD_ROWS.map(({ name }) => name),
  });
  say(2, lines.map((line) => `  ${line}\n`).join(""));
}

async function run(start: Start): Promise<number> {
  const parsed = parseSupervisordArgs(start.args, start.environment);
  switch (parsed.kind) {
    case "help":
      say(1, supervisordHelp(start.invokedAs));
      return 0;
    case "version":
      say(1, `${COMPATIBILITY_VERSION}\n`);
      return 0;
    case "build-info":
      say(1, `${JSON.stringify(describeBuild(start.runtime), null, 2)}\n`);
      return 0;
    case "check":
      return await check(start, parsed);
    case "demo":
      return await demonstrate(start, parsed.options);
    case "run":
      return await supervise(start, parsed, null);
  }
}

function describeBuild(runtime: Runtime): Record<string, string> {
  return {
    ...buildInfo,
    compatibility: COMPATIBILITY_VERSION,
    runtime: `${runtime.name} ${runtime.version}`,
    platform: `${process.platform} ${process.arch}`,
  };
}

async function check(start: Start, args: RunArgs & CheckArgs): Promise<number> {
  const subject = {
    configFile: configFileOf(start, args),
    options: args.options,
    environment: start.environment,
  };
  const { checkConfig, checkStatus, formatDiagnostics } = await import("../src/config/check.ts");
  const tell = (document: unknown, text: () => string) =>
    say(1, args.json ? `${JSON.stringify(document, null, 2)}\n` : text());
  if (args.explain) {
    const { explainConfig, formatExplained } = await import("../src/config/explain.ts");
    const explained = explainConfig(subject);
    const { options, others } = explained;
    tell({ options, others }, () => formatExplained(explained));
    return checkStatus(explained.diagnostics, args.strict);
  }
  const diagnostics = checkConfig(subject);
  tell({ diagnostics }, () => formatDiagnostics(diagnostics));
  return checkStatus(diagnostics, args.strict);
}

async function demonstrate(start: Start, options: CommandLineOptions): Promise<number> {
  const { prepareDemo } = await import("./demo.ts");
  const demo = await prepareDemo(start.invokedAs);
  try {
    return await supervise(start, { configFile: demo.configFile, options }, demo.welcome);
  } finally {
    demo.remove();
  }
}

async function supervise(start: Start, args: RunArgs, welcome: string | null): Promise<number> {
  const { runtime, environment } = start;
  const configFile = configFileOf(start, args);
  const config = loadConfig({ configFile, options: args.options, environment });
  if (!config.daemon.nodaemon && !isDetached()) {
    const onFailure = (said: string) =>
      helpWith(/^Error: (.*)$/m.exec(said)?.[1] ?? "", start.args);
    return await launchInBackground(runtime, runtime.args, quietVariables(), onFailure);
  }
  // The file says nodaemon and the arguments did not. (The demonstration has made its directory
  // already: it must not start over.)
  if (welcome === null) startOverQuietly();
  return await runSupervisord({
    runtime,
    config,
    environment: environment.env,
    // A relative path must still be found after a change of directory.
    readConfig: (previous, extras) => reread(start, config, args.options, previous, extras),
    // What the demonstration has made would be left behind.
    start: welcome === null ? { args: runtime.args, cwd: environment.cwd } : null,
    detach: isDetached() ? (log) => detach(runtime, config.daemon, log) : null,
    onReady: () => {
      if (welcome !== null) say(1, welcome);
      reportReady();
    },
    stderr: (text) => say(2, text),
  });
}

function reread(
  start: Start,
  first: Config,
  options: CommandLineOptions,
  previous: Config | null,
  extras: ReadExtras = {},
): Config {
  return loadConfig({
    configFile: first.file,
    options,
    environment: start.environment,
    ...(previous === null ? {} : { previous }),
    ...extras,
  });
}

function configFileOf(start: Start, args: RunArgs): string {
  const { environment } = start;
  if (args.configFile !== null) return args.configFile;
  if (environment.uid === 0 && !isDetached()) say(2, `Warning: ${ROOT_SEARCHES}\n`);
  return absolutePath(findConfigFile(executablePath(start), environment).path, environment.cwd);
}

/** The path whose parent's parent is searched: as typed, or the file itself when found on PATH. */
function executablePath({ invokedAs }: Start): string {
  const [typed = ""] = invokedAs.split(" ");
  return typed.includes("/") ? typed : process.execPath;
}

/** Writes to a descriptor of the terminal; a reader that has gone away is no error of ours. */
export function say(fd: 1 | 2, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // nobody is left to be told
  }
}
