/** The client's program: its options and [supervisorctl], then one action or the shell. */
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { ConfigError } from "../src/config/errors.ts";
import { readPlainCtlConfig } from "../src/config/plain_ctl.ts";
import { defaultSearchPaths, searchConfigFile } from "../src/config/search.ts";
import type { CtlConfig } from "../src/config/types.ts";
import { control } from "./ctl/control.ts";
import { describeError } from "./ctl/errors.ts";
import { Output } from "./ctl/output.ts";
import { UsageError } from "./getopt.ts";
import { usageErrorText } from "./given_options.ts";
import { isTerminal } from "./is_terminal.ts";
import {
  parseSupervisorctlArgs,
  type SupervisorctlArgs,
  supervisorctlHelp,
} from "./supervisorctl_argv.ts";

type RunArgs = Extract<SupervisorctlArgs, { kind: "run" }>;

/** @returns the exit status: 2 for options and configuration, else the action's own */
export async function supervisorctl(
  args: readonly string[],
  invokedAs: string,
): Promise<number> {
  try {
    const parsed = parseSupervisorctlArgs(args);
    if (parsed.kind === "help") {
      new Output(1).write(supervisorctlHelp(invokedAs));
      return 0;
    }
    const { interactive, words, json = false } = parsed;
    if (words[0] === "doctor" && words.length === 1) return await examine(parsed, invokedAs);
    const config = await configOf(parsed, invokedAs);
    // Where people look. What a script reads, of either output, is as Supervisor has it.
    const isSeen = !json && isTerminal(1) && isTerminal(2);
    let isUnreachable = false;
    const onUnreachable = async (failure: Error) => {
      isUnreachable = true;
      const { firstHelp } = await import("./doctor/doctor.ts");
      await firstHelp(subjectOf(parsed, config, invokedAs), failure);
    };
    const status = await control({
      ...{ config, interactive, words, json },
      ...(isSeen && !interactive ? { onUnreachable } : {}),
    });
    if (status !== 0 && isSeen && !interactive && !isUnreachable) {
      const { actionHelp } = await import("./doctor/action_help.ts");
      const lines = actionHelp(words, subjectOf(parsed, config, invokedAs).ctlFile);
      new Output(2).write(lines.map((line) => `  ${line}\n`).join(""));
    }
    return status;
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConfigError) {
      new Output(2).write(usageErrorText(error.message, invokedAs));
      return 2;
    }
    new Output(1).line(describeError(error));
    return 1;
  }
}

/** A file that is no use to us is the first thing to be told, and no reason to look no further. */
async function examine(args: RunArgs, invokedAs: string): Promise<number> {
  const { doctor } = await import("./doctor/doctor.ts");
  const json = args.json ?? false;
  try {
    return await doctor(subjectOf(args, await configOf(args, invokedAs), invokedAs), json);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { CTL_DEFAULTS } = await import("../src/config/ctl_section.ts");
    const subject = subjectOf(args, CTL_DEFAULTS, invokedAs);
    return await doctor({ ...subject, refusal: error.message }, json);
  }
}

/** What doctor looks at. */
function subjectOf(args: RunArgs, config: CtlConfig, invokedAs: string) {
  const searched = defaultSearchPaths(executablePath(invokedAs));
  const found = searchConfigFile(searched, { cwd: process.cwd(), stat }) ?? null;
  return { config, searched, ctlFile: args.configFile ?? found };
}

/** The file's settings under those of the command line. @throws ConfigError */
async function configOf(args: RunArgs, invokedAs: string): Promise<CtlConfig> {
  const executable = executablePath(invokedAs);
  let file = readQuickly(args.configFile, executable);
  if (file === null) {
    const { readConfigFile } = await import("./ctl/config_file.ts");
    file = readConfigFile(args.configFile, executable);
  }
  // Who names a user on the command line wants to be that one.
  const isUserGiven = args.username !== null || args.password !== null;
  const token = isUserGiven ? undefined : process.env["SUPERVISOR_TOKEN"] || file.token;
  return {
    serverUrl: args.serverUrl ?? file.serverUrl,
    ...(token === undefined ? {} : { token }),
    ...(file.tls === undefined ? {} : { tls: file.tls }),
    username: args.username ?? file.username,
    password: args.password ?? file.password,
    prompt: file.prompt,
    historyFile: args.historyFile ?? file.historyFile,
  };
}

/** @returns null: nothing there, unreadable, or not for the quick reader */
function readQuickly(configFile: string | null, executable: string): CtlConfig | null {
  const cwd = process.cwd();
  const path = configFile ?? searchConfigFile(defaultSearchPaths(executable), { cwd, stat });
  if (path === undefined) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return readPlainCtlConfig(text.decode(readFileSync(path)), cwd);
  } catch {
    // What is wrong with it is said by the complete reader.
    return null;
  }
}

/** Only whether there is something: the search asks for no more. */
function stat(path: string) {
  return existsSync(path) ? { isDirectory: false, isFile: true, mode: 0 } : null;
}

/** The path whose parent's parent is searched: as typed, or the file itself when found on PATH. */
function executablePath(invokedAs: string): string {
  const [typed = ""] = invokedAs.split(" ");
  return typed.includes("/") ? typed : process.execPath;
}
